"""Timed jobs: each runs when it is due, once, whatever happens to the others."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone, translation

from portal.due import LEASE, LONGEST_RETRY, Job, every, mondays, run_due
from portal.models import JobRun

BERLIN = ZoneInfo("Europe/Berlin")


def jobs(calls, *names, fails=()):
    """Jobs, due each minute, that note their name in `calls`."""

    def job(name):
        def function():
            calls.append(name)
            if name in fails:
                raise RuntimeError(f"{name} is broken")

        return Job(name, every(minutes=1), function)

    return [job(name) for name in names]


@pytest.fixture
def at(monkeypatch):
    """A function that sets the clock; it begins on a Tuesday."""

    def at(*time):
        moment = datetime(*time, tzinfo=BERLIN)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    at(2026, 11, 24, 12, 0, 30)
    return at


@pytest.mark.django_db
def test_a_job_runs_again_once_its_time_has_come(at):
    calls = []
    for time in ((12, 0, 30), (12, 0, 59), (12, 1, 1), (12, 1, 31), (12, 5)):
        at(2026, 11, 24, *time)
        assert run_due(jobs(calls, "mail")) == []
    assert calls == ["mail"] * 3  # in the minutes 0, 1 and 5


@pytest.mark.django_db
def test_a_timer_that_comes_a_little_early_finds_the_job_due_all_the_same(at):
    calls = []
    at(2026, 11, 24, 12, 0, 30)
    run_due(jobs(calls, "mail"))
    at(2026, 11, 24, 12, 1, 29)
    run_due(jobs(calls, "mail"))
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("moment", "following"),
    [
        (datetime(2026, 11, 24, 12, tzinfo=BERLIN), datetime(2026, 11, 30, 7, tzinfo=BERLIN)),
        (datetime(2026, 11, 30, 7, 0, 5, tzinfo=BERLIN), datetime(2026, 12, 7, 7, tzinfo=BERLIN)),
        (datetime(2026, 10, 24, 12, tzinfo=BERLIN), datetime(2026, 10, 26, 7, tzinfo=BERLIN)),  # summer time ends
    ],
)
def test_a_weekly_job_comes_on_monday_morning_local_time(moment, following):
    assert mondays(hour=7)(moment) == following


@pytest.mark.django_db
def test_a_failing_job_is_logged_and_stops_no_other(at, caplog):
    calls = []
    assert run_due(jobs(calls, "mail", "links", "other", fails=["links"])) == ["links"]
    assert calls == ["mail", "links", "other"]
    assert "links is broken" in caplog.text
    assert JobRun.objects.get(name="links").error == "RuntimeError: links is broken"


@pytest.mark.django_db
def test_a_failed_job_is_tried_again_soon_and_then_forgets_its_error(at):
    calls = []
    weekly = Job("weekly", mondays(hour=7), jobs(calls, "weekly", fails=["weekly"])[0].function)
    run_due([weekly])
    at(2026, 11, 24, 12, 5)
    run_due([weekly])
    assert len(calls) == 1
    mended = Job("weekly", mondays(hour=7), lambda: calls.append("well"))
    at(2026, 11, 24, 12, 1 + LONGEST_RETRY.seconds // 60)
    assert run_due([mended]) == []
    assert calls == ["weekly", "well"]
    run = JobRun.objects.get()
    assert (run.error, run.next_at) == ("", datetime(2026, 11, 30, 7, tzinfo=BERLIN))


@pytest.mark.django_db
def test_while_a_job_runs_nobody_else_runs_it():
    """The second call comes in the middle of the first: it does the other jobs and leaves this one alone."""
    calls = []

    def function():
        calls.append("begins")
        run_due([job, *jobs(calls, "other")])
        calls.append("ends")

    job = Job("slow", every(minutes=0), function)
    run_due([job])
    assert calls == ["begins", "other", "ends"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads can't share SQLite in memory")
def test_of_eight_at_the_same_moment_one_runs_the_job():
    calls, together = [], Barrier(8)

    def call():
        together.wait()
        run_due(jobs(calls, "mail"))
        connection.close()

    threads = [Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["mail"]


@pytest.mark.django_db
def test_a_job_whose_process_died_runs_again_after_the_lease(at):
    calls = []
    job = Job("mail", every(minutes=1), lambda: exec("raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        run_due([job])
    at(2026, 11, 24, 12, 10)
    run_due(jobs(calls, "mail"))
    assert calls == []
    at(2026, 11, 24, 12, 1 + LEASE.seconds // 60)
    run_due(jobs(calls, "mail"))
    assert calls == ["mail"]


@pytest.mark.django_db
def test_who_overran_the_lease_does_not_disturb_who_took_over(at):
    def function():
        at(2026, 11, 24, 13)
        run_due(jobs([], "mail"))
        at(2026, 11, 24, 13, 30)

    run_due([Job("mail", every(days=30), function)])
    assert JobRun.objects.get().next_at == datetime(2026, 11, 24, 13, 1, tzinfo=BERLIN)


@pytest.mark.django_db
def test_jobs_speak_german_to_editors():
    languages = []
    with translation.override("en"):
        run_due([Job("mail", every(minutes=1), lambda: languages.append(translation.get_language()))])
    assert languages == ["de"]


@pytest.mark.django_db
def test_a_job_never_run_is_due_at_once():
    calls = []
    run_due([Job("rare", every(days=300), lambda: calls.append("rare"))])
    assert calls == ["rare"]
    assert JobRun.objects.get().next_at > timezone.now() + timedelta(days=299)

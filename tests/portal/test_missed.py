"""Searches that found nothing: counted without touching a reader's request, without persons, without end."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal import missed
from portal.models import MissedSearch
from tests.factories import make_example, make_recommendation

pytestmark = pytest.mark.django_db


def search(q, times=1, address="/empfehlungen/"):
    for _i in range(times):
        assert Client().get(address, {"q": q}).status_code == 200


def kept():
    missed.write()
    return list(MissedSearch.objects.values_list("term", "count"))


def test_a_search_in_vain_is_kept_once_it_was_made_three_times():
    make_recommendation(title_de="Wohnung")
    search("Xylophone", 2)
    assert kept() == []
    search("XYLOPHONE", 1, "/en/practice-examples/")
    search("xylophone bauen")
    assert kept() == [("xylophone", 3)]
    search("Xylophone", 3)
    assert kept() == [("xylophone", 6)]
    assert MissedSearch.objects.get().day == timezone.localdate()


@pytest.mark.parametrize("q", ["Wohnung", "Wonung", "Wohnung xylophon", "Altes", "-", ""])
def test_a_search_that_found_something_here_or_elsewhere_is_not_counted(q):
    make_recommendation(title_de="Wohnung")
    make_example(title_de="Altes")
    search(q, 3)
    assert kept() == []


def test_a_search_whose_choices_leave_nothing_is_not_counted():
    make_recommendation("sprache", title_de="Wohnung", effort="low")
    make_recommendation("wohnraum", title_de="Anderes", effort="high")
    for _i in range(3):
        assert Client().get("/empfehlungen/?q=wohnung&effort=high").context["page_obj"].paginator.count == 0
    assert kept() == []


@pytest.mark.parametrize(
    "q",
    [
        "ada@example.org", "ada(at)example", "ada.lovelace", "www beispiel", "https://example.org/x", "0171 2345678", "+49 30 123456",
        "IBAN DE02 1203 0000", "x" * 41, "ein zwei drei vier fünf sechs sieben acht neun",
    ],
)  # fmt: skip
def test_what_looks_like_a_person_or_a_sentence_is_never_counted(q):
    search(q, 3)
    assert kept() == []


def test_a_postcode_is_counted():
    search("48143", 3)
    assert kept() == [("48143", 3)]


def test_counting_asks_and_writes_nothing():
    make_recommendation(title_de="Wohnung")
    search("xylophon")
    with CaptureQueriesContext(connection) as queries:
        missed.note("xylophon")
    assert len(queries) == 0
    assert not any(thread.name == "missed" for thread in threading.enumerate())


def test_a_flood_fills_neither_the_memory_nor_the_table(monkeypatch):
    monkeypatch.setattr(missed, "MOST_WAITING", 50)
    monkeypatch.setattr(missed, "MOST_A_DAY", 20)
    for i in range(500):
        for _again in range(3):
            missed.note(f"wort {i}")
        assert len(missed._waiting.terms) <= 50
    assert missed._waiting.full.is_set()
    assert len(kept()) == 20
    missed.note("wort 1")
    for term, _count in kept()[:1] * 3:
        missed.note(term)
    assert max(count for _term, count in kept()) == 6  # what is known is still counted


def test_a_flood_of_different_searches_wakes_nobody_since_there_is_nothing_to_write(monkeypatch):
    monkeypatch.setattr(missed, "MOST_WAITING", 50)
    for i in range(500):
        missed.note(f"wort {i}")
    assert len(missed._waiting.terms) == 50
    assert not missed._waiting.full.is_set()


def test_what_waits_for_a_third_search_is_forgotten_after_a_week(monkeypatch):
    today = timezone.localdate()
    missed.note("xylophon")
    missed.note("xylophon")
    monkeypatch.setattr(timezone, "localdate", lambda: today + timedelta(days=8))
    assert kept() == []
    missed.note("xylophon")
    assert kept() == []


def test_the_searches_of_three_days_are_counted_each_on_its_day(monkeypatch):
    for day in (23, 24, 25):
        monkeypatch.setattr(timezone, "localdate", lambda day=day: date(2026, 11, day))
        missed.note("hebamme")
    missed.write()
    found = MissedSearch.objects.order_by("day").values_list("day", "count")
    assert list(found) == [(date(2026, 11, day), 1) for day in (23, 24, 25)]


def test_what_could_not_be_written_is_tried_again(monkeypatch, caplog):
    def fail(day, counts):
        raise RuntimeError("no database")

    for _i in range(3):
        missed.note("xylophon")
    with monkeypatch.context() as broken:
        broken.setattr(missed, "write_day", fail)
        broken.setattr(missed.connection, "close", lambda: None)
        missed.write_or_log(missed._waiting)
    assert "tried again" in caplog.text
    assert kept() == [("xylophon", 3)]


def test_old_counts_are_deleted():
    for age in (0, 179, 181):
        MissedSearch.objects.create(term="hebamme", day=timezone.localdate() - timedelta(days=age), count=3)
    missed.forget_old()
    assert MissedSearch.objects.count() == 2


def test_a_thread_of_its_own_writes(settings, monkeypatch):
    settings.MISSED_SEARCHES_WRITTEN_EVERY = 0.01
    written, by = threading.Event(), []

    def once(waiting):
        if taken := waiting.take():
            by.append((threading.current_thread().name, taken[0][0]))
            waiting.ended = True
            written.set()

    monkeypatch.setattr(missed, "write", once)
    monkeypatch.setattr(missed.atexit, "register", lambda *arguments: None)
    for _i in range(3):
        missed.note("xylophon")
    assert written.wait(10)
    missed._waiting.thread.join(10)
    assert by == [("missed", "xylophon")]


def test_editors_see_what_was_looked_for_and_try_it_again(admin_client):
    MissedSearch.objects.create(term="hebamme <b>", day=date(2026, 11, 23), count=3)
    page = admin_client.get("/admin/portal/missedsearch/").content.decode()
    assert 'href="/empfehlungen/?q=hebamme+%3Cb%3E">„hebamme &lt;b&gt;“ noch einmal suchen' in page
    assert "missedsearch/add/" not in page

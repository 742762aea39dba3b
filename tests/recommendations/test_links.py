"""Checking the links of sources and practice examples: what is asked when, what is noted, what editors see."""

from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from portal.links import Answer, NoAnswer
from portal.models import User
from recommendations import links
from recommendations.models import LinkCheck, PracticeExample, Source
from tests import factories
from tests.portal.test_admin import address, save

pytestmark = pytest.mark.django_db

URL = "https://bericht.example/"
BERLIN = ZoneInfo("Europe/Berlin")


class Web:
    """Stands in for the checker: answers as `answers` says, else that all is well."""

    def __init__(self):
        self.answers, self.asked = {}, []

    def ask(self, url):
        self.asked.append(url)
        answer = self.answers.get(url, Answer(200))
        if isinstance(answer, str):
            raise NoAnswer(answer)
        return answer


@pytest.fixture
def web(monkeypatch):
    web = Web()
    monkeypatch.setattr(links, "LinkChecker", lambda: web)
    return web


@pytest.fixture
def on(monkeypatch):
    """A function that sets the clock to a day and hour of November 2026."""

    def on(day, hour=12, minute=0):
        moment = datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    on(2)
    return on


def state(url=URL):
    return LinkCheck.objects.get(url=url).state


def test_every_address_of_a_source_and_an_example_is_checked_once_however_many_share_it(web):
    factories.make_source(url=URL, catalogue_url="https://katalog.example/")
    factories.make_source(url=URL)
    factories.make_source(archive_url="https://archiv.example/")
    factories.make_example(info_url="https://stadt.example/", **factories.DRAFT)
    links.check_portion()
    assert sorted(web.asked) == [URL, "https://katalog.example/", "https://stadt.example/"]
    links.check_portion()
    assert len(web.asked) == 3


def test_a_run_checks_a_few_and_the_next_run_goes_on(web, on):
    for number in range(10):
        factories.make_source(url=f"{URL}{number}")
    for run in range(4):
        on(2, minute=run)
        links.check_portion()
        assert len(web.asked) == min((run + 1) * links.PORTION, 10)
    assert len(set(web.asked)) == 10
    assert links.PORTION * 10 < 60  # seconds: the checker takes ten for one


def test_an_address_is_checked_again_after_a_week_and_after_a_failure_the_next_day(web, on):
    factories.make_source(url=URL)
    web.answers[URL] = Answer(404)
    days = []
    for day in range(2, 30):
        on(day)
        before = len(web.asked)
        links.check_portion()
        days += [day] * (len(web.asked) - before)
    assert days == [2, 3, 10, 17, 24]


@pytest.mark.parametrize("answer", [Answer(404), Answer(410), Answer(500), Answer(503), "Zeit abgelaufen."])
def test_a_link_is_broken_once_it_failed_on_two_different_days(web, on, answer):
    factories.make_source(url=URL)
    web.answers[URL] = answer
    for day, hour, expected in ((2, 9, "unreachable"), (2, 23, "unreachable"), (3, 0, "broken"), (9, 0, "broken")):
        on(day, hour)
        links.check([URL])
        assert state() == expected
    assert timezone.localtime(LinkCheck.objects.get().first_failed_at).day == 2
    web.answers[URL] = Answer(200)
    links.check([URL])
    check = LinkCheck.objects.get()
    assert (check.state, check.reason, check.first_failed_at, check.status) == ("ok", "", None, 200)
    web.answers[URL] = answer
    links.check([URL])
    assert state() == "unreachable"


@pytest.mark.parametrize(
    ("answer", "expected", "reason"),
    [
        (Answer(200), "ok", ""),
        (Answer(204), "ok", ""),
        (Answer(200, "https://neu.example/"), "moved", "https://neu.example/"),
        (Answer(401), "refused", "401"),
        (Answer(403), "refused", "403"),
        (Answer(429), "refused", "429"),
        (Answer(404), "unreachable", "404"),
        (Answer(404, "https://neu.example/"), "unreachable", "404"),
        (Answer(410), "unreachable", "410"),
        (Answer(304), "unreachable", "304"),
        (Answer(502), "unreachable", "502"),
        ("Das Zertifikat ist ungültig.", "unreachable", "Das Zertifikat ist ungültig."),
    ],
)
def test_what_an_answer_means(web, answer, expected, reason):
    links.check([URL])
    web.answers[URL] = answer
    links.check([URL])
    check = LinkCheck.objects.get()
    assert check.state == expected
    assert reason in check.reason
    assert bool(check.reason) is bool(reason)


def test_a_server_that_turns_programs_away_is_never_called_broken(web, on):
    web.answers[URL] = Answer(403)
    for day in (2, 3, 10):
        on(day)
        links.check([URL])
    assert state() == "refused"


def test_an_address_that_no_record_links_to_any_more_is_forgotten(web):
    source = factories.make_source(url=URL)
    links.check_portion()
    Source.objects.filter(pk=source.pk).update(url="https://neu.example/")
    links.check_portion()
    assert LinkCheck.objects.get().url == "https://neu.example/"


def test_one_command_checks_what_is_due_or_everything(web):
    factories.make_source(url=URL)
    web.answers[URL] = Answer(404)
    output = StringIO()
    call_command("check_links", stdout=output)
    assert f"{URL}\n  einmal nicht erreichbar: Der Server kennt diese Seite nicht (404)." in output.getvalue()
    call_command("check_links", verbosity=0)
    assert web.asked == [URL]
    call_command("check_links", "--all", verbosity=0)
    assert web.asked == [URL, URL]


@pytest.fixture
def editor(client):
    client.force_login(User.objects.create_superuser("leitung"))


def noted(url, state, **fields):
    fields = {"checked_at": timezone.now(), "first_failed_at": None, **fields}
    return LinkCheck.objects.create(url=url, state=state, **fields)


@pytest.mark.parametrize(
    ("make", "columns"), [(factories.make_source, ["url", "catalogue_url"]), (factories.make_example, ["info_url"])]
)
def test_the_list_shows_the_most_urgent_state_and_filters_by_it(client, editor, make, columns):
    broken = make(**dict.fromkeys(columns[:1], "https://kaputt.example/"))
    both = make(**dict(zip(columns, ["https://gut.example/", "https://kaputt.example/"], strict=False)))
    well = make(**dict.fromkeys(columns[:1], "https://gut.example/"))
    make(**dict.fromkeys(columns[:1], "https://neu.example/"))
    make()
    noted("https://gut.example/", "ok")
    noted("https://kaputt.example/", "broken", first_failed_at=timezone.now() - timedelta(days=3), reason="404")
    found = client.get(address(type(broken), "changelist"), {"links": "broken"})
    expected = {broken, both} if len(columns) > 1 else {broken}
    assert set(found.context["cl"].queryset) == expected
    assert "Kaputt" in found.content.decode()
    page = client.get(address(type(broken), "changelist"))
    assert page.context["cl"].result_count == 5
    assert "In Ordnung" in page.content.decode()
    assert type(well).objects.count() == client.get(
        address(type(well), "changelist"), {"links": "unsinn"}
    ).context["cl"].result_count  # fmt: skip


def test_the_form_says_what_is_wrong_with_which_address_and_since_when(client, editor):
    source = factories.make_source(url=URL, catalogue_url="https://katalog.example/")
    moment = datetime(2026, 11, 2, 12, tzinfo=BERLIN)
    noted(URL, "broken", checked_at=moment + timedelta(days=1), first_failed_at=moment, reason="Nicht da (404).")
    page = client.get(address(Source, "change", source.pk)).content.decode()
    assert f"<p>{URL}<br>kaputt seit 2. November 2026: Nicht da (404). (3. November 2026)</p>" in page
    new = factories.make_example(info_url="https://neu.example/")
    assert "Noch nicht geprüft." in client.get(address(PracticeExample, "change", new.pk)).content.decode()


def test_what_a_server_says_is_shown_as_text(client, editor):
    source = factories.make_source(url=URL)
    noted(URL, "moved", reason="Neue Adresse: https://a.example/<script>alert(1)</script>")
    assert "<script>alert" not in client.get(address(Source, "change", source.pk)).content.decode()


def test_an_archived_copy_is_kept_with_the_source_and_readers_find_it(client, editor):
    source = factories.make_source(url=URL)
    recommendation = factories.make_recommendation(sources=[source])
    save(client, source, archive_url="https://web.archive.org/web/2026/https://bericht.example/")
    page = client.get(recommendation.get_absolute_url()).content.decode()
    assert 'href="https://web.archive.org/web/2026/https://bericht.example/"' in page
    assert "Archivierte Kopie bei web.archive.org" in page

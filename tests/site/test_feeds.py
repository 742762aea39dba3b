"""Atom feeds: valid for any reader, the newest of exactly what the page lists, and nothing that isn't public."""

import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import workflow
from portal.entries import apply, revise
from portal.models import Revision, User
from portal.site import feeds
from recommendations.models import Recommendation
from tests.factories import (
    HIDDEN,
    LONG_AGO,
    PUBLISHED,
    make_challenge,
    make_example,
    make_recommendation,
    make_source,
)
from tests.recommendations.test_filter_properties import keep_nothing
from tests.site.world import body, make_world

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RECOMMENDATIONS = "/feeds/empfehlungen.atom"


def read(client, address=RECOMMENDATIONS):
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)


def text(element, name):
    """The text of the one child of this name."""
    (child,) = element.findall(ATOM + name)
    return child.text


def link(element, rel):
    (found,) = (each for each in element.findall(f"{ATOM}link") if each.get("rel") == rel)
    return found.get("href")


def entries(feed):
    return feed.findall(f"{ATOM}entry")


def slugs(feed):
    return [link(entry, "alternate").rstrip("/").rsplit("/", 1)[1] for entry in entries(feed)]


@pytest.mark.parametrize("name", feeds.FEEDS)
@pytest.mark.parametrize(
    "query", ["", "?lang=en", "?challenge=wohnraum", "?q=xylophon", "?challenge=%0b%ef%bf%be%3C%5D%5D%3E"]
)
def test_a_feed_has_what_the_standard_demands(client, settings, name, query):
    """RFC 4287, sections 4.1.1 and 4.1.2."""
    settings.SITE_ADDRESS = "https://portal.example"
    make_world()
    feed = read(client, f"/feeds/{name}.atom{query}")
    assert feed.tag == f"{ATOM}feed"
    assert feed.get(LANG) == ("en" if "lang=en" in query else "de")
    assert link(feed, "self").startswith(f"https://portal.example/feeds/{name}.atom")
    assert ("lang=en" in link(feed, "self")) == ("lang=en" in query)
    assert text(feed.find(f"{ATOM}author"), "name")
    for element in (feed, *entries(feed)):
        assert re.fullmatch(r"tag:portal\.example,2026:[A-Za-z0-9/._?=&%+-]+", text(element, "id"))
        assert datetime.fromisoformat(text(element, "updated")).tzinfo
        assert text(element, "title")
        assert "CC BY 4.0" in text(element, "rights")
        assert link(element, "alternate").startswith("https://portal.example/")
    ids = [text(element, "id") for element in (feed, *entries(feed))]
    assert len(set(ids)) == len(ids)
    for entry in entries(feed):
        (content,) = entry.findall(f"{ATOM}content")
        assert content.get("type") == "html"
        assert not re.findall(r'(?:href|src)="(?!https?://)', content.text)
    assert bool(entries(feed)) == ("xylophon" not in query)


def test_the_publisher_is_the_author(client, settings):
    assert text(read(client).find(f"{ATOM}author"), "name") == "Migration als Chance"
    settings.PUBLISHER = "Stadt <Beispiel> & Partner"
    assert text(read(client).find(f"{ATOM}author"), "name") == "Stadt <Beispiel> & Partner"


def test_an_entry_holds_the_whole_text_and_says_what_is_ours(client):
    source = make_source("studie", title="Eine Studie", authors="Beispiel, Ada", year=2020)
    recommendation = make_recommendation(
        "wohnraum", slug="bauen", title_de="Bauen & <mehr> ]]>", summary_de="Kurz.\x0b", rationale_de="Weil.",
        law_note_de="Neues Recht.", evidence="stated", sources=[source], steps=["Flächen finden"],
    )  # fmt: skip
    recommendation.steps.update(editorial=True, actors=["kommune"])
    (entry,) = entries(read(client))
    content = text(entry, "content")
    for passage in (
        "Kurz.",
        "Weil.",
        "Neues Recht.",
        "Flächen finden",
        "Von der Redaktion ergänzt.",
        "Eine Studie",
        "(2020)",
    ):
        assert passage in content
    assert text(entry, "title") == "Bauen & <mehr> ]]>"
    assert text(entry, "summary") == "Kurz."
    assert [each.get("term") for each in entry.findall(f"{ATOM}category")] == ["wohnraum"]


def test_an_example_and_a_challenge_are_there_in_full_too(client):
    texts = {name: f"{name} {{}}" for name in ("situation_de", "approach_de", "result_de", "transfer_de", "actors_de")}
    make_example("wohnraum", basis_note="Grundlage.", **texts)
    make_challenge("wohnraum", title_en="Housing")
    content = text(entries(read(client, "/feeds/praxisbeispiele.atom"))[0], "content")
    for passage in (*texts.values(), "Grundlage."):
        assert passage in content
    challenge = make_challenge("arbeit", summary_de="Worum es geht.", opportunity_de="Die Gelegenheit.")
    challenge.citations.create(source=make_source(title="Eine Studie"))
    feed = read(client, "/feeds/herausforderungen.atom")
    assert set(slugs(feed)) == {"wohnraum", "arbeit"}
    contents = " ".join(text(entry, "content") for entry in entries(feed))
    for passage in ("Worum es geht.", "Die Gelegenheit.", "Eine Studie"):
        assert passage in contents


def test_german_in_an_english_feed_says_so(client):
    make_recommendation(slug="a", title_de="Bauen", title_en="Build", summary_de="Kurz.")
    (entry,) = entries(read(client, RECOMMENDATIONS + "?lang=en"))
    assert entry.find(f"{ATOM}title").get(LANG) is None
    assert entry.find(f"{ATOM}summary").get(LANG) == "de"
    assert 'lang="de">Kurz.' in text(entry, "content")
    assert link(entry, "alternate") == "http://testserver/en/recommendations/a/"


MOMENTS = st.integers(1, 400).map(lambda days: LONG_AGO + timedelta(days=days))


@settings(max_examples=15)
@given(
    records=st.lists(
        st.fixed_dictionaries({
            "challenges": st.lists(st.sampled_from(["wohnraum", "sprache"]), unique=True),
            "status": st.sampled_from([PUBLISHED, PUBLISHED, PUBLISHED, *HIDDEN.values()]),
            "published_at": MOMENTS,
            "revisions": st.lists(st.tuples(MOMENTS, st.booleans(), st.sampled_from(["published", "draft"])), max_size=3),
        }),
        max_size=7,
    ),
    query=st.sampled_from(["", "?challenge=wohnraum", "?challenge=wohnraum&challenge=nichts&sort=title"]),
)  # fmt: skip
@keep_nothing
def test_a_feed_is_the_newest_of_what_the_page_lists(records, query):
    """Of random content: new is what became public or saw a major change last, whatever else its history holds."""
    make_challenge("wohnraum")
    expected = []
    for each in records:
        status = each["status"] | ({"published_at": each["published_at"]} if each["status"] is PUBLISHED else {})
        record = make_recommendation(*each["challenges"], **status)
        for number, (moment, major, state) in enumerate(each["revisions"], 1):
            revision = Revision.objects.create(
                table="recommendations", record_id=record.pk, number=number, entry={}, status=state, is_major=major
            )
            Revision.objects.filter(pk=revision.pk).update(created_at=moment)
        if each["status"] is PUBLISHED and ("wohnraum" in each["challenges"] or not query):
            majors = [moment for moment, major, state in each["revisions"] if major and state == "published"]
            expected.append((max([each["published_at"], *majors]), record.pk, record.slug))
    feed = read(Client(), RECOMMENDATIONS + query)
    assert slugs(feed) == [slug for _moment, _pk, slug in sorted(expected, reverse=True)]
    shown = [datetime.fromisoformat(text(entry, "updated")) for entry in entries(feed)]
    assert shown == [moment for moment, _pk, _slug in sorted(expected, reverse=True)]
    if query == "?challenge=wohnraum":
        page = Client().get(f"/empfehlungen/{query}").context["page_obj"]
        assert {record.slug for record in page.object_list} == set(slugs(feed))


def test_a_feed_has_the_fifty_newest_at_most(client):
    for day in range(52):
        make_recommendation(slug=f"r-{day}", published_at=LONG_AGO + timedelta(days=day))
    assert slugs(read(client)) == [f"r-{day}" for day in range(51, 1, -1)]


@pytest.fixture
def two():
    """An old recommendation that is complete, and a new one."""
    old = make_recommendation("wohnraum", slug="alt", sources=[make_source()], addressees=["kommune"])
    revise(old)
    make_recommendation("wohnraum", slug="neu", published_at=LONG_AGO + timedelta(days=1))
    return old


def change(record, *, major, at=None):
    ada, bo = (User.objects.get_or_create(username=name)[0] for name in ("ada", "bo"))
    copy = workflow.working_copy(record, ada)
    apply({"summary_de": "Ganz neu."}, copy, ada)
    workflow.submit(copy, ada)
    return workflow.publish(copy, bo, at=at, major=major)


@pytest.mark.parametrize(("major", "order"), [(True, ["alt", "neu"]), (False, ["neu", "alt"])])
def test_only_a_major_change_is_news(client, two, major, order):
    change(two, major=major)
    feed = read(client)
    assert slugs(feed) == order
    assert "Ganz neu." in text(entries(feed)[order.index("alt")], "summary")


def test_a_planned_change_is_news_from_the_moment_readers_see_it(client, two, monkeypatch):
    before = body(client.get(RECOMMENDATIONS))
    planned = timezone.now() + timedelta(days=9)
    change(two, major=True, at=planned)
    assert body(client.get(RECOMMENDATIONS)) == before
    monkeypatch.setattr(timezone, "now", lambda: planned + timedelta(minutes=1))
    assert workflow.publish_due() == 1
    feed = read(client)
    assert slugs(feed) == ["alt", "neu"]
    assert datetime.fromisoformat(text(feed, "updated")) == (planned + timedelta(minutes=1))


def test_an_id_stays_whatever_becomes_of_the_address(client, two):
    before = {text(entry, "id") for entry in entries(read(client))}
    workflow.rename(Recommendation.objects.get(pk=two.pk), None, "anders")
    feed = read(client)
    assert set(slugs(feed)) == {"anders", "neu"}
    assert {text(entry, "id") for entry in entries(feed)} == before


def test_the_same_choices_are_the_same_feed(client):
    make_recommendation("wohnraum", effort="low")
    ids = {
        text(read(client, f"{RECOMMENDATIONS}?{query}"), "id")
        for query in (
            "challenge=wohnraum&effort=low",
            "effort=low&challenge=wohnraum&sort=title&page=7&challenge=nichts",
        )
    }
    assert len(ids) == 1
    feed = read(client, f"{RECOMMENDATIONS}?effort=low&challenge=wohnraum")
    assert link(feed, "self") == f"http://testserver{RECOMMENDATIONS}?challenge=wohnraum&effort=low"
    assert link(feed, "alternate") == "http://testserver/empfehlungen/?challenge=wohnraum&effort=low"
    assert "Herausforderung: Wohnraum" in text(feed, "title")
    assert "Wer ist gefordert? Kommunen |" in text(read(client, f"{RECOMMENDATIONS}?addressee=kommune"), "title")


def test_a_value_that_does_not_exist_is_named_and_filters_nothing(client):
    make_recommendation("wohnraum")
    feed = read(client, f"{RECOMMENDATIONS}?challenge=nichts")
    assert "„nichts“" in text(feed, "subtitle")
    assert len(entries(feed)) == 1


def test_a_feed_that_has_not_changed_is_not_sent_again(client):
    make_recommendation("wohnraum")
    etag = client.get(RECOMMENDATIONS).headers["ETag"]
    assert client.get(RECOMMENDATIONS, headers={"If-None-Match": etag}).status_code == 304
    make_recommendation("wohnraum")
    assert client.get(RECOMMENDATIONS, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [("/feeds/kommunen.atom", 404), ("/feeds/empfehlungen.rss", 404), (f"{RECOMMENDATIONS}?q=%00", 400)],
)
def test_there_is_no_other_feed(client, address, status):
    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/empfehlungen/?challenge=wohnraum&q=bauen", "/feeds/empfehlungen.atom?q=bauen&challenge=wohnraum"),
        ("/en/recommendations/", "/feeds/empfehlungen.atom?lang=en"),
        ("/praxisbeispiele/?state=05&near=05962008", "/feeds/praxisbeispiele.atom?state=05"),
        ("/karte/?state=05", "/feeds/praxisbeispiele.atom?state=05"),
        ("/en/challenges/", "/feeds/herausforderungen.atom?lang=en"),
    ],
)
def test_a_list_leads_to_the_feed_of_its_choices(client, page, feed):
    make_world()
    shown = body(client.get(page)).replace("&amp;", "&")
    assert (
        len(re.findall(rf'<link rel="alternate" type="application/atom\+xml"[^>]* href="{re.escape(feed)}">', shown))
        == 1
    )
    assert f'<a class="kern-link" href="{feed}">' in shown
    read(client, feed)


@pytest.mark.parametrize("name", feeds.FEEDS)
def test_a_feed_takes_the_same_few_queries_whatever_its_length(client, name):
    def queries():
        client.get(f"/feeds/{name}.atom")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/feeds/{name}.atom")
        return len(captured)

    counts = []
    for _round in range(2):
        for n in range(4):
            sources = [make_source(), make_source()]
            make_recommendation("wohnraum", sources=sources, steps=["eins", "zwei"], target_groups=["frauen"])
            make_example("wohnraum", sources=sources)
            make_challenge(f"feld-{len(counts)}-{n}").citations.create(source=sources[0])
        counts.append(queries())
    assert counts[0] == counts[1] <= 10


def test_a_feed_leaves_the_language_of_others_alone(client):
    make_recommendation("wohnraum")
    client.get(f"{RECOMMENDATIONS}?lang=en")
    with translation.override("de"):
        assert read(client).get(LANG) == "de"

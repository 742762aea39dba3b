"""The sitemap: exactly the pages that readers and search engines may see, in both languages, with their last change."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import workflow
from portal.entries import apply, revise
from portal.models import User
from portal.site import sitemaps
from tests.factories import (
    HIDDEN,
    LONG_AGO,
    LONG_PAGES,
    PUBLISHED,
    make_challenge,
    make_example,
    make_municipality,
    make_page,
    make_recommendation,
    make_source,
)
from tests.recommendations.test_filter_properties import keep_nothing
from tests.site.world import body, make_world, visit

pytestmark = pytest.mark.django_db

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
INDEXES = ("home", "recommendation_list", "practice_example_list", "map", "challenge_list", "municipality_list",
           "glossary", "data", "codebook", "release_list")  # fmt: skip


def read(client, address="/sitemap.xml"):
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    return ElementTree.fromstring(response.content)


def locations(sitemap):
    return [each.text for each in sitemap.iter(f"{SITEMAP}loc")]


def last_changes(sitemap):
    return {url.find(f"{SITEMAP}loc").text: url.findtext(f"{SITEMAP}lastmod") for url in sitemap}


def in_both_languages(name, *arguments):
    for code in ("de", "en"):
        with translation.override(code):
            yield "http://testserver" + reverse(name, args=arguments)


STATES = st.sampled_from([PUBLISHED, PUBLISHED, *HIDDEN.values()])


@settings(max_examples=10)
@given(
    recommendations=st.lists(STATES, max_size=4),
    examples=st.lists(STATES, max_size=4),
    challenges=st.lists(STATES, max_size=3),
    pages=st.tuples(*[STATES] * len(LONG_PAGES)),
)
@keep_nothing
def test_the_sitemap_is_what_readers_see(recommendations, examples, challenges, pages):
    """Of random states; municipalities are in it with those of their examples."""
    seen = [(name,) for name in INDEXES]
    make_municipality("05962999", register_on=LONG_AGO.date())  # public, but there is nothing to read
    for n, state in enumerate(recommendations):
        make_recommendation(slug=f"r-{n}", **state)
        seen += [("recommendation_detail", f"r-{n}")] if state is PUBLISHED else []
    for n, state in enumerate(examples):
        make_example(slug=f"p-{n}", municipality=make_municipality(f"0596200{n}"), **state)
        seen += (
            [("practice_example_detail", f"p-{n}"), ("municipality_detail", f"0596200{n}")]
            if state is PUBLISHED
            else []
        )
    for n, state in enumerate(challenges):
        make_challenge(f"c-{n}", **state)
        seen += [("challenge_detail", f"c-{n}")] if state is PUBLISHED else []
    for slug, state in zip(LONG_PAGES, pages, strict=True):
        make_page(slug, **state)
        seen += [(slug,)] if state is PUBLISHED else []
    expected = [address for arguments in seen for address in in_both_languages(*arguments)]
    found = locations(read(Client()))
    assert len(found) == len(set(found))
    assert set(found) == set(expected)


def test_every_page_of_it_answers_and_calls_itself_so(client):
    make_world()
    sitemap = read(client)
    for url in sitemap:
        address = url.find(f"{SITEMAP}loc").text
        response, text = visit(client, address.removeprefix("http://testserver"))
        assert response.status_code == 200
        assert f'<link rel="canonical" href="{address}">' in text
        assert "noindex" not in text
        others = {each.get("hreflang"): each.get("href") for each in url.findall(f"{XHTML}link")}
        assert set(others) == {"de", "en", "x-default"}
        assert address in (others["de"], others["en"])
        assert others["x-default"] == others["de"]
        for code, other in others.items():
            assert f'<link rel="alternate" hreflang="{code}" href="{other}">' in text


def test_a_page_changed_last_when_its_readers_saw_it(client, monkeypatch):
    """Neither a draft nor a working copy, however far, changes a byte; nor does giving one up."""
    record = make_recommendation("wohnraum", slug="bauen", sources=[make_source()], addressees=["kommune"])
    revise(record)
    ada, bo = (User.objects.create_user(name) for name in ("ada", "bo"))
    before = body(client.get("/sitemap.xml")), body(client.get("/empfehlungen/bauen/"))
    workflow.discard(workflow.working_copy(record, ada), ada)
    copy = workflow.working_copy(record, ada)
    apply({"summary_de": "Neu."}, copy, ada)
    workflow.submit(copy, ada)
    planned = timezone.now() + timedelta(days=3)
    workflow.publish(copy, bo, at=planned)
    assert (body(client.get("/sitemap.xml")), body(client.get("/empfehlungen/bauen/"))) == before
    monkeypatch.setattr(timezone, "now", lambda: planned)
    workflow.publish_due()
    changed = last_changes(read(client))
    for address in ("/empfehlungen/bauen/", "/en/recommendations/bauen/", "/empfehlungen/", "/"):
        assert changed[f"http://testserver{address}"] == planned.isoformat(timespec="seconds")
    assert changed["http://testserver/herausforderungen/"] == LONG_AGO.isoformat(timespec="seconds")
    assert changed["http://testserver/praxisbeispiele/"] is None


def test_too_many_pages_are_split(client, monkeypatch):
    make_world()
    whole = locations(read(client))
    monkeypatch.setattr(sitemaps, "LIMIT", 10)
    index = read(client)
    assert index.tag == f"{SITEMAP}sitemapindex"
    parts = [locations(read(client, address.removeprefix("http://testserver"))) for address in locations(index)]
    assert [address for part in parts for address in part] == whole
    assert max(map(len, parts)) == 10
    assert client.get(f"/sitemap.xml?page={len(parts) + 1}").status_code == 404


@pytest.mark.parametrize("page", ["0", "2", "01", "x", ""])
def test_there_is_no_other_file_of_it(client, page):
    assert client.get("/sitemap.xml", {"page": page}).status_code == 404

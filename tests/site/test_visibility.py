"""What isn't published is nowhere: every public address, file, count and search, with and without hidden records."""

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import translation

from municipalities.models import Municipality
from portal.citations import RENDERINGS
from portal.models import GlossaryTerm, Page
from portal.pictures import SIZES
from portal.publishing import Publishable
from recommendations.models import Challenge, PracticeExample, Recommendation, Source
from tests.factories import (
    HIDDEN,
    LONG_PAGES,
    PUBLISHED,
    make_challenge,
    make_example,
    make_municipality,
    make_page,
    make_picture,
    make_recommendation,
    make_source,
)  # fmt: skip
from tests.site.world import (
    IN_ONE_ADDRESS,
    IN_TWO_LANGUAGES,
    NOT_PUBLIC,
    addresses,
    body,
    make_world,
    names_of_addresses,
    preview_address,
    visit,
)  # fmt: skip

pytestmark = pytest.mark.django_db

MARK = "Xgeheimx"  # stands in every text of a hidden record; its slug begins with "verborgen-"


def texts(model, **fields):
    """Every free text of a model with the mark in it."""
    kinds = ("CharField", "TextField")
    free = [field for field in model._meta.get_fields() if getattr(field, "get_internal_type", str)() in kinds
            and not field.choices and type(field).__name__ in kinds and not field.unique]  # fmt: skip
    # Why it was withdrawn is for readers, and the only thing of an archived record that is.
    return {field.name: f"{MARK} {field.name}" for field in free if field.name != "archive_note"} | fields


@pytest.fixture
def world():
    make_world()


def hide_records_everywhere():
    """Of each kind one draft, one in review, one scheduled and one archived, tied to the visible ones in every way."""
    visible = {model: list(model.objects.visible()) for model in (Recommendation, PracticeExample)}
    balve = Municipality.objects.get(name="Balve")
    for n, (name, status) in enumerate(HIDDEN.items()):
        slug = f"verborgen-{name}"
        source = make_source(slug, **texts(Source, url="https://xgeheimx.example/", isbn="", doi=""))
        municipality = make_municipality(f"0900000{n}", name=f"{MARK} {name}", official_name=f"{MARK} {name}")
        challenge = make_challenge(slug, **{**texts(Challenge), **status})
        challenge.citations.create(source=source, page=MARK)
        picture = make_picture(f"{n}" * 32 + "-1280x720")
        example = make_example("wohnraum", slug, municipality=municipality, sources=[source],
                               **picture | texts(PracticeExample, slug=slug, **status))  # fmt: skip
        recommendation = make_recommendation("wohnraum", slug, examples=[example], sources=[source], steps=[MARK],
                                             **texts(Recommendation, slug=slug, **status))  # fmt: skip
        for record in visible[Recommendation]:
            record.challenges.add(challenge)
            record.illustrations.create(example=example, note_de=MARK, note_en=MARK)
        for record in visible[PracticeExample]:
            record.challenges.add(challenge)
            recommendation.illustrations.create(example=record, note_de=MARK)
        # Municipalities that are shown anyway – one for its other example, one for the register – with one that isn't.
        for shown, place in {"zwei": visible[PracticeExample][0].municipality, "drei": balve}.items():
            make_example("sprache", municipality=place, **texts(PracticeExample, slug=f"{slug}-{shown}", **status))
    for slug, status in zip(LONG_PAGES, HIDDEN.values(), strict=False):
        Page.objects.filter(slug=slug).update(**texts(Page), **status)


def test_every_address_is_known_to_these_tests():
    assert names_of_addresses() == {*IN_TWO_LANGUAGES, *IN_ONE_ADDRESS, *NOT_PUBLIC}


def test_every_kind_of_record_with_a_status_is_hidden_in_these_tests():
    assert set(Publishable.__subclasses__()) == {Page, Challenge, PracticeExample, Recommendation}


def test_hidden_records_change_not_one_byte_of_any_public_page_or_file(world, client):
    Page.objects.exclude(slug=LONG_PAGES[-1]).delete()
    # A withdrawn page says that it is withdrawn, as tested below.
    withdrawn = ("/barrierefreiheit/", "/en/accessibility/")
    before = {address: visit(client, address) for address in addresses() if address not in withdrawn}
    assert {response.status_code for response, _text in before.values()} == {200, 302, 404}
    for slug in LONG_PAGES[:-1]:
        make_page(slug)
    hide_records_everywhere()
    for address, (response, text) in before.items():
        again, found = visit(client, address)
        assert (address, again.status_code) == (address, response.status_code)
        assert MARK.lower() not in found.lower(), address
        assert "verborgen" not in found, address
        assert found == text, address


@pytest.mark.parametrize("name", ["recommendation_list", "practice_example_list", "map", "municipality_list"])
@pytest.mark.parametrize("q", ["geheim", "verborgen", "xgeheimx"])
def test_no_search_finds_a_hidden_record(world, client, name, q):
    hide_records_everywhere()
    assert client.get(reverse(name), {"q": q}).context["page_obj"].paginator.count == 0


@pytest.mark.parametrize("table", ["recommendations", "practice-examples", "challenges", "municipalities"])
def test_no_searched_file_holds_a_hidden_record(world, client, table):
    hide_records_everywhere()
    assert len(body(client.get(f"/daten/{table}.csv?q=geheim")).splitlines()) == 1
    assert len(body(client.get(f"/daten/{table}.xlsx?q=geheim")).splitlines()) == 1


@pytest.mark.parametrize("status", HIDDEN)
@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("name", ["recommendation_detail", "practice_example_detail", "challenge_detail"])
def test_a_hidden_record_has_no_page(world, client, name, status, lang):
    hide_records_everywhere()
    with translation.override(lang):
        response = client.get(reverse(name, args=[f"verborgen-{status}"]))
    assert response.status_code == (410 if status == "archived" else 404)
    assert MARK.lower() not in body(response).lower()


@pytest.mark.parametrize("n", range(len(HIDDEN)))
@pytest.mark.parametrize("size", SIZES)
def test_the_picture_of_a_hidden_record_is_nowhere(world, client, n, size):
    """Not even for whoever knows its name; nobody learns whether there is such a file."""
    hide_records_everywhere()
    hidden = client.get(reverse("picture", args=[f"{n}" * 32 + "-1280x720", size]))
    missing = client.get(reverse("picture", args=["9" * 32 + "-1280x720", size]))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.headers["Cache-Control"] == "public, no-cache"
    assert body(hidden).replace(f"{n}" * 32, "") == body(missing).replace("9" * 32, "")


def test_a_withdrawn_long_page_shows_nothing_of_its_text(world, client):
    hide_records_everywhere()
    assert Page.objects.get(slug="accessibility").status == "archived"
    for address in ("/barrierefreiheit/", "/en/accessibility/"):
        response = client.get(address)
        assert response.status_code == 410
        assert MARK.lower() not in body(response).lower()


MAKERS = {
    "recommendations": make_recommendation,
    "practice-examples": make_example,
    "challenges": lambda _challenge, slug, **fields: make_challenge(slug, **fields),
}


@pytest.mark.parametrize("table", MAKERS)
def test_of_a_withdrawn_record_readers_see_the_note_and_where_to_read_on(client, table):
    """Neither the address of the reason nor of the successor is guessed: without them the page says less."""
    make = MAKERS[table]
    successor = make("wohnraum", slug="nachfolger", title_de="Nachfolger", title_en="")
    withdrawn = make("wohnraum", slug="alt", title_de=MARK, archive_note="Ist <überholt>.",
                     superseded_by=successor, **HIDDEN["archived"])  # fmt: skip
    with translation.override("de"):
        address = withdrawn.get_absolute_url()
    response = client.get(address)
    assert response.status_code == 410
    assert "Ist &lt;überholt&gt;." in body(response)
    assert f'href="{successor.get_absolute_url()}"' in body(response)
    assert MARK not in body(response)
    assert 'name="robots" content="noindex"' in body(response)
    assert response.headers["Cache-Control"] == "public, no-cache"
    with translation.override("en"):
        page = body(client.get(withdrawn.get_absolute_url()))
    assert '<span lang="de">Nachfolger</span>' in page
    type(successor).objects.filter(pk=successor.pk).update(**HIDDEN["draft"])
    page = body(client.get(address))
    assert "Nachfolger" not in page
    assert "nachfolger" not in page
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(archive_note="")
    assert "Grund:" not in body(client.get(address))


def test_what_readers_never_saw_is_not_said_to_be_withdrawn(client):
    """A plan that was given up, even after its date, or a draft that was put away: there never was such a page."""
    for published_at in (None, HIDDEN["scheduled"]["published_at"]):
        record = make_recommendation(title_de=MARK, status="archived", published_at=published_at)
        assert client.get(record.get_absolute_url()).status_code == 404


def test_a_municipality_whose_examples_are_all_hidden_has_no_page(world, client):
    hide_records_everywhere()
    for n in range(len(HIDDEN)):
        assert client.get(f"/kommunen/0900000{n}/").status_code == 404
        assert client.get(f"/en/municipalities/0900000{n}/").status_code == 404


def test_a_municipality_of_the_register_is_public_and_gives_no_draft_away(world, client):
    hide_records_everywhere()
    page = client.get("/kommunen/05962008/")
    assert (page.status_code, list(page.context["examples"])) == (200, [])
    listed = {name: [place.name for place in client.get(f"/kommunen/{query}").context["page_obj"].object_list]
              for name, query in {"with examples": "", "all": "?all=1"}.items()}  # fmt: skip
    assert listed == {"with examples": ["Altena", "Goslar"], "all": ["Altena", "Balve", "Goslar"]}
    assert {facet.unknown[0] for facet in client.get("/praxisbeispiele/?municipality=05962008").context["filter"].facets
            if facet.unknown} == {"05962008"}  # fmt: skip


def test_a_choice_that_only_hidden_records_carry_is_an_unknown_value(world, client):
    hide_records_everywhere()
    for address, name, value in (
        ("/empfehlungen/", "challenge", "verborgen-draft"),
        ("/praxisbeispiele/", "challenge", "verborgen-archived"),
        ("/praxisbeispiele/", "municipality", "09000000"),
    ):
        page = client.get(address, {name: value}).context
        assert [(facet.name, facet.unknown) for facet in page["filter"].facets if facet.unknown] == [(name, [value])]
        assert MARK not in str([facet.groups for facet in page["filter"].facets])


def test_the_same_records_published_are_seen_in_every_list_and_file(world, client):
    """That the tests above would notice them."""
    hide_records_everywhere()
    for model in Publishable.__subclasses__():
        for record in model.objects.exclude(status="published", published_at__lte=PUBLISHED["published_at"]):
            for field, value in PUBLISHED.items():
                setattr(record, field, value)
            record.save()
    make_challenge("noch-eine")  # tells the index
    showing = (
        "/kommunen/",
        "/praxisbeispiele/",
        "/karte/",
        "/herausforderungen/",
        "/empfehlungen/",
        "/ueber/",
        "/impressum/",
        *(
            f"/daten/{table}."
            for table in ("recommendations", "practice-examples", "challenges", "municipalities", "sources")
        ),
    )
    shown = [address for address in addresses() if address.startswith(showing) and "?" not in address] + ["/", "/en/"]
    shown = [address for address in shown if not address.endswith(tuple(RENDERINGS))]  # of one record each
    assert len(shown) == 34
    for address in shown:
        assert MARK in body(client.get(address)), address


PREVIEWED = {
    "recommendations": lambda status: make_recommendation(**texts(Recommendation, slug="verborgen", **status)),
    "practice-examples": lambda status: make_example(**texts(PracticeExample, slug="verborgen", **status)),
    "challenges": lambda status: make_challenge("verborgen", **{**texts(Challenge), **status}),
    "pages": lambda status: make_page("about", **{**texts(Page), **status}),
}


@pytest.mark.parametrize("table", PREVIEWED)
@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("status", ["draft", "review", "scheduled"])
def test_a_preview_shows_a_hidden_record_to_whoever_has_the_signed_address(client, table, lang, status):
    record = PREVIEWED[table](HIDDEN[status])
    response = client.get(preview_address(table, record, lang))
    assert response.status_code == 200
    assert MARK in body(response)
    assert ("noch nicht veröffentlicht" if lang == "de" else "not published yet") in body(response)
    assert 'name="robots" content="noindex"' in body(response)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert not response.cookies


@pytest.mark.parametrize("table", PREVIEWED)
def test_an_archived_record_has_no_preview(client, table):
    response = client.get(preview_address(table, PREVIEWED[table](HIDDEN["archived"])))
    assert response.status_code == 404
    assert MARK not in body(response)


@pytest.mark.parametrize("table", PREVIEWED)
def test_a_preview_of_what_is_public_says_where(client, settings, table):
    settings.SITE_ADDRESS = "https://portal.example"
    record = PREVIEWED[table](PUBLISHED)
    text = body(client.get(preview_address(table, record)))
    assert "noch nicht veröffentlicht" not in text
    assert f'href="https://portal.example{record.get_absolute_url()}"' in text
    assert "schon veröffentlicht" not in body(client.get(record.get_absolute_url()))


@pytest.mark.parametrize(
    ("table", "model", "slug"),
    [
        ("recommendations", Recommendation, "bauen"),
        ("practice-examples", PracticeExample, "lotsen"),
        ("challenges", Challenge, "wohnraum"),
    ],
)
def test_a_previewed_record_shows_none_of_the_other_hidden_records(world, client, table, model, slug):
    hide_records_everywhere()
    record = model.objects.get(slug=slug)
    record.status = "draft"
    record.save()
    assert MARK not in body(client.get(preview_address(table, record)))


def test_a_preview_of_nothing_or_with_a_changed_or_foreign_signature_is_not_found(client):
    record = make_recommendation(title_de=MARK, **HIDDEN["draft"])
    address = preview_address("recommendations", record)
    assert client.get(address).status_code == 200
    with translation.override("de"):
        wrong = [
            address[:-2] + ("A" if address[-2] != "A" else "B") + "/",
            address[:11] + ("A" if address[11] != "A" else "B") + address[12:],
            reverse("preview", args=["x"]),
            reverse("preview", args=[signing.dumps(["recommendations", record.pk])]),
            reverse("preview", args=[signing.dumps(["recommendations", record.pk + 1], salt="preview")]),
            reverse("preview", args=[signing.dumps(["sources", record.pk], salt="preview")]),
        ]
    for address in wrong:
        response = client.get(address)
        assert response.status_code == 404
        assert MARK not in body(response)


def test_a_preview_expires(client, settings, monkeypatch):
    record = make_recommendation(**HIDDEN["draft"])
    address, made = preview_address("recommendations", record), signing.time.time()
    for age, status in (
        (settings.PREVIEW_AGE.total_seconds() - 60, 200),
        (settings.PREVIEW_AGE.total_seconds() + 60, 404),
    ):
        with monkeypatch.context() as later:
            later.setattr(signing.time, "time", lambda age=age: made + age)
            response = client.get(address)
        assert response.status_code == status


def test_glossary_terms_have_no_status_and_are_always_public(client):
    GlossaryTerm.objects.create(slug="asyl", term_de="Asyl", definition_de="Schutz.")
    assert "Schutz." in body(client.get("/glossar/"))

import csv
import io
import json
import random
import time
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal import exports
from portal.entries import touch
from portal.exports import JOIN, all_plain, csv_lines, harmless, plain
from portal.models import Revision
from portal.site.tables import ALL_TABLES, TABLES
from recommendations.models import Addressee, Challenge, Recommendation, Source, TargetGroup
from tests.factories import make_challenge, make_example, make_municipality, make_recommendation, make_source
from tests.site.world import make_world, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    make_world(released=False)


def download(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def csv_rows(client, table, query=""):
    text = download(client, f"/daten/{table}.csv{query}").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def sheet(client, table, query=""):
    return load_workbook(io.BytesIO(download(client, f"/daten/{table}.xlsx{query}"))).active


def records(client, table, query=""):
    header, *rows = csv_rows(client, table, query)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("table", TABLES)
def test_a_csv_opens_in_a_german_spreadsheet_with_a_byte_order_mark_and_semicolons(world, client, table):
    content = download(client, f"/daten/{table}.csv")
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1
    header = content.decode("utf-8-sig").split("\r\n")[0].split(";")
    assert len(header) == len(set(header)) >= 5
    assert content.endswith(b"\r\n")


@pytest.mark.parametrize("table", TABLES)
def test_an_xlsx_holds_the_rows_of_the_csv(world, client, table):
    rows = csv_rows(client, table)
    assert len(rows) > 1
    cells = [
        ["" if value is None else str(value) for value in row]
        for row in sheet(client, table).iter_rows(values_only=True)
    ]
    assert cells == rows


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("table", TABLES)
def test_the_name_of_a_file_says_what_and_when_and_which_selection(world, client, table, extension, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *_moment: date(2026, 3, 1))
    for query, name in (
        ("", f"{table}-2026-03-01.{extension}"),
        ("?q=Mehr bauen!", f"{table}-q-mehr-bauen-2026-03-01.{extension}"),
        ("?q=" + "x" * 199, f"{table}-q-{'x' * 98}-2026-03-01.{extension}"),
        ("?lang=en&sort=&q=", f"{table}-2026-03-01.{extension}"),
    ):
        response = client.get(f"/daten/{table}.{extension}{query}")
        list(response.streaming_content)
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.headers["Cache-Control"] == "public, no-cache"
    kind = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    assert response.headers["Content-Type"] == kind[extension]


DANGEROUS = [
    "=1+1",
    "+49 30",
    "-2 Stellen",
    "@name",
    "\tTab",
    "\rWagen",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("x")',
    "=cmd|'/C calc'!A0",
]


@pytest.mark.parametrize("text", [*DANGEROUS, "\n=1+1", "\x01=1+1", "\x00-1"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_front(text):
    assert harmless(plain(text)).startswith("'")


@pytest.mark.parametrize("value", ["", "Text", "a=b", "1-2", "– Strich", "'x", "E001", 0, -5, 2024, 44.42, -0.5, None])
def test_other_texts_and_numbers_stay_as_they_are(value):
    assert harmless(plain(value)) == value


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_a_file_is_a_formula(client, text):
    source = make_source(title=text, url="https://example.org/")
    place = make_municipality("05962004", name=text, official_name=text)
    make_example("wohnraum", municipality=place, title_de=text, summary_de=text, actors_de=text, sources=[source])
    make_recommendation("wohnraum", title_de=text, summary_de=text, steps=[text, "zwei"], sources=[source])
    for table in TABLES:
        for row in csv_rows(client, table):
            assert not [cell for cell in row if cell.startswith(exports.FORMULA_STARTS)]
        for row in sheet(client, table).iter_rows():
            assert {cell.data_type for cell in row} <= {"s", "n", "inlineStr"}
    assert text.strip("\r\t") in records(client, "recommendations")[0]["title_de"]


@pytest.mark.parametrize("text", [*DANGEROUS, "a | b|c", "\x07\x1b", "\u2028", "'=", "ä" * 40_000])
def test_json_loses_nothing(client, text):
    make_recommendation("wohnraum", title_de="ein Titel", summary_de=text, steps=[text, "zwei"])
    (item,) = json.loads(download(client, "/daten/recommendations.json"))
    (line,) = map(json.loads, download(client, "/daten/recommendations.jsonl").splitlines())
    assert item == line
    assert (item["summary_de"], item["steps_de"], item["source_year"]) == (text, [text, "zwei"], None)


@pytest.mark.parametrize("table", TABLES)
def test_json_holds_the_rows_of_the_csv_without_labels(world, client, table):
    items = json.loads(download(client, f"/daten/{table}.json"))
    assert items == [json.loads(line) for line in download(client, f"/daten/{table}.jsonl").splitlines()]
    rows = records(client, table)
    assert [[str(plain(value) if value is not None else "") for value in item.values()] for item in items] == [
        [row[name] for name in items[0]] for row in rows
    ]
    assert items[0].keys() == {column.name for column in ALL_TABLES[table].columns if not column.label}


def test_an_empty_list_is_json_too(client):
    assert json.loads(download(client, "/daten/recommendations.json")) == []
    assert download(client, "/daten/recommendations.jsonl") == b""


def test_a_link_table_has_one_row_for_each_item_of_a_list(client):
    sources = [make_source("eins"), make_source("zwei")]
    record = make_recommendation("wohnraum", "sprache", steps=["a", "b"], sources=sources, number="E801")
    make_recommendation("wohnraum", number="E802")
    record.steps.filter(text_de="b").update(actors=["land", "kommune"])
    record.citations.filter(source=sources[1]).update(page="12")
    assert [tuple(row.values()) for row in records(client, "recommendation-challenges", "?sort=number")] == [
        ("E801", "1", "sprache"), ("E801", "2", "wohnraum"), ("E802", "1", "wohnraum")
    ]  # fmt: skip
    assert records(client, "recommendation-sources") == [
        {"number": "E801", "position": "1", "source": "eins", "page": ""},
        {"number": "E801", "position": "2", "source": "zwei", "page": "12"},
    ]
    first, second = json.loads(download(client, "/daten/recommendation-steps.json"))
    assert (first["text_de"], first["position"], first["actors"]) == ("a", 1, [])
    assert (second["text_de"], second["text_en"], second["actors"]) == ("b", None, ["land", "kommune"])
    assert [row["number"] for row in records(client, "recommendation-challenges", "?challenge=sprache")] == ["E801"] * 2


def test_a_csv_for_programs_has_commas_and_no_byte_order_mark(world, client):
    content = download(client, "/daten/recommendations.csv?dialect=comma")
    assert content.startswith(b"number,slug,")
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert rows == csv_rows(client, "recommendations")


def test_numbers_stay_numbers_and_keys_stay_texts_with_their_zeros(client):
    make_example(
        municipality=make_municipality(
            "01055046", name="Eins", population=17_000, area_km2="44.42", lat=54.5, lon=10.25
        )
    )
    (row,) = records(client, "municipalities")
    assert (row["key"], row["population"], row["area_km2"], row["lat"]) == ("01055046", "17000", "44.42", "54.5")
    header, values = sheet(client, "municipalities").iter_rows(values_only=True)
    cells = dict(zip(header, values, strict=True))
    assert (cells["key"], cells["population"], cells["area_km2"], cells["lon"]) == ("01055046", 17_000, 44.42, 10.25)
    assert (cells["state"], cells["example_count"]) == ("01", 1)


def test_empty_is_empty_and_lists_are_joined(client):
    make_recommendation("sprache", "wohnraum", steps=["eins", "zwei"], addressees=["land", "kommune"])
    (row,) = records(client, "recommendations")
    assert row["challenges"].split(" | ") == ["sprache", "wohnraum"]
    assert row["steps_de"] == "eins | zwei"
    assert row["addressees"] == "land | kommune"
    assert row["source_year"] == row["title_en"] == row["sources"] == ""
    header, values = sheet(client, "recommendations").iter_rows(values_only=True)
    assert dict(zip(header, values, strict=True))["source_year"] is None


def test_steps_and_pages_stand_side_by_side_with_what_they_belong_to(client):
    sources = [make_source("eins"), make_source("zwei")]
    record = make_recommendation("wohnraum", steps=["eins", "zw|ei", "drei"], sources=sources)
    record.steps.filter(text_de="zw|ei").update(text_en="two", editorial=True, actors=["land", "kommune"])
    record.citations.filter(source=sources[1]).update(page="12")
    (row,) = records(client, "recommendations")
    assert row["steps_de"] == "eins | zw||ei | drei"
    assert row["steps_en"] == " | two | "
    assert row["steps_origin"] == "source | editorial | source"
    assert row["steps_actors"] == " | land kommune | "
    assert (row["sources"], row["source_pages"]) == ("eins | zwei", " | 12")


def test_only_sources_that_a_public_record_cites_are_exported(client):
    make_recommendation("wohnraum", sources=[make_source("gezeigt")])
    make_recommendation("wohnraum", sources=[make_source("versteckt")], status="draft")
    make_source("niemand")
    assert [row["key"] for row in records(client, "sources")] == ["gezeigt"]
    challenge = make_challenge("sprache")
    challenge.citations.create(source=Source.objects.get(key="niemand"))
    touch("challenges", challenge.pk)
    assert [row["key"] for row in records(client, "sources")] == ["gezeigt", "niemand"]


def test_codes_stand_beside_their_labels_in_the_language_asked_for(client):
    make_recommendation(addressees=["kommune"], horizon="long")
    for query, lang in (("", "de"), ("?lang=en", "en"), ("?lang=de", "de")):
        with translation.override(lang):
            label = str(Addressee.KOMMUNE.label)
        (row,) = records(client, "recommendations", query)
        assert (row["addressees"], row["addressees_label"]) == ("kommune", label)
        header, values = sheet(client, "recommendations", query).iter_rows(values_only=True)
        assert dict(zip(header, values, strict=True))["addressees_label"] == label
    assert (
        records(client, "recommendations")[0]["horizon_label"]
        != records(client, "recommendations", "?lang=en")[0]["horizon_label"]
    )


@pytest.mark.parametrize(
    ("query", "parameter", "value"),
    [
        ("challenge=gibtsnicht", "challenge", "gibtsnicht"),
        ("challenge=wohnraum&challenge=gibtsnicht", "challenge", "gibtsnicht"),
        ("since=abc", "since", "abc"),
        ("addressee=niemand", "addressee", "niemand"),
        ("sort=schoen", "sort", "schoen"),
        ("q=" + "x" * 201, "q", "x" * 80),
        ("lang=fr", "lang", "fr"),
        ("dialect=tab", "dialect", "tab"),
        ("foo=bar", "foo", None),
        ("page=2", "page", None),
        ("near=05962004", "near", None),
        ("all=1", "all", None),
        ("q=a&q=b", "q", None),
        ("dialect=comma&dialect=comma", "dialect", None),
    ],
)
def test_a_file_refuses_what_it_does_not_understand(world, client, query, parameter, value):
    response = client.get(f"/daten/recommendations.csv?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    problem = response.json()
    assert problem["parameter"] == parameter
    assert f"„{parameter}“" in problem["detail"]
    assert value is None or f"„{value}“" in problem["detail"]


def test_a_refusal_says_what_is_known_in_the_language_of_the_file(world, client):
    assert (
        "Möglich sind: bund, land, kommune, zivilgesellschaft, kommune-only."
        in (client.get("/daten/recommendations.json?addressee=x").json()["detail"])
    )
    english = client.get("/daten/recommendation-steps.json?foo=bar&lang=en")
    assert english.headers["Content-Language"] == "en"
    assert "There is no parameter “foo” here. Possible parameters: q, sort, challenge," in english.json()["detail"]
    assert "dialect" not in english.json()["known"]  # only a CSV has several
    assert client.get("/daten/municipalities.csv?all=0").json()["expected"] == {"enum": ["1"]}
    assert visit(client, "/daten/municipalities.csv?all=1&state=05")[0].status_code == 200


@pytest.mark.parametrize("address", ["/daten/recommendations.csv", "/api/v1/recommendations/"])
def test_who_searches_for_too_much_is_told_how_much_is_possible(world, client, address):
    problem = client.get(address, {"q": "a" * 201}).json()
    assert problem["detail"].endswith(" Höchstens 200 Zeichen.")
    assert problem["expected"].items() >= {"type": "string", "maxLength": 200}.items()


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_links_of_a_list_lead_to_files_with_its_choices_in_its_language(world, client, lang):
    address = {"de": "/empfehlungen/", "en": "/en/recommendations/"}[lang]
    extra = {"de": "", "en": "&lang=en"}[lang]
    links = client.get(f"{address}?challenge=wohnraum&challenge=unbekannt&page=1").context["downloads"]
    assert [link["url"] for link in links] == [
        f"/daten/recommendations.{extension}?challenge=wohnraum{extra}"
        for extension in ("csv", "xlsx", "json", "jsonl")
    ]
    links = client.get(address).context["downloads"]
    assert links[0]["url"] == "/daten/recommendations.csv" + extra.replace("&", "?")


@pytest.mark.parametrize(
    ("query", "slugs"),
    [("", ["bauen", "reden"]), ("?q=bauen", ["bauen"]), ("?challenge=sprache", ["reden"]), ("?addressee=bund", []),
     ("?sort=number", ["bauen", "reden"]), ("?q=&challenge=&since=", ["bauen", "reden"]),
     ("?challenge=sprache&challenge=wohnraum", ["bauen", "reden"])],
)  # fmt: skip
def test_a_file_holds_what_the_list_shows(world, client, query, slugs):
    assert [row["slug"] for row in records(client, "recommendations", query)] == slugs
    assert [row[1] for row in sheet(client, "recommendations", query).iter_rows(min_row=2, values_only=True)] == slugs


def test_every_row_has_the_full_address_of_its_page(world, client, settings):
    settings.SITE_ADDRESS = "https://portal.example"
    for table in set(TABLES) - {
        "sources",
        "target-groups",
    }:  # these have no page; a source's address is the publication's
        for row in records(client, table):
            assert row["url"].startswith("https://portal.example/")
            assert client.get(row["url"].removeprefix("https://portal.example")).status_code == 200
        for row in records(client, table, "?lang=en"):
            assert client.get(row["url"].removeprefix("https://portal.example")).status_code == 200


def test_records_say_when_they_became_public_and_when_they_changed_last(client):
    published = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)  # already March here
    record = make_recommendation(published_at=published)
    make_example(published_at=published)
    Revision.objects.create(
        table="recommendations", record_id=record.pk, number=1, entry={}, status="draft", created_at=timezone.now()
    )
    for table in ("recommendations", "practice-examples"):
        (row,) = records(client, table)
        assert (row["published_on"], row["modified_on"]) == ("2026-03-01", "2026-03-01")
    Revision.objects.create(table="recommendations", record_id=record.pk, number=2, entry={}, status="published")
    Revision.objects.filter(number=2).update(created_at=datetime(2026, 5, 1, 12, tzinfo=UTC))
    (item,) = json.loads(download(client, "/daten/recommendations.json"))
    assert (item["published_on"], item["modified_on"]) == ("2026-03-01", "2026-05-01")


def test_an_xlsx_is_ready_for_reading_and_says_whose_it_is(world, client):
    content = BytesIO(download(client, "/daten/recommendations.xlsx?lang=en"))
    workbook = load_workbook(content)
    (sheet,) = workbook
    assert sheet.freeze_panes == "A2"
    assert [cell.font.bold for cell in sheet[1]] == [True] * sheet.max_column
    assert not any(cell.font.bold for cell in sheet[2])
    assert sheet.auto_filter.ref == sheet.dimensions
    widths = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]}
    assert widths["number"] == exports.NARROWEST
    assert widths["url"] > len("http://testserver/")
    assert all(exports.NARROWEST <= width <= exports.WIDEST for width in widths.values())
    assert workbook.properties.creator == "Migration as an opportunity – knowledge portal for municipalities"
    assert workbook.properties.title == "Recommendations"


def test_an_xlsx_does_not_say_when_it_was_made_so_the_same_content_gives_the_same_bytes(world, client, monkeypatch):
    first = download(client, "/daten/recommendations.xlsx")
    later = time.time() + 7200
    monkeypatch.setattr("time.time", lambda: later)
    assert download(client, "/daten/recommendations.xlsx") == first
    with zipfile.ZipFile(BytesIO(first)) as file:
        assert {each.date_time for each in file.infolist()} == {exports.FIRST_MOMENT}
        assert b"dcterms:created" not in file.read("docProps/core.xml")
    workbook = load_workbook(BytesIO(first))
    assert workbook["recommendations"]["A1"].value == "number"


def test_an_empty_table_is_a_sheet_with_its_header(client):
    rows = list(sheet(client, "recommendations").iter_rows(values_only=True))
    assert [list(row) for row in rows] == [TABLES["recommendations"].header]


def test_a_csv_is_read_from_the_database_as_it_is_sent(client, monkeypatch, django_assert_num_queries):
    source = make_source()
    for _i in range(5):
        make_recommendation("wohnraum", steps=["eins"], sources=[source])
    monkeypatch.setattr(exports, "BATCH", 2)
    download(client, "/daten/recommendations.csv")  # the index is warm
    with django_assert_num_queries(3):  # all ask whether content has changed: page, index, kept files; no row is read
        response = client.get("/daten/recommendations.csv")
    assert response.streaming
    parts = iter(response.streaming_content)
    with django_assert_num_queries(0):
        assert next(parts).count(b"\r\n") == 1
    for rows in (2, 2, 1):
        with django_assert_num_queries(9):
            assert next(parts).count(b"\r\n") == rows
    with django_assert_num_queries(0):
        assert list(parts) == []


def test_the_lists_of_a_row_are_what_its_record_is_linked_to_in_that_order(client, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 3)
    chance = random.Random(1)
    for slug in ("wohnraum", "sprache", "arbeit", "bildung"):
        make_challenge(slug, title_de=f"{slug} {chance.random()}", title_en=chance.choice(["", f"In English: {slug}"]))
    make_challenge("verborgen", status="draft")
    groups = [TargetGroup.objects.create(slug=f"gruppe-{n}", label_de=f"{9 - n}", role="actor") for n in range(4)]
    sources = [make_source(f"quelle-{n}", year=chance.choice([None, 2000 + n])) for n in range(5)]
    hidden, shown = make_example(status="draft"), [make_example() for _ in range(3)]
    slugs = ["wohnraum", "sprache", "arbeit", "bildung", "verborgen"]
    for _ in range(8):
        record = make_recommendation(
            *chance.sample(slugs, chance.randint(0, 5)),
            steps=[f"Schritt {chance.random()}" for _ in range(chance.randint(0, 4))],
            sources=chance.sample(sources, chance.randint(0, 3)),
            examples=[hidden, *chance.sample(shown, chance.randint(0, 3))],
        )
        record.target_groups.set(chance.sample(groups, chance.randint(0, 4)))
        for rows in (record.steps, record.citations):
            rows.update(position=chance.randint(0, 1))
            rows.filter(pk=getattr(rows.first(), "pk", None)).update(position=2)
        record.steps.filter(position=2).update(editorial=True)
    for lang in ("de", "en"):
        found = {row["number"]: row for row in records(client, "recommendations", f"?lang={lang}")}
        assert len(found) == 8
        with translation.override(lang):
            for record in Recommendation.objects.all():
                row, cited = found[record.number], [citation.source for citation in record.citations.all()]
                challenges = Challenge.objects.visible().filter(recommendations=record).order_by("slug")
                assert row["challenges"] == JOIN.join(each.slug for each in challenges)
                assert row["challenges_label"] == JOIN.join(each.title for each in challenges)
                assert row["target_groups"] == JOIN.join(each.slug for each in record.target_groups.order_by("slug"))
                assert row["steps_de"] == JOIN.join(step.text_de for step in record.steps.all())
                assert row["step_count"] == str(record.steps.count())
                assert row["editorial_step_count"] == str(record.steps.filter(editorial=True).count())
                assert row["sources"] == JOIN.join(source.key for source in cited)
                assert row["source_year"] == (str(cited[0].year or "") if cited else "")
                assert row["example_count"] == str(record.shown_illustrations().count())
                assert row["url"] == settings.SITE_ADDRESS + record.get_absolute_url()


CELLS = st.one_of(
    st.none(), st.integers(), st.floats(allow_nan=False), st.text(alphabet="a;\"\r\n |'=\x00ä\u2028\ufffe＝한\ud800")
)


@given(st.integers(2, 4).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1)))
def test_a_csv_is_written_as_the_standard_library_writes_it(rows):
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerows([[harmless(value) for value in row] for row in rows])
    assert csv_lines(zip(*rows, strict=True)) == written.getvalue()


@given(st.lists(st.one_of(CELLS, st.booleans(), st.lists(st.text(alphabet="a|\x07\n ")))))
def test_a_column_is_made_plain_as_each_of_its_values_is(values):
    for column in (values, [value for value in values if type(value) is str], [v for v in values if type(v) is list]):
        if column:
            assert all_plain(column) == [plain(value) for value in column]


def test_what_is_withdrawn_while_a_file_is_sent_is_left_out(client, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 1)
    make_recommendation(slug="bleibt", number="E801")
    gone = make_recommendation(slug="geht", number="E802")
    lines = iter(client.get("/daten/recommendations.csv").streaming_content)
    next(lines)
    assert b"bleibt" in next(lines)
    gone.status = "archived"
    gone.save()
    assert list(lines) == []


def test_text_that_a_spreadsheet_cannot_hold_is_made_to_fit(client):
    make_recommendation(title_de="Glocke\x07 und \x1b[0m", summary_de="ä" * 40_000)
    (row,) = records(client, "recommendations")
    assert row["title_de"] == "Glocke und [0m"
    assert len(row["summary_de"]) == 40_000
    header, values = sheet(client, "recommendations").iter_rows(values_only=True)
    assert len(dict(zip(header, values, strict=True))["summary_de"]) == 32_767


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/empfehlungen/", "challenge=wohnraum&challenge=unbekannt&sort=best&near=05962004&page=all&foo=bar"),
        ("/empfehlungen/", "since=2020&since=2019&sort=unfug&q=" + "bauen+" * 50),
        ("/praxisbeispiele/", "state=05&size=s3&near=05962004&sort=municipality"),
        ("/kommunen/", "all=1&state=05&sort=population"),
        ("/kommunen/", "all=0&kind=unfug"),
    ],
)
def test_whatever_a_list_is_asked_its_links_to_files_are_understood(world, client, address, query):
    for prefix in (address, client.get(address).context["languages"][1]["url"]):
        for link in client.get(f"{prefix}?{query}").context["downloads"]:
            assert visit(client, link["url"])[0].status_code == 200


@pytest.mark.parametrize("extension", exports.RENDERINGS)
@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_file_says_its_language_and_may_be_read_from_every_site(world, client, extension, lang):
    address = f"/daten/recommendations.{extension}?lang={lang}"
    response, _text = visit(client, address)
    assert response.headers["Content-Language"] == lang
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert client.options(address).headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert client.get(address + "&foo=bar").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/daten/").headers


@pytest.mark.parametrize(
    "address",
    ["/daten/recommendations.csv", "/daten/paket.zip", "/daten/zitat.txt", "/daten/recommendations/E001.bib",
     "/daten/releases/1/paket.zip", "/daten/releases/1/recommendations.csv", "/katalog.ttl",
     "/api/v1/", "/api/v1/openapi.json", "/api/v1/docs", "/api/v1/recommendations/"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_files_and_interface_can_only_be_read_and_say_so(address, method):
    """As programs call them, without the token of a form."""
    response = getattr(Client(enforce_csrf_checks=True), method)(address)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert "GET oder HEAD" in response.json()["detail"]


@pytest.mark.parametrize("address", ["/daten/nichts.csv", "/daten/recommendations.pdf", "/daten/recommendations.csv/"])
def test_a_table_or_rendering_that_does_not_exist_is_not_found(client, address):
    assert client.get(address).status_code == 404

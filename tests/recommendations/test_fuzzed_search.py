"""Whatever is typed into the search, the page answers, shows only public records and shows the text as text."""

import unicodedata

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from recommendations.filters import PracticeExampleFilter, RecommendationFilter
from tests.factories import DRAFT, make_example, make_municipality, make_recommendation, make_synonym

pytestmark = pytest.mark.django_db

LISTS = {RecommendationFilter: "/empfehlungen/", PracticeExampleFilter: "/en/practice-examples/"}
SUGGESTIONS = ["/vorschlaege/", "/en/suggestions/?table=practice-examples"]
WORDS = [
    "Wohnung",
    "wohnungen",
    "Geflüchtete",
    "gefluechtete",
    "Sprach",
    "kurs",
    "Münster",
    "05515000",
    "E001",
    "an",
    "ß",
]
OPERATORS = [
    "-",
    "--",
    "- -",
    "+",
    '"',
    '""',
    "„",
    "“",
    "'",
    "AND",
    "OR",
    "NOT",
    "NEAR(",
    "*",
    "~",
    ":",
    "title:",
    "&",
    "|",
    "!",
]
SPECIALS = [
    "%", "_", "%%", "\\", "\\%", "[", "]", "(", ")", "(?", "{9999}", "^", "$", ".*", "(a+)+$", "\\b", "\\u0000", "?", "{{ 7 }}", "{% now %}",
    "'; DROP TABLE x; --", "<script>alert(1)</script>", "&amp;", "&#0;", "../", "\r\n", "\t", "\u00a0", "\u00ad", "\u200b", "\ufeff",
]  # fmt: skip
LETTERS = [
    "🏠", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "مرحبا بالعالم", "שלום", "\u202eabc\u202c", "\u2066x", "中文", "ﬁ", "İ", "ı", "ẞ", "ǅ", "²", "Ⅷ", "٣",
    "e" + "\u0301" * 60, "Ｗｏｈｎｕｎｇ", unicodedata.normalize("NFD", "Geflüchtete"),
]  # fmt: skip
LONG = ["a" * 4096, "ä" * 4096, "Wohnungs" * 512, "-" * 4096, '"' * 4095, "a " * 2048, "an" * 100, "(" * 2000]
ODD = [*OPERATORS, *SPECIALS, *LETTERS, *LONG]
# A NUL byte never gets as far as the search: the address is refused.
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
typed = st.builds(
    str.join,
    st.sampled_from(["", " "]),
    st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(ODD), text), max_size=8),
)


@pytest.fixture
def content():
    make_synonym("Wohnung", "Unterkunft")
    make_synonym("Sprach", "(", "%", kind="oneway")
    place = make_municipality("05515000", name="Münster", official_name="Münster, Stadt")
    make_recommendation(
        number="E001", title_de="Wohnungen für Geflüchtete", title_en="Flats for refugees", summary_de="100 % [sic]"
    )
    make_recommendation(number="E002", title_de="Sprachkurs")
    make_recommendation(number="E003", title_de="Wohnung, aber ein Entwurf", **DRAFT)
    make_example(number="P001", municipality=place, title_de="Wohnung 🏠 an_der 3²")
    make_example(number="P002", title_de="Wohnung, aber ein Entwurf", **DRAFT)


def check(q):
    for address in SUGGESTIONS:
        response = Client().get(address, {"q": q})
        assert response.status_code == 200
        assert len(response.json()["suggestions"]) <= 10
        assert "aber ein Entwurf" not in response.content.decode()
    for filter_class, address in LISTS.items():
        ids = filter_class({"q": q}).ids
        assert len(ids) == len(set(ids))
        assert set(ids) <= set(filter_class.rows().values_list("pk", flat=True))
        response = Client().get(address, {"q": q})
        assert response.status_code == 200
        html = response.content.decode()
        assert "<script>alert" not in html
        assert "aber ein Entwurf" not in html


def test_odd_text_is_answered_alone_and_beside_a_word(content):
    for q in ODD:
        check(q)
        for filter_class in LISTS:
            filter_class({"q": f"{q}Wohnung {q}"}).ids  # noqa: B018


@given(typed)
def test_whatever_is_typed_is_answered(content, q):
    check(q)

from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.template import Context, Engine
from django.utils import translation

from portal.about import SHORT_NAME
from portal.facets import Option
from portal.localized import Localized, Text
from portal.templatetags.portal import (
    checkboxes,
    first_sentence,
    grouped,
    host,
    inhabitants,
    mark_language,
    markdown,
    paragraphs,
)


class Record:
    title = Localized()

    def __init__(self, german, english):
        self.title_de, self.title_en = german, english


def german(text):
    text = Text(text)
    text.lang = "de"
    return text


@pytest.mark.parametrize(
    ("page", "english", "shown", "lang"),
    [("de", "Housing", "Wohnraum", "de"), ("en", "Housing", "Housing", "en"), ("en", "", "Wohnraum", "de")],
)
def test_a_text_is_in_the_language_of_the_page_or_german_and_knows_which(page, english, shown, lang):
    with translation.override(page):
        title = Record("Wohnraum", english).title
    assert (title, title.lang) == (shown, lang)


@pytest.mark.parametrize(
    ("page", "html"),
    [("de", "a &lt;b&gt; &amp; c"), ("en", '<span lang="de">a &lt;b&gt; &amp; c</span>')],
)
def test_german_in_an_english_page_is_marked_and_every_text_is_escaped(page, html):
    with translation.override(page):
        assert mark_language(german("a <b> & c")) == html


def test_lines_become_paragraphs_and_lines_with_a_dash_a_list():
    with translation.override("en"):
        html = paragraphs(german("Eins <i>\n\n- a\n– kein Punkt\n* b & c\n• d\nZwei"))
    assert html.split("\n") == [
        '<p class="kern-body" lang="de">Eins &lt;i&gt;</p>',
        '<ul class="kern-list kern-list--bullet" lang="de"><li>a</li></ul>',
        '<p class="kern-body" lang="de">– kein Punkt</p>',
        '<ul class="kern-list kern-list--bullet" lang="de"><li>b &amp; c</li><li>d</li></ul>',
        '<p class="kern-body" lang="de">Zwei</p>',
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Eine Chance. Und noch eine.", "Eine Chance."),
        ("Wer z. B. hilft, gewinnt. Zwei.", "Wer z. B. hilft, gewinnt."),
        ("Wirklich? Ja.", "Wirklich?"),
        ("Ohne Ende", "Ohne Ende"),
        ("", ""),
    ],
)
def test_the_first_sentence_ends_where_a_sentence_ends_and_keeps_its_language(text, sentence):
    assert first_sentence(german(text)) == sentence
    assert first_sentence(german(text)).lang == "de"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,alert)",
        "![x](https://example.org/x.png)",
        '[x](https://example.org/ "a" onclick="b")',
        "<a href='https://example.org' style='x'>x</a>",
        "<style>p{}</style>",
        "⟦<script>⟧",
    ],
)
def test_markdown_lets_no_code_no_style_and_no_foreign_picture_through(text):
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(markdown(text))
    assert {tag for tag, _attributes in found} <= {"p", "a", "mark"}
    for _tag, attributes in found:
        assert attributes.keys() <= {"class", "href", "title"}
        assert attributes.get("href", "https:").startswith("https:")


def test_markdown_begins_with_level_two_gives_headings_an_anchor_and_marks_what_is_to_be_filled_in():
    with translation.override("de"):
        html = markdown(german("# Über uns\n\n## Ziel\n\n## Ziel\n\n⟦Name⟧ und [Link](https://example.org/)\n\n- a"))
    assert '<h2 id="uber-uns"' in html
    assert 'id="ziel"' in html
    assert 'id="ziel-2"' in html
    assert "<h1" not in html
    assert "<mark>Name</mark>" in html
    assert 'href="https://example.org/"' in html
    assert "<li>a</li>" in html
    with translation.override("en"):
        assert markdown(german("Text")).startswith('<div lang="de">')


def test_counts_beside_choices_are_separated_as_the_language_does():
    option = Option("town", "Stadt", 10_643, False)
    with translation.override("de"):
        assert "(10.643)" in checkboxes([option], "kind")
    with translation.override("en"):
        assert "(10,643)" in checkboxes([option], "kind")


@pytest.mark.parametrize(
    ("page", "number", "text"),
    [("de", 1_234_567, "1.234.567"), ("en", 1_234_567, "1,234,567"), ("de", 999, "999"), ("de", None, "")],
)
def test_numbers_of_inhabitants_are_separated_as_the_language_does(page, number, text):
    with translation.override(page):
        assert inhabitants(number) == text


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.example.org/a?b", "example.org"),
        ("http://sub.example.org:8080", "sub.example.org"),
        ("", ""),
        ("kein", ""),
    ],
)
def test_a_link_says_which_host_it_leads_to(url, name):
    assert host(url) == name


@pytest.mark.parametrize(("lang", "name"), [("de", "Migration als Chance"), ("en", "Migration as an opportunity")])
def test_templates_say_of_the_portal_what_everything_says_of_it_in_the_language_of_the_page(lang, name):
    template = Engine.get_default().from_string('{% load portal %}{% about "SHORT_NAME" %}')
    with translation.override(lang):
        assert template.render(Context()) == name == SHORT_NAME


@pytest.mark.parametrize(
    ("number", "de", "en"),
    [(999, "999", "999"), (10_751, "10.751", "10,751"), (Decimal("44.42"), "44,42", "44.42"),
     (Decimal("1567.57"), "1.567,57", "1,567.57")],
)  # fmt: skip
def test_a_number_has_the_separators_of_the_page(number, de, en):
    shown = []
    for language in ("de", "en"):
        with translation.override(language):
            shown.append(grouped(number))
    assert shown == [de, en]

"""Suggestions while typing, by keyboard and by mouse, and what a list says after a search."""

import re

import pytest

from tests.browser.test_smoke import examine, results

pytestmark = pytest.mark.browser


def suggestions(page):
    return page.get_by_role("listbox", name=re.compile("Vorschläge|Suggestions")).get_by_role("option")


def type_and_wait(page, text):
    box = page.get_by_role("combobox", name=re.compile("durchsuchen|Search"))
    box.press_sequentially(text)
    suggestions(page).first.wait_for()
    return box


def options(page):
    return suggestions(page).all_inner_texts()


def active(page):
    """The text of the option that assistive technology is told of, or None."""
    chosen = page.locator("[role=option][aria-selected=true]")
    if not chosen.count():
        assert page.locator("#id_q").get_attribute("aria-activedescendant") is None
        return None
    assert page.locator("#id_q").get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    return chosen.inner_text()


@pytest.mark.parametrize("address", ["/", "/praxisbeispiele/", "/en/recommendations/"])
def test_suggestions_are_accessible_and_fit_a_phone(open_page, address):
    page = open_page(viewport={"width": 320, "height": 800})
    page.goto(address)
    box = type_and_wait(page, "ref" if address.startswith("/en") else "woh")
    assert box.get_attribute("aria-expanded") == "true"
    assert page.locator(".search [role=status]").inner_text().split()[0] == str(len(options(page)))
    box.press("ArrowDown")
    examine(page)


def test_a_word_is_chosen_by_keyboard_and_keeps_the_other_choices(open_page):
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto("/empfehlungen/?addressee=kommune")
    box = type_and_wait(page, "woh")
    shown = options(page)
    assert active(page) is None
    box.press("ArrowDown")
    assert active(page) == shown[0]
    box.press("ArrowUp")
    assert active(page) is None
    box.press("ArrowUp")
    assert active(page) == shown[-1]
    box.press("Escape")
    assert options(page) == []
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "woh"  # the first Escape closes the list only
    box.press("ArrowDown")
    suggestions(page).first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url("**q=*")
    assert "addressee=kommune" in page.url
    assert shown[0].startswith(box.input_value())
    assert page.evaluate("document.activeElement.id") == "id_q"
    page.wait_for_function("() => document.querySelector('mark.hit')")
    assert not page.complaints


def test_enter_without_a_choice_searches_for_what_was_typed(open_page):
    page = open_page()
    page.goto("/")
    type_and_wait(page, "wohn").press("Enter")
    page.wait_for_url("**/empfehlungen/?q=wohn")
    assert results(page) > 0


def test_a_municipality_and_a_record_lead_to_their_pages(open_page):
    page = open_page()
    page.goto("/")
    type_and_wait(page, "altena")
    page.get_by_role("listbox").get_by_role("option", name="Altena (").click()
    page.wait_for_url("**/kommunen/05962004/")
    page.goto("/praxisbeispiele/")
    type_and_wait(page, "golzow")
    page.get_by_role("listbox").get_by_role("option", name=re.compile("^Golzow.*Praxisbeispiel$")).click()
    page.wait_for_url("**/praxisbeispiele/golzow-*/")
    assert not page.complaints


def test_leaving_the_field_closes_the_list(open_page):
    page = open_page()
    page.goto("/empfehlungen/")
    type_and_wait(page, "woh").press("Tab")
    assert page.locator("#id_q_suggestions").is_hidden()


def test_a_list_says_after_a_live_search_what_was_done(open_page):
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto("/empfehlungen/")
    notes = page.locator("[data-status=search]")
    assert notes.inner_text().strip() == ""
    page.fill("#id_q", "Wonung")
    page.press("#id_q", "Enter")
    page.wait_for_function("() => document.querySelector('[data-status=search]').innerText.includes('statt „Wonung“')")
    assert results(page) > 0
    page.fill("#id_q", "Asil")
    page.press("#id_q", "Enter")
    page.wait_for_function("() => document.querySelector('[data-status=search]').innerText.includes('nichts gefunden')")
    assert results(page) == 0
    examine(page)


def test_suggestions_can_be_told_apart_with_forced_colours(open_page):
    page = open_page(forced_colors="active")
    page.goto("/empfehlungen/")
    type_and_wait(page, "woh").press("ArrowDown")
    colours = page.evaluate(
        "[...document.querySelectorAll('[role=option]')].map(option => getComputedStyle(option).backgroundColor)"
    )
    assert colours[0] not in colours[1:]

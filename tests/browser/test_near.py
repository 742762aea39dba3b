"""Choosing one's municipality by keyboard, on a list and on the home page."""

import re

import pytest

from tests.browser.test_smoke import examine

pytestmark = pytest.mark.browser


def type_own(page, text):
    box = page.get_by_role("combobox", name="Name Ihrer Kommune")
    box.press_sequentially(text)
    page.get_by_role("listbox", name="Kommunen").get_by_role("option").first.wait_for()
    return box


def test_ones_municipality_is_chosen_by_keyboard_and_the_choices_stay(open_page):
    page = open_page(viewport={"width": 320, "height": 800})
    page.goto("/praxisbeispiele/?challenge=sprache&page=1")
    page.locator("summary.own__summary").focus()
    page.keyboard.press("Enter")
    box = type_own(page, "altena")
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    option = page.locator(f"[id='{box.get_attribute('aria-activedescendant')}']")
    assert option.inner_text().split("\n")[0].strip().startswith("Altena")
    assert "Nordrhein-Westfalen" in option.inner_text()
    examine(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    box.press("Enter")
    page.wait_for_url("**/praxisbeispiele/?challenge=sprache&near=05962004")
    assert page.locator(".cards > li").count() >= page.locator(".alike").count() > 0
    # A change of the filters keeps it, removing its chip takes it out of the form, too.
    page.locator("[data-facet=challenge] [value=wohnraum]").press("Space")
    page.wait_for_url("**near=05962004**challenge=wohnraum**")
    page.get_by_role("link", name=re.compile("Entfernen: +Meine Kommune Altena")).press("Enter")
    page.wait_for_function("() => !location.search.includes('near')")
    page.wait_for_function("() => !document.querySelector('#filter [name=near]')")
    assert page.locator(".alike").count() == 0
    assert not page.complaints


def test_on_the_home_page_the_choice_leads_to_the_examples(open_page):
    page = open_page()
    page.goto("/")
    type_own(page, "altena").press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/praxisbeispiele/?near=*")
    assert page.locator(".near-note").is_visible()
    assert not page.complaints


def test_without_javascript_a_search_leads_there_too(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/empfehlungen/?addressee=kommune")
    page.locator("summary.own__summary").click()
    page.fill("#id_own", "Altena")
    page.press("#id_own", "Enter")
    page.get_by_role("link", name=re.compile("^Diese Kommune wählen Altena \\(")).click()
    page.wait_for_url("**/empfehlungen/?addressee=kommune&near=05962004")
    assert page.locator(".alike").count() > 0

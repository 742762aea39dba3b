"""Every kind of page, in both languages, light and dark, narrow and wide; filtering with and without JavaScript."""

import re
from collections import defaultdict

import pytest

from tests.browser.live import ERRORS, KINDS, PAGES, ROOT, show_error

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """async tags => {
    const {violations} = await axe.run({runOnly: {type: 'tag', values: tags}});
    return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target}: ${n.failureSummary.replace(/\\s+/g, ' ')}`));
}"""
# Names what sticks out, if the page is wider than the window.
TOO_WIDE = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] :
    [`too wide, ${document.scrollingElement.scrollWidth} px: ` + [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => `${e.tagName} ${e.className}`).slice(0, 5).join(', ')]"""


def examine(page, cookies=()):
    """Demands of an open page that it is accessible, fits the screen and keeps to itself: no cookie but those named."""
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    findings = defaultdict(list)  # finding: where it occurs
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for finding in page.evaluate(TOO_WIDE) + page.evaluate(RUN_AXE, TAGS):
                findings[finding].append(f"{width} {scheme}")
    problems = [f"{finding} ({', '.join(where)})" for finding, where in findings.items()]
    problems += page.complaints
    problems += [f"cookie: {cookie['name']}" for cookie in page.context.cookies() if cookie["name"] not in cookies]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
def test_page(open_page, address):
    page = open_page()
    page.goto(address)
    examine(page)


@pytest.mark.parametrize("address", [*KINDS["withdrawn"], *KINDS["release-withdrawn"]])
def test_the_pages_of_what_is_withdrawn_are_those(open_page, address):
    assert open_page().goto(address).status == 410


@pytest.mark.parametrize("code", ERRORS)
def test_error_page(open_page, code):
    page = open_page()
    show_error(page, code)
    examine(page)


def results(page):
    return int(re.search(r"\d+", page.locator(".results__count").inner_text())[0])


def checkbox(page, name, value):
    """The checkbox of a facet, unfolded if it is folded."""
    box = page.locator(f"input[name={name}][value={value}]")
    for summary in ("details.filter-panel > summary", f"details[data-facet={name}] > summary"):
        if not box.is_visible() and page.locator(summary).is_visible():
            page.locator(summary).click()
    return box


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("address", KINDS["recommendations"])
def test_filtering_without_javascript(open_page, address, width):
    page = open_page(java_script_enabled=False, viewport={"width": width, "height": 800})
    page.goto(address)
    everything = results(page)
    checkbox(page, "challenge", "wohnraum").check()
    page.locator(".filter-panel__actions button[type=submit]").click()
    page.wait_for_url("**challenge=wohnraum*")
    assert 0 < results(page) < everything
    assert checkbox(page, "challenge", "wohnraum").is_checked()
    assert not page.complaints


@pytest.mark.parametrize("address", KINDS["recommendations-filtered"])
def test_a_record_leads_back_to_the_list_with_its_choices(open_page, address):
    page = open_page()
    page.goto(address)
    page.locator(".card a").first.click()
    page.wait_for_selector("article.record")
    back = page.locator(".breadcrumb a").last
    back.click()
    page.wait_for_selector("[data-list]")
    assert page.url.endswith(address)
    assert not page.complaints


@pytest.mark.parametrize("address", KINDS["recommendations"])
def test_filtering_with_javascript_keeps_focus_and_place(open_page, address):
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    everything = results(page)
    box = checkbox(page, "challenge", "wohnraum")
    box.focus()
    place = page.evaluate("scrollY")
    page.keyboard.press("Space")
    page.wait_for_url("**challenge=wohnraum*")
    page.wait_for_function("n => parseInt(document.querySelector('.results__count').innerText) < n", arg=everything)
    assert page.evaluate("document.activeElement.value") == "wohnraum"
    assert page.evaluate("scrollY") == place

    page.go_back()  # the address is the state: Back takes the choice away again
    page.wait_for_function("n => parseInt(document.querySelector('.results__count').innerText) == n", arg=everything)
    assert not checkbox(page, "challenge", "wohnraum").is_checked()
    assert not page.complaints


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('href')")


def test_the_map_by_keyboard_goes_from_state_to_state_and_on_to_the_list(open_page):
    """Its circles are no stops: the list has the same links."""
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto("/karte/")
    states = page.locator(".map__state")
    states.first.focus()
    for i in range(states.count()):
        assert focused(page) == states.nth(i).get_attribute("href")
        page.keyboard.press("Tab")
    assert focused(page) == page.locator(".map-list a").first.get_attribute("href")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/praxisbeispiele/?state=16")
    assert not page.complaints


REACHED = """path => {
    const box = path.getBoundingClientRect();
    for (let x = box.left + 1; x < box.right; x += 2)
        for (let y = box.top + 1; y < box.bottom; y += 2)
            if (document.elementFromPoint(x, y) === path) return true;
    return false;
}"""


def test_every_state_of_the_map_can_be_clicked(open_page):
    """Even one that lies within another, beneath the circle of its capital."""
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto("/karte/")
    page.locator(".map").scroll_into_view_if_needed()
    hidden = [path for path in page.locator(".map__state path").all() if not path.evaluate(REACHED)]
    assert [path.locator("..").get_attribute("href") for path in hidden] == []


@pytest.mark.parametrize("address", KINDS["map"])
@pytest.mark.parametrize("with_script", [True, False])
def test_filtering_the_map(open_page, address, with_script):
    page = open_page(java_script_enabled=with_script, viewport={"width": 320, "height": 800})
    page.goto(address)
    everything, points = results(page), page.locator(".map__point").count()
    checkbox(page, "challenge", "wohnraum").check()
    if not with_script:
        page.locator(".filter-panel__actions button[type=submit]").click()
    page.wait_for_url("**challenge=wohnraum*")
    page.locator(".map__empty").first.wait_for()
    assert 0 < results(page) < everything
    assert 0 < page.locator(".map__point").count() < points
    if with_script:
        assert page.evaluate("document.activeElement.value") == "wohnraum"
        page.locator(".chip").click()
        page.wait_for_function("n => document.querySelectorAll('.map__point').length == n", arg=points)
        assert page.locator(".map__state").first.bounding_box()["width"] > 20
    assert not page.complaints

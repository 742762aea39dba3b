"""Every kind of page, in both languages, light and dark, narrow and wide; filtering with and without JavaScript."""

import pytest

from tests.browser.live import PAGES, ROOT

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """async tags => {
    const {violations} = await axe.run({runOnly: {type: 'tag', values: tags}});
    return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} – ${n.failureSummary}`));
}"""
# Names what sticks out, if the page is wider than the window.
TOO_WIDE = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => `sticks out: ${e.tagName} ${e.className}`).slice(0, 5)"""


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
def test_a_page_is_accessible_fits_the_screen_and_keeps_to_itself(open_page, address):
    page = open_page()
    page.goto(address)
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    problems = []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        problems += page.evaluate(TOO_WIDE)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            problems += [f"{width} px, {scheme}: {finding}" for finding in page.evaluate(RUN_AXE, TAGS)]
    problems += page.complaints
    problems += [f"cookie: {cookie['name']}" for cookie in page.context.cookies()]
    assert not problems, "\n".join(problems)

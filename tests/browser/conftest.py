import pytest
from playwright.sync_api import sync_playwright

from tests.browser import live


@pytest.fixture(scope="session")
def portal():
    """The address of a running portal with the starter content."""
    with live.serve() as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = live.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, portal):
    """A function that gives a fresh page (no cookies, nothing cached); the page's complaints are in page.complaints."""
    contexts = []

    def open_page(**options):
        context = browser.new_context(base_url=portal, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(f"script: {error}"))
        page.on("console", lambda message: on_console(page, message))
        page.on("request", lambda request: on_request(page, request))
        return page

    def on_console(page, message):
        # Chromium complains about the page itself, too, when its status says that it isn't found: it isn't.
        itself = message.text.startswith("Failed to load resource") and message.location["url"] == page.url
        if message.type in ("error", "warning") and not itself:
            page.complaints.append(f"console: {message.text} {message.location['url']}")

    def on_request(page, request):
        if not request.url.startswith((f"{portal}/", "data:")):
            page.complaints.append(f"asks another host: {request.url}")

    yield open_page
    for context in contexts:
        context.close()

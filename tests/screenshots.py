"""Pictures of every kind of page in var/screenshots, to be looked at; and one for the README.

make screenshots                   all of them
make screenshots ARGS="home data"  these kinds of page only
"""

import sys

import django
from playwright.sync_api import sync_playwright

from tests.browser.live import ERRORS, PAGES, ROOT, launch, serve, show_error

FOLDER = ROOT / "var/screenshots"
LOOKS = {  # name of the file: width and how the page is asked to look
    "320": (320, {}),
    "768": (768, {}),
    "1280": (1280, {}),
    "320-dark": (320, {"color_scheme": "dark"}),
    "1280-dark": (1280, {"color_scheme": "dark"}),
    "print": (718, {"media": "print"}),  # A4 with margins of 1 cm
}
README = ROOT / "docs/screenshot.png"


def main(kinds):
    django.setup()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serve() as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for name in [*PAGES, *ERRORS]:
            if kinds and name.rsplit("-", 1)[0] not in kinds:
                continue
            page = browser.new_page(base_url=address, reduced_motion="reduce")
            if name in ERRORS:
                show_error(page, name)
            else:
                page.goto(PAGES[name])
            for look, (width, media) in LOOKS.items():
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(**{"color_scheme": "light", "media": "screen"} | media)
                page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
            page.close()
            print(name)  # noqa: T201
        if not kinds:
            page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 900})
            page.goto("/empfehlungen/?challenge=wohnraum")
            page.screenshot(path=README)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

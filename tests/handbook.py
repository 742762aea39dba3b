"""The pictures of the editors' handbook, docs/redaktion/*.png, from a demo of its own: make handbook-pictures

Two editors take a text through the workflow; what they see on the way is photographed.
"""

import re

import django
from playwright.sync_api import sync_playwright

from tests.browser.live import ROOT, launch, manage, serve

FOLDER = ROOT / "docs/redaktion"
WIDTH = 960
RECOMMENDATIONS = "/admin/recommendations/recommendation/"
SAVING = {"Zur Prüfung einreichen": "Sichern und einreichen"}  # {step: its button in the form, if that saves first}
FOLD_MENUS = "localStorage.setItem('django.admin.navSidebarIsOpen', 'false')"  # they are on every page


def main():
    django.setup()
    FOLDER.mkdir(exist_ok=True)
    with serve() as portal, sync_playwright() as playwright:
        browser = launch(playwright)
        passwords = dict(re.findall(r"Account (\w+), password (\S+)", manage(portal, "demo", "--renew-passwords")))
        editor, publisher = (log_in(browser, portal, name, passwords[name]) for name in ("redaktion", "freigabe"))
        record = new_text(editor)
        refused_and_mended(editor, publisher, record)
        revised(editor)
        waiting(editor, publisher)
        browser.close()


def log_in(browser, portal, name, password):
    context = browser.new_context(
        base_url=portal, locale="de-DE", timezone_id="Europe/Berlin", reduced_motion="reduce",
        viewport={"width": WIDTH, "height": 700},
    )  # fmt: skip
    context.add_init_script(FOLD_MENUS)
    page = context.new_page()
    page.goto("/konto/anmelden/")
    if name == "redaktion":
        photograph(page, "anmelden", 640, "main")
    page.fill("[name=login]", name)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.wait_for_url("**/admin/")
    return page


def photograph(page, name, height, top=None):
    """A picture of what is on the screen, from the element `top` or the top of the page down."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.evaluate("document.activeElement?.blur()")
    if top:
        page.locator(top).evaluate("element => element.scrollIntoView()")
    else:
        page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    print(name)  # noqa: T201


def take(page, step, **answers):
    page.get_by_role("button", name=SAVING.get(step, step), exact=True).click()
    for name, answer in answers.items():
        page.fill(f"#step_form [name={name}]", answer)
    page.locator("#step_form").get_by_role("button", name=step, exact=True).click()
    page.locator(".messagelist").wait_for()


def save(page):
    page.get_by_role("button", name="Sichern und weiter bearbeiten").click()
    page.locator(".messagelist .success").wait_for()


def new_text(page):
    """The form of a draft, and a citation in it. Returns the form's address."""
    page.goto(f"{RECOMMENDATIONS}add/")
    page.fill("[name=title_de]", "Sprachcafés mit Kinderbetreuung öffnen")
    page.fill(
        "[name=summary_de]", "Wer Kinder betreut, kommt oft in keinen Kurs. Ein offener Treff mit Betreuung hilft."
    )
    save(page)
    photograph(page, "entwurf", 720)
    page.locator("#citations-group .add-row a").click()
    with page.expect_popup() as search:
        page.locator("#lookup_id_citations-0-source").click()
    search.value.locator("#result_list tbody th a").first.click()
    page.wait_for_function("document.querySelector('[name=citations-0-source]').value")
    page.fill("[name=citations-0-page]", "12–15")
    photograph(page, "beleg", 260, "#citations-group")
    save(page)
    return page.url


def refused_and_mended(editor, publisher, address):
    take(editor, "Zur Prüfung einreichen", note="Bitte auf die Seitenzahl achten.")
    publisher.goto(address)
    publisher.get_by_role("button", name="Freigeben").click()
    publisher.wait_for_load_state()
    photograph(publisher, "freigeben", 520)
    publisher.goto(address)
    take(publisher, "Zurückgeben", reason="Bitte sagen, wer gefordert ist.")
    editor.goto(address)
    editor.check("[name=addressees][value=kommune]")
    editor.get_by_label("Sprache und Sprachförderung").check()
    editor.fill("[name=change_note]", "Zuständigkeit und Herausforderung ergänzt")
    save(editor)
    take(editor, "Zur Prüfung einreichen")
    publisher.goto(address)
    take(publisher, "Freigeben")
    publisher.get_by_role("link", name="Verlauf").click()
    photograph(publisher, "verlauf", 640)


def revised(page):
    """A working copy and a preview of it that is shared."""
    page.goto(f"{RECOMMENDATIONS}?q=E001")
    page.locator("#result_list tbody th a").click()
    take(page, "In einer Arbeitskopie überarbeiten")
    page.fill("[name=title_de]", "Wohnen bezahlbar machen: Boden und Wohnungen")
    save(page)
    copy = page.url
    page.goto(copy)
    photograph(page, "arbeitskopie", 560)
    page.get_by_role("link", name="Vorschau teilen").click()
    page.fill("[name=reviewer]", "Dr. Ada Beispiel, Hochschule Beispielstadt")
    page.get_by_role("button", name="Sichern", exact=True).click()
    page.locator(".field-address").wait_for()
    page.locator(".field-address a").evaluate("link => { link.textContent = 'https://portal.example/vorschau/…' }")
    photograph(page, "vorschau-teilen", 640)
    page.goto(copy)
    take(page, "Zur Prüfung einreichen")


def waiting(editor, publisher):
    publisher.goto("/admin/")
    photograph(publisher, "schreibtisch", 620)
    editor.goto(f"{RECOMMENDATIONS}?q=Sprache")
    photograph(editor, "liste", 620)
    publisher.goto("/admin/import/practice-examples/")
    photograph(publisher, "import", 640)


if __name__ == "__main__":
    main()

"""A picture in a browser: handed in, previewed, published; it loads under the CSP and no axe finds anything."""

import re

import pytest
from PIL import Image

from tests.browser.live import manage
from tests.browser.test_accounts import save, submit
from tests.browser.test_smoke import AXE, RUN_AXE, TAGS, TOO_WIDE, examine

pytestmark = pytest.mark.browser

COPY = """
from portal import workflow
from portal.models import User
from recommendations.models import PracticeExample
print("COPY", workflow.working_copy(PracticeExample.objects.visible().order_by("-number").first(), User.objects.first()).pk)
"""
PUBLISH = """
from portal import workflow
from portal.models import User
from recommendations.models import PracticeExample
copy = PracticeExample.objects.get(pk={pk})
editor, reviewer = User.objects.get(username="redaktion"), User.objects.get(username="freigabe")
workflow.submit(copy, editor)
print("SLUG", workflow.publish(copy, reviewer).slug)
"""


def loaded(page, selector):
    """How wide a picture is once it is there; 0 if it isn't coming."""
    image = page.locator(selector).first
    image.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete", arg=image.element_handle())
    return image.evaluate("image => image.naturalWidth")


def test_a_picture_from_the_form_to_the_reader(open_page, portal, tmp_path):
    Image.linear_gradient("L").resize((1600, 900)).convert("RGB").save(tmp_path / "bild.jpg")
    (tmp_path / "bild.svg").write_text("<svg/>")
    password = dict(re.findall(r"Account (\w+), password (\S+)", manage(portal, "demo", "--renew-passwords")))
    pk = re.search(r"COPY (\d+)", manage(portal, "shell", "-c", COPY))[1]
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto("/konto/anmelden/")
    page.fill("[name=login]", "redaktion")
    page.fill("[name=password]", password["redaktion"])
    submit(page)
    page.wait_for_url("**/admin/")
    form = f"/admin/recommendations/practiceexample/{pk}/change/"

    page.goto(form)
    page.set_input_files("[name=picture_file]", tmp_path / "bild.svg")
    save(page)
    assert "JPEG, PNG und WebP" in page.locator(".field-picture_file .errorlist").inner_text()

    page.set_input_files("[name=picture_file]", tmp_path / "bild.jpg")
    page.fill("[name=picture_credit]", "Ada Beispiel")
    save(page)  # something is still missing
    assert page.locator(".errornote").is_visible()
    assert page.input_value("[name=picture_credit]") == "Ada Beispiel"
    assert loaded(page, ".field-picture_now img") > 0
    page.evaluate(AXE.read_text())
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) + page.evaluate(RUN_AXE, TAGS) == []

    page.fill("[name=picture_alt_de]", "Ein Verlauf von Schwarz nach Weiß")
    page.select_option("[name=picture_licence]", "cc-by-4.0")
    page.locator("[name=picture_consent]").focus()
    page.keyboard.press("Space")
    save(page)
    page.locator(".messagelist .success").wait_for()
    assert loaded(page, ".field-picture_now img") > 0

    page.get_by_role("link", name="Vorschau", exact=True).click()
    page.wait_for_selector("article.record")
    assert loaded(page, "figure img") > 0
    address = page.locator("figure img").get_attribute("src").split("?")[0]
    assert page.request.get(address).status == 404

    slug = re.search(r"SLUG (\S+)", manage(portal, "shell", "-c", PUBLISH.format(pk=pk)))[1]
    reader = open_page()
    reader.goto(f"/praxisbeispiele/{slug}/")
    assert loaded(reader, "figure img") > 0
    examine(reader)

"""The whole admin in a browser: every page of every model and the pages in between, and the way of a text by keyboard.

Pages come from the admin's register and the resolver: a model that is new is visited, an address that is new must be
named here.
"""

import json
import re
from collections import defaultdict

import pytest
from django.contrib import admin
from django.urls import reverse

from portal.imports import TABLES
from portal.models import Release, Remark, User
from portal.workflow_admin import STEPS
from recommendations.models import Recommendation, TargetGroup
from tests.browser.live import manage
from tests.browser.test_smoke import AXE, RUN_AXE, TAGS, TOO_WIDE
from tests.register import FREE_HANAU, HANAU, MUNICIPALITIES, encoded, gv100ad
from tests.site.test_roles import names_in_admin

pytestmark = pytest.mark.browser

MODELS = list(admin.site._registry)
PAGES_OF_A_MODEL = ["changelist", "add", "change", "delete", "history"]
STEPS_OF = [each._meta for each in MODELS if hasattr(admin.site._registry[each], "steps")]
ELSEWHERE = {  # names of addresses that belong to no model, and what visits them
    "index", "app_list", "catch_all", "handbook", "import_index", "import_upload", "import_review", "auth_user_password_change",
    "password_change_done", "recommendations_targetgroup_merge", "portal_user_pseudonymise",
    "portal_release_publish", "portal_release_withdraw",
    "municipalities_municipality_register", "municipalities_municipality_register_review",
}  # fmt: skip
NO_PAGES = {  # redirects, scripts and files
    "login", "logout", "password_change", "jsi18n", "autocomplete", "view_on_site", "import_download",
    "picture",
}  # fmt: skip
# What the validator would say, too, and what axe doesn't: ids that occur twice, a heading or a language that is missing.
STRUCTURE = """() => {
    const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
    const twice = [...new Set(ids.filter((id, place) => ids.indexOf(id) !== place))].map(id => `id twice: ${id}`);
    const count = (selector, wanted) => document.querySelectorAll(selector).length === wanted ? [] : [`not ${wanted}: ${selector}`];
    const dangling = [...document.querySelectorAll('label[for]')].filter(e => !document.getElementById(e.htmlFor));
    return [...twice, ...count('h1', 1), ...count('main', 1), ...count('html[lang]', 1),
            ...dangling.map(e => `label of nothing: ${e.htmlFor}`)];
}"""


# On a narrow screen only the rules that its width can change: that halves the time.
WHAT_WIDTH_CHANGES = [
    "color-contrast",
    "target-size",
    "scrollable-region-focusable",
    "link-name",
    "button-name",
    "label",
]
RUN_THESE = RUN_AXE.replace("type: 'tag'", "type: 'rule'")


def address(name, *args, **query):
    return reverse(f"admin:{name}", args=args, query=query or None)


def of(model, page):
    return f"{model._meta.app_label}_{model._meta.model_name}_{page}"


class Workshop:
    """An administrator's page, logged in once for all tests, and what was made for it to look at."""

    def __init__(self, browser, portal, session, made):
        self.context = browser.new_context(base_url=portal, reduced_motion="reduce")
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": str(portal)}])
        self.page, self.made, self.problems = self.context.new_page(), made, []
        self.page.set_default_timeout(5_000)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("console", self.on_console)

    def on_console(self, message):
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def visit(self, address):
        self.page.goto(address)
        self.examine()

    def examine(self):
        """Notes what axe, the structure and the width of the open page have against it."""
        page, found = self.page, defaultdict(list)
        page.evaluate(AXE.read_text())
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
        page.set_viewport_size({"width": 320, "height": 800})
        for finding in page.evaluate(TOO_WIDE) + page.evaluate(RUN_THESE, WHAT_WIDTH_CHANGES):
            found[finding].append("320")
        page.set_viewport_size({"width": 1280, "height": 800})
        for finding in page.evaluate(TOO_WIDE) + page.evaluate(RUN_AXE, TAGS):
            found[finding].append("1280")
        for finding in page.evaluate(STRUCTURE):
            found[finding].append("any")
        self.problems += [
            f"{page.url.split('/', 3)[3][:90]}: {finding} ({', '.join(where)})" for finding, where in found.items()
        ]

    def first_of(self, model):
        """The address of the first record's form, as its list links it."""
        changelist = address(of(model, "changelist"))
        self.page.goto(changelist)
        link = self.page.locator(f"#result_list tbody a[href^='{changelist}'][href*='/change/']").first
        assert link.count(), f"no record of {model._meta.label} to look at"
        return link.get_attribute("href").split("?")[0]

    def press(self, selector):
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def report(self):
        found, self.problems = self.problems, []
        if found:
            pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture(scope="module")
def everything(browser, portal):
    made = json.loads(manage(portal, "shell", "-v", "0", "-c", "from tests.browser.workshop import make; make()"))
    workshop = Workshop(browser, portal, made["session"], made["made"])
    yield workshop
    workshop.context.close()


@pytest.fixture
def workshop(everything):
    everything.problems = []
    yield everything
    everything.report()


def test_every_address_of_the_admin_is_visited_here():
    of_models = {of(model, page) for model in MODELS for page in PAGES_OF_A_MODEL}
    of_steps = {f"{options.app_label}_{options.model_name}_step" for options in STEPS_OF}
    assert names_in_admin() == of_models | of_steps | ELSEWHERE | NO_PAGES


@pytest.mark.parametrize("model", MODELS, ids=[model._meta.label_lower for model in MODELS])
def test_the_pages_of_a_model(workshop, model):
    """Its list, searched, without a result and in the window that chooses; a record's form, history and deletion."""
    changelist = address(of(model, "changelist"))
    workshop.visit(f"{changelist}?_facets=True")
    workshop.visit(f"{changelist}?q=xylophon")
    workshop.visit(f"{changelist}?_popup=1&_to_field=id")
    first = workshop.first_of(model)
    workshop.visit(first)
    workshop.visit(first.replace("/change/", "/delete/"))
    workshop.page.goto(first.replace("/change/", "/history/"))
    if "/revision/?" not in workshop.page.url:  # one page for the history of all texts, which is visited on its own
        workshop.examine()


@pytest.mark.parametrize("model", MODELS, ids=[model._meta.label_lower for model in MODELS])
def test_a_new_record_and_its_mistakes(workshop, model):
    about = f"?table=recommendations&record_id={workshop.made['draft']}"
    workshop.page.goto(address(of(model, "add")) + about)
    if not workshop.page.locator("[name=_save]").count():
        return  # nobody adds one by hand
    workshop.examine()
    for name in workshop.page.locator(".add-row a").all():
        name.click()
    workshop.press("[name=_save]")
    workshop.examine()


@pytest.mark.parametrize("state", ["draft", "review", "scheduled", "archived", "public", "copy"])
def test_a_text_in_every_state(workshop, state):
    workshop.visit(address(of(Recommendation, "change"), workshop.made[state]))


@pytest.mark.parametrize("name", STEPS)
def test_the_page_that_asks_before_a_step(workshop, name):
    """Of one text and, from the list, of several; and with its mistakes."""
    workshop.page.goto(address(of(Recommendation, "step"), name, pk=workshop.made["copy"]))
    workshop.examine()
    workshop.page.goto(address(of(Recommendation, "changelist")))
    for box in workshop.page.locator("[name=_selected_action]").all()[:2]:
        box.check()
    workshop.page.select_option("select[name=action]", name)
    workshop.press("[name=index], .actions button[type=submit]")
    workshop.examine()


def test_the_pages_of_no_model(workshop):
    for name in ("index", "handbook", "import_index", "password_change_done", "municipalities_municipality_register"):
        workshop.visit(address(name))
    workshop.visit("/admin/gibt-es-nicht/")
    for label in {model._meta.app_label for model in MODELS}:
        workshop.visit(address("app_list", label))
    workshop.page.goto(address("portal_user_changelist"))
    form = workshop.first_of(next(model for model in MODELS if model._meta.model_name == "user"))
    workshop.visit(form.replace("/change/", "/password/"))


def test_a_difference_in_the_history_and_a_preview(workshop):
    workshop.visit(address("portal_revision_change", workshop.made["difference"]))
    assert workshop.page.locator(".changes ins").count()
    workshop.visit(address("portal_revision_changelist", table="recommendations", record_id=workshop.made["copy"]))
    workshop.visit(f"/vorschau/{workshop.made['preview']}/")
    workshop.visit(address(of(Remark, "changelist"), done__exact=0))


def test_the_page_of_a_conflict(workshop):
    """Two windows with one draft; the second to save sees what the first has done, and its rows."""
    page, url = workshop.page, address(of(Recommendation, "change"), workshop.made["conflict"])
    other = workshop.context.new_page()
    page.goto(url)
    other.goto(url)
    other.fill("[name=summary_de]", other.input_value("[name=summary_de]").replace("übersetzt", "dolmetscht", 1))
    other.locator("#steps-group .add-row a").click()
    other.fill("[name=steps-2-text_de]", "Ein Schritt aus dem anderen Fenster")
    other.locator("[name=_continue]").click()
    other.locator(".messagelist .success").wait_for()
    other.close()
    page.fill("[name=title_de]", "Mein Titel")
    workshop.press("[name=_save]")
    assert page.input_value("[name=steps-2-text_de]") == "Ein Schritt aus dem anderen Fenster"
    assert page.locator(".changes ins").first.inner_text() == "dolmetscht"
    workshop.examine()


@pytest.mark.parametrize("table", TABLES)
def test_the_import_of_a_table(workshop, table):
    workshop.visit(address("import_upload", table))


@pytest.mark.parametrize(
    ("model", "name"), [(TargetGroup, "recommendations_targetgroup_merge"), (User, "portal_user_pseudonymise")]
)
def test_the_pages_that_ask_before_a_group_or_a_name_goes(workshop, model, name):
    pk = workshop.first_of(model).removesuffix("/change/").rpartition("/")[2]
    workshop.visit(address(name, pk))


def test_the_pages_that_ask_before_a_release_is_made_or_withdrawn(workshop):
    pk = workshop.first_of(Release).removesuffix("/change/").rpartition("/")[2]
    for page in (address("portal_release_publish"), address("portal_release_withdraw", pk)):
        workshop.visit(page)


def test_an_import_with_problems_and_one_with_changes(workshop):
    page = workshop.page
    files = {
        "problems": "key;title;kind\nGroß;;primär\nzwei;x;y\n",
        "changes": "key;title;kind\nganz-neu;Neu;primary\n",
    }
    for name, text in files.items():
        page.goto(address("import_upload", "sources"))
        page.set_input_files("[name=file]", {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": text.encode()})
        workshop.press("#import_form [type=submit]")
        assert page.locator({"problems": "table caption", "changes": ".changes"}[name]).count()
        workshop.examine()


def test_the_register_is_handed_in_looked_at_and_imported_by_keyboard(workshop):
    """A small register; then a newer one that changes, renumbers and ends something; and one that is cut off."""
    smaller = [(*HANAU[:4], 90_000, *HANAU[5:]) if row is HANAU else row for row in MUNICIPALITIES[:-3]]
    editions = {
        "first": encoded(gv100ad()),
        "newer": encoded(gv100ad("20260630", **FREE_HANAU)),
        "cut off": encoded(gv100ad("20260731", municipalities=smaller))[:-50],
    }
    page = workshop.page
    for name, content in editions.items():
        page.goto(address("municipalities_municipality_register"))
        page.set_input_files("[name=file]", {"name": "GV100AD.txt", "mimeType": "text/plain", "buffer": content})
        tab_to(page, "[name=many_may_end]")
        tab_to(page, "#import_form [type=submit]")
        enter(page)
        workshop.examine()
        if name == "cut off":
            assert page.locator(".problems [role=alert], .problems[role=alert]").count()
            continue
        assert page.locator("#import_form [name=apply]").count()
        tab_to(page, "#import_form [name=apply]")
        enter(page)
        assert "der Import ist fertig" in page.locator(".messagelist .success").inner_text().replace("Der", "der")
    workshop.visit(address("municipalities_municipality_changelist", register="ended"))
    assert page.locator("#result_list tbody tr").count()


def tab_to(page, selector, limit=120):
    """Presses Tab until the element has the focus, as somebody without a mouse would; it must be seen, too."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' || s.borderColor }"
            )
            assert outline, f"the focus on {selector} can't be seen"
            return
    pytest.fail(f"{selector} can't be reached with {limit} times Tab")


def enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_from_the_log_in_to_a_submitted_draft_by_keyboard(open_page, portal, everything):
    """Log in, the pile of drafts on the desk, the draft, a change, saved and submitted: without a mouse."""
    passwords = dict(re.findall(r"Account (\w+), password (\S+)", manage(portal, "demo", "--renew-passwords")))
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto("/admin/")
    tab_to(page, "[name=login]")
    page.keyboard.type("redaktion")
    tab_to(page, "[name=password]")
    page.keyboard.type(passwords["redaktion"])
    enter(page)
    page.wait_for_url("**/admin/")
    tab_to(page, ".desk a[href*='recommendation/'][href*='status__exact=draft']")
    enter(page)
    tab_to(page, "#result_list tbody a")
    enter(page)
    tab_to(page, "[name=title_de]")
    page.keyboard.press("End")
    page.keyboard.type(" – getippt")
    tab_to(page, "button[name=_step][value=submit]", limit=250)
    enter(page)
    assert "– getippt" in page.locator(".step-records").inner_text()
    tab_to(page, "[name=note]")
    page.keyboard.type("Bitte ansehen")
    enter(page)
    assert "zur Prüfung eingereicht" in page.locator(".messagelist").inner_text()
    assert not page.complaints

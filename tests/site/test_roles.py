"""Who reaches what: one table of staff addresses, methods and roles; an address that is missing from it is a failure.

Public addresses stand in tests/site/world.py: they answer everybody alike.
"""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client, TestCase
from django.urls import get_resolver, reverse

from portal import releases, workflow
from portal.entries import revise
from portal.models import (
    GlossaryTerm,
    MissedSearch,
    OutgoingMail,
    Page,
    PreviewLink,
    Remark,
    Revision,
    SearchSynonym,
    User,
)
from portal.publishing import Publishable
from portal.site.roles import APPS, ROLES
from portal.site.tables import ALL_TABLES
from portal.workflow_admin import STEPS
from tests import factories
from tests.site.world import addresses, make_world, visit

WHO = ("stranger", "reader", "staff", *ROLES)  # staff: without any role
GROUPS = {  # kinds of records that are handled alike
    "text": ["recommendations_recommendation", "recommendations_practiceexample", "recommendations_challenge"],
    "page": ["portal_page"],
    "list": [
        "recommendations_source", "recommendations_targetgroup", "recommendations_selfcheckquestion",
        "portal_glossaryterm", "portal_searchsynonym",
    ],
    "municipality": ["municipalities_municipality"],
    "remark": ["portal_remark"],
    "link": ["portal_previewlink"],
    "mail": ["portal_outgoingmail"],
    "missed": ["portal_missedsearch"],
    "revision": ["portal_revision"],
    "release": ["portal_release"],
    "account": ["portal_user"],
    "role": ["auth_group"],
}  # fmt: skip
# Status per who: stranger, reader, staff, Redaktion, Freigabe, Beirat, Administration. 302 of the first two: to the
# log-in. A form that is sent empty comes back with its errors: 200 is "may", 403 "may not".
TABLE = """
index               GET       302 302 200 200 200 200 200
login               GET       302 403 302 302 302 302 302
logout              POST      302 302 302 302 302 302 302
password_change     GET       302 302 302 302 302 302 302
password_change     POST      302 302 302 302 302 302 302
password_change_done GET      302 302 200 200 200 200 200
jsi18n              GET       302 302 200 200 200 200 200
handbook            GET       302 302 200 200 200 200 200
autocomplete        GET       302 302 403 403 403 403 403
view_on_site        GET       302 302 302 302 302 302 302
app_list            GET       302 302 404 200 200 200 200
catch_all           GET       302 302 404 404 404 404 404
picture             GET       302 302 403 200 200 200 200

import_index        GET       302 302 403 200 200 403 200
import_upload:text  GET       302 302 403 200 200 403 200
import_upload:text  POST      302 302 403 400 400 403 400
import_upload:list  GET       302 302 403 200 200 403 200
import_upload:list  POST      302 302 403 400 400 403 400
import_download:text GET      302 302 403 200 200 403 200
import_download:list GET      302 302 403 200 200 403 200
import_review:text  GET       302 302 403 404 404 403 404
import_review:text  POST      302 302 403 404 404 403 404
import_review:list  GET       302 302 403 404 404 403 404

text_changelist     GET       302 302 403 200 200 200 200
text_changelist     POST      302 302 403 200 200 200 200
text_add            GET       302 302 403 200 200 403 200
text_add            POST      302 302 403 200 200 403 200
text_change         GET       302 302 403 200 200 200 200
text_change         POST      302 302 403 200 200 403 200
text_change:public  GET       302 302 403 200 200 200 200
text_change:public  POST      302 302 403 403 403 403 403
text_change:copy    GET       302 302 403 200 200 200 200
text_change:copy    POST      302 302 403 200 200 403 200
text_delete         GET       302 302 403 403 403 403 200
text_delete         POST      302 302 403 403 403 403 302
text_history        GET       302 302 302 302 302 302 302
text_step:change    GET       302 302 403 200 200 403 200
text_step:change    POST      302 302 403 302 302 403 302
text_step:publish   GET       302 302 403 403 200 403 200
text_step:publish   POST      302 302 403 403 302 403 302

page_changelist     GET       302 302 403 200 200 200 200
page_changelist     POST      302 302 403 200 200 200 200
page_add            GET       302 302 403 403 403 403 403
page_add            POST      302 302 403 403 403 403 403
page_change         GET       302 302 403 200 200 200 200
page_change         POST      302 302 403 200 200 403 200
page_change:public  GET       302 302 403 200 200 200 200
page_change:public  POST      302 302 403 403 403 403 403
page_change:copy    GET       302 302 403 200 200 200 200
page_change:copy    POST      302 302 403 200 200 403 200
page_delete         GET       302 302 403 403 403 403 403
page_delete         POST      302 302 403 403 403 403 403
page_history        GET       302 302 302 302 302 302 302
page_step:change    GET       302 302 403 200 200 403 200
page_step:change    POST      302 302 403 302 302 403 302
page_step:publish   GET       302 302 403 403 200 403 200
page_step:publish   POST      302 302 403 403 302 403 302

list_changelist     GET       302 302 403 200 200 200 200
list_changelist     POST      302 302 403 200 200 200 200
list_add            GET       302 302 403 200 200 403 200
list_add            POST      302 302 403 200 200 403 200
list_change         GET       302 302 403 200 200 200 200
list_change         POST      302 302 403 200 200 403 200
list_delete         GET       302 302 403 403 403 403 200
list_delete         POST      302 302 403 403 403 403 302
list_history        GET       302 302 302 302 302 302 302

recommendations_targetgroup_merge GET  302 302 403 403 403 403 200
recommendations_targetgroup_merge POST 302 302 403 403 403 403 200

municipality_changelist GET   302 302 403 200 200 200 200
municipality_changelist POST  302 302 403 200 200 200 200
municipality_add    GET       302 302 403 403 403 403 200
municipality_add    POST      302 302 403 403 403 403 200
municipality_change GET       302 302 403 200 200 200 200
municipality_change POST      302 302 403 403 403 403 200
municipality_delete GET       302 302 403 403 403 403 200
municipality_delete POST      302 302 403 403 403 403 302
municipality_register GET     302 302 403 403 403 403 200
municipality_register POST    302 302 403 403 403 403 400
municipality_register_review GET 302 302 403 403 403 403 404
municipality_register_review POST 302 302 403 403 403 403 404
municipality_history GET      302 302 302 302 302 302 302

remark_changelist   GET       302 302 403 200 200 200 200
remark_changelist   POST      302 302 403 200 200 200 200
remark_add          GET       302 302 403 200 200 200 200
remark_add          POST      302 302 403 200 200 200 200
remark_change       GET       302 302 403 200 200 200 200
remark_change       POST      302 302 403 302 302 403 302
remark_delete       GET       302 302 403 403 403 403 200
remark_delete       POST      302 302 403 403 403 403 302
remark_history      GET       302 302 403 200 200 200 200

link_changelist     GET       302 302 403 200 200 403 200
link_changelist     POST      302 302 403 200 200 403 200
link_add            GET       302 302 403 200 200 403 200
link_add            POST      302 302 403 200 200 403 200
link_change         GET       302 302 403 200 200 403 200
link_change         POST      302 302 403 302 302 403 302
link_delete         GET       302 302 403 403 403 403 200
link_delete         POST      302 302 403 403 403 403 302
link_history        GET       302 302 403 200 200 403 200

mail_changelist     GET       302 302 403 403 403 403 200
mail_changelist     POST      302 302 403 403 403 403 200
mail_add            GET       302 302 403 403 403 403 403
mail_add            POST      302 302 403 403 403 403 403
mail_change         GET       302 302 403 403 403 403 200
mail_change         POST      302 302 403 403 403 403 403
mail_delete         GET       302 302 403 403 403 403 403
mail_delete         POST      302 302 403 403 403 403 403
mail_history        GET       302 302 403 403 403 403 200

missed_changelist   GET       302 302 403 200 200 403 200
missed_changelist   POST      302 302 403 200 200 403 200
missed_add          GET       302 302 403 403 403 403 403
missed_add          POST      302 302 403 403 403 403 403
missed_change       GET       302 302 403 200 200 403 200
missed_change       POST      302 302 403 403 403 403 403
missed_delete       GET       302 302 403 403 403 403 200
missed_delete       POST      302 302 403 403 403 403 302
missed_history      GET       302 302 403 200 200 403 200

revision_changelist GET       302 302 403 200 200 200 200
revision_changelist POST      302 302 403 200 200 200 200
revision_add        GET       302 302 403 403 403 403 403
revision_add        POST      302 302 403 403 403 403 403
revision_change     GET       302 302 403 200 200 200 200
revision_change     POST      302 302 403 403 403 403 403
revision_delete     GET       302 302 403 403 403 403 403
revision_delete     POST      302 302 403 403 403 403 403
revision_history    GET       302 302 404 302 302 302 302

release_changelist  GET       302 302 403 200 200 200 200
release_changelist  POST      302 302 403 200 200 200 200
release_add         GET       302 302 403 403 403 403 403
release_add         POST      302 302 403 403 403 403 403
release_change      GET       302 302 403 200 200 200 200
release_change      POST      302 302 403 403 403 403 403
release_delete      GET       302 302 403 403 403 403 403
release_delete      POST      302 302 403 403 403 403 403
release_history     GET       302 302 403 200 200 200 200
release_publish     GET       302 302 403 403 200 403 200
release_publish     POST      302 302 403 403 302 403 302
release_withdraw    GET       302 302 403 403 403 403 200
release_withdraw    POST      302 302 403 403 403 403 200

account_changelist  GET       302 302 403 403 403 403 200
account_changelist  POST      302 302 403 403 403 403 200
account_add         GET       302 302 403 403 403 403 200
account_add         POST      302 302 403 403 403 403 200
account_change      GET       302 302 403 403 403 403 200
account_change      POST      302 302 403 403 403 403 200
account_delete      GET       302 302 403 403 403 403 200
account_delete      POST      302 302 403 403 403 403 302
account_history     GET       302 302 403 403 403 403 200
account_password    GET       302 302 403 403 403 403 200
account_password    POST      302 302 403 403 403 403 200
portal_user_pseudonymise GET  302 302 403 403 403 403 200
portal_user_pseudonymise POST 302 302 403 403 403 403 302

role_changelist     GET       302 302 403 403 403 403 200
role_changelist     POST      302 302 403 403 403 403 200
role_add            GET       302 302 403 403 403 403 403
role_add            POST      302 302 403 403 403 403 403
role_change         GET       302 302 403 403 403 403 200
role_change         POST      302 302 403 403 403 403 403
role_delete         GET       302 302 403 403 403 403 403
role_delete         POST      302 302 403 403 403 403 403
role_history        GET       302 302 403 403 403 403 200
"""
ROWS = [(where, method, [int(code) for code in codes])
        for where, method, *codes in (line.split() for line in TABLE.split("\n") if line)]  # fmt: skip
ANSWERS = {"send_back": {"reason": "x"}, "withdraw": {"reason": "x"}, "rename": {"slug": "neu"}}
READY = {  # the status from which a step is possible
    "submit": factories.DRAFT, "send_back": factories.REVIEW, "publish": factories.REVIEW, "reopen": factories.ARCHIVED,
}  # fmt: skip


def names_in_admin():
    def walk(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns)
            else:
                yield (
                    pattern.name or "catch_all"
                    if pattern.name or pattern.callback.__name__ == "catch_all_view"
                    else None
                )

    namespace = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "admin")
    return set(walk(namespace.url_patterns)) - {None}  # without a name: what only redirects to another one


def names_in_table():
    """The names of addresses that the rows of the table stand for."""
    for where, _method, _codes in ROWS:
        name, _, _case = where.partition(":")
        group, _, page = name.partition("_")
        if group not in GROUPS:
            yield name
        elif page == "password":
            yield "auth_user_password_change"
        else:
            yield from (f"{model}_{page}" for model in GROUPS[group])


def test_every_staff_address_stands_in_the_table():
    assert names_in_admin() == set(names_in_table())


def test_every_model_of_the_admin_belongs_to_a_group():
    models = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert models == {name for names in GROUPS.values() for name in names}


def to_login(response, where):
    return where in ("login", "logout") or response.url.startswith(reverse("admin:login"))


class Roles(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.users = {
            "reader": User.objects.create_user("leserin"),
            "staff": User.objects.create_user("ohne-rolle", is_staff=True),
        }
        for role in ROLES:
            cls.users[role] = User.objects.create_user(role, is_staff=True)
            cls.users[role].groups.add(Group.objects.get(name=role))
        someone = User.objects.create_user("weitere")
        # Of every kind of record one that nothing rests on: an administrator may delete it.
        source = factories.make_source()
        cls.records = {
            "recommendations_recommendation": factories.make_recommendation("x", sources=[source], addressees=["land"]),
            "recommendations_practiceexample": factories.make_example("x", sources=[source]),
            "recommendations_challenge": factories.make_challenge("frei"),
            "portal_page": factories.make_page("about"),
            "recommendations_source": factories.make_source("frei"),
            "recommendations_targetgroup": factories.make_target_group("frei"),
            "recommendations_selfcheckquestion": factories.make_question("frei", challenge="x"),
            "portal_glossaryterm": factories.make_term("frei"),
            "portal_searchsynonym": factories.make_synonym("a", "b"),
            "municipalities_municipality": factories.make_municipality("05000001"),
            "portal_user": someone,
            "auth_group": Group.objects.create(name="Weitere"),
        }
        cls.picture = factories.make_picture()["picture"]
        cls.records["recommendations_challenge"].citations.create(source=source)
        revise(cls.records["recommendations_recommendation"])
        cls.records["portal_revision"] = Revision.objects.get()
        about = {"table": "recommendations", "record_id": cls.records["recommendations_recommendation"].pk}
        cls.records["portal_remark"] = Remark.objects.create(**about, text="Stimmt das?", author=cls.users["Beirat"])
        cls.records["portal_previewlink"] = PreviewLink.objects.create(
            **about, reviewer="Ada", created_by=cls.users["Redaktion"], expires_at=factories.FAR_AHEAD
        )
        cls.records["portal_outgoingmail"] = OutgoingMail.objects.create(
            recipient="ada@example.org", subject="Einladung"
        )
        cls.records["portal_missedsearch"] = MissedSearch.objects.create(term="hebamme", day="2026-11-23", count=3)
        cls.records["portal_release"], _new = releases.make(ALL_TABLES)
        cls.copies = {}
        for model in (*GROUPS["text"], "portal_page"):
            cls.copies[model] = workflow.working_copy(cls.records[model], cls.users["staff"])

    def requests(self, where, method):
        """(address, data, record, its status) of everything that a row of the table stands for."""
        name, _, case = where.partition(":")
        group, _, page = name.partition("_")
        if group not in GROUPS:
            about = self.records["recommendations_recommendation"]
            name_of_table = {"text": "recommendations", "list": "sources"}.get(case)
            arguments = {
                "view_on_site": [ContentType.objects.get_for_model(about).pk, about.pk],
                "app_list": ["recommendations"],
                "picture": [self.picture, 480],
                "recommendations_targetgroup_merge": [self.records["recommendations_targetgroup"].pk],
                "portal_user_pseudonymise": [self.records["portal_user"].pk],
                "import_upload": [name_of_table],
                "import_download": [name_of_table, "template", "csv"],
                "import_review": [name_of_table, "gibt-es-nicht"],
            }
            address = (
                "/admin/gibt-es-nicht/" if name == "catch_all" else reverse(f"admin:{name}", args=arguments.get(name))
            )
            yield address, {}, None, None
        elif page == "password":
            yield reverse("admin:auth_user_password_change", args=[self.records["portal_user"].pk]), {}, None, None
        else:
            for model in GROUPS[group]:
                record = self.copies[model] if case == "copy" else self.records[model]
                if page == "step":
                    offered = admin.site._registry[type(record)].steps
                    for step in (name for name in offered if STEPS[name].permission == case):
                        about = self.copies[model] if STEPS[step].of_copies else record
                        status = None if about is not record else READY.get(step, factories.PUBLISHED)
                        yield (
                            reverse(f"admin:{model}_step", args=[step], query={"pk": about.pk}),
                            ANSWERS.get(step, {}),
                            about,
                            status,
                        )
                else:
                    arguments = [] if page in ("changelist", "add", "register", "publish") else [record.pk]
                    data = {"post": "yes"} if page == "delete" else {}
                    status = (
                        factories.DRAFT if page == "change" and not case and isinstance(record, Publishable) else None
                    )
                    about = {"table": "recommendations", "record_id": getattr(record, "record_id", 0)}
                    query = about if page == "add" and group in ("remark", "link") else None
                    yield reverse(f"admin:{model}_{page}", args=arguments, query=query), data, record, status

    def setUp(self):
        self.clients = {who: Client() for who in WHO}
        for who, user in self.users.items():
            self.clients[who].force_login(user)

    def test_every_row(self):
        """Each request in a transaction that is taken back; strangers and readers end at the log-in."""
        wrong = []
        for where, method, codes in ROWS:
            for address, data, record, status in self.requests(where, method):
                for who, expected in zip(WHO, codes, strict=True):
                    with transaction.atomic():
                        if status:
                            type(record).objects.filter(pk=record.pk).update(**status)
                        client = self.clients[who]
                        response = client.get(address) if method == "GET" else client.post(address, data)
                        transaction.set_rollback(True)
                    if response.status_code != expected:
                        wrong.append(f"{where} {method} {address} {who}: {response.status_code}, not {expected}")
                    elif (
                        response.status_code == 302 and who in ("stranger", "reader") and not to_login(response, where)
                    ):
                        wrong.append(f"{where} {method} {address} {who}: to {response.url}")
            if where == "logout":
                self.setUp()  # logs them in again
        assert wrong == [], "\n".join(wrong)

    def test_public_addresses_answer_every_role_alike(self):
        Page.objects.filter(slug="about").delete()
        make_world()
        for address in addresses():
            response, text = visit(self.clients["stranger"], address)
            for who in ("reader", "Freigabe", "Administration"):
                again, found = visit(self.clients[who], address)
                assert (again.status_code, found) == (response.status_code, text), (address, who)
                assert not again.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_what_the_table_of_roles_says_and_nothing_else(role):
    wanted = {f"{action}_{model}" for model, actions in ROLES[role].items() for action in actions}
    found = Permission.objects.filter(group__name=role)
    assert set(found.values_list("codename", flat=True)) == wanted
    assert found.count() == len(wanted)
    assert set(found.values_list("content_type__app_label", flat=True)) <= set(APPS)


@pytest.mark.django_db
def test_every_content_model_of_the_admin_has_its_place_in_the_roles():
    models = {model._meta.model_name for model in admin.site._registry}
    assert set(ROLES["Administration"]) == models
    assert {GlossaryTerm._meta.model_name, SearchSynonym._meta.model_name} <= set(ROLES["Redaktion"])

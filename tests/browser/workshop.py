"""What an editors' day leaves behind, made inside a running demo: `manage.py shell -c` calls `make`."""

import json
import time

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.test import Client

from portal import workflow
from portal.entries import apply, revise
from portal.models import MissedSearch, OutgoingMail, PreviewLink, Remark, User
from portal.views import preview_token
from recommendations.models import PracticeExample, Recommendation
from tests import factories

LONG = "Die Stadt richtet eine Anlaufstelle ein, die berät, übersetzt und begleitet. " * 6


def make():
    """Prints as JSON: the cookie of an administrator's session, and the ids of what was made."""
    leitung = User.objects.create_superuser("leitung", "leitung@example.org", first_name="Ada", last_name="Beispiel")
    other = User.objects.create_user("kollege", is_staff=True, first_name="Bo", last_name="Beispiel")
    other.groups.add(Group.objects.get(name="Freigabe"))
    Authenticator.objects.create(user=leitung, type=Authenticator.Type.TOTP, data={"secret": "unused"})
    client = Client()
    client.force_login(leitung)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(leitung.pk)
    session.save()

    source, example = factories.make_source(url="https://quelle.example/"), PracticeExample.objects.first()
    fields = {"sources": [source], "examples": [example], "steps": ["Bedarf klären", "Räume öffnen"]}
    made = {}
    for name, status in {"draft": factories.DRAFT, "review": factories.REVIEW, "scheduled": factories.SCHEDULED,
                         "archived": factories.ARCHIVED}.items():  # fmt: skip
        record = factories.make_recommendation("wohnraum", title_de=f"Werkstatt: {name}", **fields, **status)
        revise(record, leitung)
        made[name] = record.pk
    conflict = factories.make_recommendation(
        title_de="Zwei an einem Text", summary_de=LONG, **fields, **factories.DRAFT
    )
    revise(conflict, other)
    public = Recommendation.objects.visible().order_by("pk").first()
    copy = workflow.working_copy(public, other)
    apply(
        {"title_de": "Ganz neu gefasst", "summary_de": f"{LONG}Neu. {LONG}", "addressees": ["bund", "land"]},
        copy,
        other,
    )
    about = {"table": "recommendations", "record_id": made["draft"], "record_name": "E1 Werkstatt"}
    Remark.objects.create(**about, field="summary_de", text="Stimmt die Zahl?", author=other)
    MissedSearch.objects.create(term="xylophon", day="2026-01-01", count=3)
    PreviewLink.objects.create(**about, reviewer="Grace Beispiel", created_by=leitung, expires_at=factories.FAR_AHEAD)
    OutgoingMail.objects.create(recipient="ada@example.org", subject="Zur Prüfung", message="Subject: x\n\nGuten Tag")
    made |= {
        "conflict": conflict.pk,
        "public": public.pk,
        "copy": copy.pk,
        "preview": preview_token("recommendations", copy),
    }
    made["difference"] = workflow.revisions(copy).order_by("-number").first().pk
    print(json.dumps({"session": session.session_key, "made": made}))  # noqa: T201

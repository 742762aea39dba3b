"""What is still to be taken from a source, and what the portal says of the DeZIM report."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import TestCase
from django.utils import translation

from portal.models import Revision, User
from portal.site import desk
from recommendations.models import OpenItem, Source
from recommendations.models.source import DEZIM_REPORT
from tests.factories import make_example, make_municipality, make_recommendation, make_source
from tests.portal.test_admin import address, save
from tests.site.world import body

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    user = User.objects.create_user("bo", is_staff=True)
    user.groups.add(Group.objects.get(name="Redaktion"))
    client.force_login(user)
    return user


def row(number=0, **fields):
    fields = {"kind": "recommendation", "text": "Mehr bauen", "page": "12", "taken_as": "", "position": "", **fields}
    return {f"open_items-{number}-{name}": value for name, value in fields.items()} | {
        "open_items-TOTAL_FORMS": str(number + 1)
    }


class StarterContent(TestCase):
    def test_the_report_is_reached_from_the_sources_and_says_that_we_have_not_had_it(self):
        call_command("load_content", verbosity=0)
        assert not OpenItem.objects.exists()
        user = User.objects.create_user("rat", is_staff=True)
        user.groups.add(Group.objects.get(name="Beirat"))
        self.client.force_login(user)
        page = self.client.get(address(Source, "changelist"))
        assert "DeZIM-Bericht: noch zu übernehmen" in page.content.decode()
        report = self.client.get(page.context["report_url"]).content.decode()
        assert "Der Volltext des DeZIM-Berichts lag uns nicht vor" in report
        assert "Keine Handlungsempfehlung und kein Praxisbeispiel des Portals wird ihm zugeschrieben" in report
        assert "Bis dahin bleibt die Liste leer" in report


def test_without_the_report_there_is_no_link(client, editor):
    assert client.get(address(Source, "changelist")).context["report_url"] is None


def test_what_the_page_says_follows_from_what_is_there(client, editor):
    report = make_source(DEZIM_REPORT, kind="secondary")
    report.open_items.create(kind="municipality", text="Ein Ort", position=1)
    make_recommendation(sources=[report])
    page = client.get(address(Source, "change", report.pk)).content.decode()
    assert "lag uns nicht vor" in page
    assert "zugeschrieben" not in page
    assert "bleibt die Liste leer" not in page
    assert "1 Punkt ist offen" in page
    Source.objects.update(kind="primary")
    assert "lag uns nicht vor" not in client.get(address(Source, "change", report.pk)).content.decode()


def test_items_are_listed_on_the_source_and_in_its_history(client, editor):
    source = make_source()
    save(client, source, **row())
    item = OpenItem.objects.get()
    assert (item.source, item.kind, item.text, item.page, item.position) == (
        source,
        "recommendation",
        "Mehr bauen",
        "12",
        1,
    )
    entry = Revision.objects.get(table="sources").entry
    assert entry["open_items"] == [{"kind": "recommendation", "text": "Mehr bauen", "page": "12", "taken_as": ""}]


def test_the_desk_counts_sources_until_each_item_has_become_a_record(client, editor):
    done, source = make_source(year=2020), make_source(year=2021)
    done.open_items.create(kind="other", text="Eine Zahl", taken_as="E001")
    save(client, source, **row())

    def piles():
        with translation.override("de"):
            found = [pile for pile in desk.desk(editor) if "Übernahme" in pile.label]
        return [(pile.count, client.get(pile.address).context["cl"].result_count) for pile in found]

    assert piles() == [(1, 1)]
    recommendation = make_recommendation()
    save(client, source, **{"open_items-0-taken_as": recommendation.number})
    assert piles() == []
    page = client.get(address(Source, "change", source.pk)).content.decode()
    assert address(type(recommendation), "change", recommendation.pk) in page


def test_an_item_becomes_a_record_that_exists(client, editor):
    source, example, town = make_source(), make_example(), make_municipality("05962004")
    save(client, source, **row())
    for number in (example.number, town.key):
        save(client, source, **{"open_items-0-taken_as": number})
        assert OpenItem.objects.get().taken_as == number
    with pytest.raises(AssertionError, match="taken_as"):
        save(client, source, **{"open_items-0-taken_as": "E404"})


def test_no_reader_and_no_export_sees_the_items(client):
    source = make_source("studie")
    source.open_items.create(kind="other", text="Nur für uns")
    make_recommendation("wohnraum", slug="bauen", sources=[source])
    for path in ("/empfehlungen/bauen/", "/daten/sources.csv", "/daten/recommendations.csv", "/daten/"):
        assert "Nur für uns" not in body(client.get(path))

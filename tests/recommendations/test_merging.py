"""Two target groups become one: nothing is lost, doubled or shown too early, and the old name keeps working."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from portal import workflow
from portal.entries import apply, plan, revise
from portal.models import ContentChange, FormerSlug, Revision, User
from portal.publishing import Publishable
from recommendations.merging import merge
from recommendations.models import PracticeExample, Recommendation, TargetGroup
from tests.factories import (
    ARCHIVED,
    DRAFT,
    SCHEDULED,
    make_example,
    make_recommendation,
    make_source,
    make_target_group,
)
from tests.forms import press
from tests.site.world import body

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return person("ada", "Administration")


def person(name, role):
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def groups():
    """The one that goes, and the one that takes over."""
    return make_target_group("neue", label_de="Neue"), make_target_group("alle", label_de="Alle")


def merge_address(group):
    return reverse("admin:recommendations_targetgroup_merge", args=[group.pk])


def names(record):
    return sorted(group.slug for group in record.target_groups.all())


def last_revision(record):
    table = "recommendations" if isinstance(record, Recommendation) else "practice-examples"
    return Revision.objects.filter(table=table, record_id=record.pk).latest("number")


def test_every_record_moves_whatever_its_state_and_names_the_group_once(ada, groups):
    only = [make_recommendation(target_groups=["neue", "frauen"], **state) for state in (DRAFT, SCHEDULED, ARCHIVED)]
    only += [make_recommendation(target_groups=["neue"]), make_example(target_groups=["neue"])]
    both = make_example(target_groups=["neue", "alle"])
    other = make_recommendation(target_groups=["frauen"])
    copy = workflow.working_copy(only[3], ada)
    for record in (*only, both, other):
        revise(record)
    gone = groups[0].pk
    merge(*groups, ada)
    assert [names(record) for record in only] == [["alle", "frauen"]] * 3 + [["alle"]] * 2
    assert (names(both), names(other), names(copy)) == (["alle"], ["frauen"], ["alle"])
    assert not TargetGroup.objects.filter(slug="neue").exists()
    for record in (*only, both, copy):
        revision = last_revision(record)
        assert revision.author == ada
        assert "neue" not in revision.entry["target_groups"]
        assert "„Neue“" in revision.note or "“Neue”" in revision.note
        assert ContentChange.objects.filter(record_id=record.pk).exists()
    assert last_revision(other).author is None
    assert Revision.objects.filter(table="target-groups", record_id=gone).latest("number").author == ada


def test_nobody_sees_a_status_or_a_date_change(ada, groups):
    records = [make_recommendation(target_groups=["neue"], **state) for state in (DRAFT, SCHEDULED, ARCHIVED, {})]
    before = list(Recommendation.objects.order_by("pk").values("status", "published_at", "checked_on", "archive_note"))
    merge(*groups, ada)
    assert list(Recommendation.objects.order_by("pk").values(*before[0])) == before
    assert len(records) == 4


def test_the_old_name_means_the_other_group_in_addresses_and_downloads(client, ada, groups):
    moved = make_recommendation(target_groups=["neue"], title_de="Bauen")
    there = make_recommendation(target_groups=["alle"], title_de="Planen")
    merge(*groups, ada)
    for query in ("target_group=neue", "target_group=alle", "target_group=neue&target_group=alle"):
        found = client.get(f"/empfehlungen/?{query}").context["filter"]
        assert sorted(found.ids) == sorted([moved.pk, there.pk])
        facet = next(facet for facet in found.facets if facet.name == "target_group")
        assert (facet.chosen, facet.unknown) == (["alle"], [])
    assert "Bauen" in body(client.get("/daten/recommendations.csv?target_group=neue"))


def test_names_of_groups_that_were_merged_before_follow(client, ada, groups):
    moved = make_recommendation(target_groups=["neue"])
    make_recommendation(target_groups=["frauen"])
    merge(*groups, ada)
    merge(groups[1], make_target_group("menschen"), ada)
    assert set(FormerSlug.objects.values_list("slug", flat=True)) == {"neue", "alle"}
    assert client.get("/empfehlungen/?target_group=neue").context["filter"].ids == [moved.pk]


def test_a_new_group_can_not_take_the_old_name(client, ada, groups):
    merge(*groups, ada)
    client.force_login(ada)
    data = {"label_de": "Neue", "slug": "neue", "role": "beneficiary", "label_en": "", "change_note": ""}
    response = client.post(reverse("admin:recommendations_targetgroup_add"), data)
    assert "slug" in response.context["adminform"].form.errors
    client.post(reverse("admin:recommendations_targetgroup_add"), data | {"slug": ""})
    assert TargetGroup.objects.filter(slug="neue-2").exists()


def test_who_merges_has_not_changed_the_text(ada, groups):
    """The author still may not publish it, although the last revision is somebody else's; a reviewer who merged may."""
    author, reviewer = person("bo", "Freigabe"), person("cy", "Freigabe")
    text = make_recommendation(
        "wohnraum", target_groups=["neue"], sources=[make_source()], addressees=["kommune"], **DRAFT
    )
    for group in groups:
        revise(group)  # known to the history, as after loading
    apply({"title_de": "Von Bo"}, text, author)
    workflow.submit(text, author)
    merge(*groups, reviewer)
    with pytest.raises(ValidationError):
        workflow.publish(text, author)
    assert workflow.publish(text, reviewer).status == Publishable.Status.PUBLISHED


def test_an_older_state_can_still_be_restored(ada, groups):
    text = make_recommendation(target_groups=["neue", "alle"], title_de="Damals", **DRAFT)
    then = revise(text)
    merge(*groups, ada)
    apply({"title_de": "Heute"}, text, ada)
    workflow.restore(then, ada)
    text = Recommendation.objects.get()
    assert (text.title_de, names(text)) == ("Damals", ["alle"])


def test_a_file_that_names_the_old_group_changes_nothing(ada, groups):
    record = make_recommendation(target_groups=["neue"])
    entry = revise(record).entry
    revise(groups[0])
    merge(*groups, ada)
    group = {"slug": "neue", "label_de": "Neue", "role": "beneficiary"}
    changes, problems = plan({"target-groups": [("1", group)], "recommendations": [("1", entry)]})
    assert problems == []
    assert [change.action for change in changes] == ["kept", "unchanged"]


def test_a_pending_working_copy_replaces_its_record_with_the_group_that_took_over(ada, groups):
    bo, cy = person("bo", "Redaktion"), person("cy", "Freigabe")
    record = make_recommendation(
        "wohnraum", target_groups=["neue"], sources=[make_source()], addressees=["kommune"], slug="bauen"
    )
    copy = workflow.working_copy(record, bo)
    apply({"title_de": "Neuer Titel"}, copy, bo)
    workflow.submit(copy, bo)
    merge(*groups, ada)
    workflow.publish(copy, cy)
    record = Recommendation.objects.get()
    assert (record.title_de, record.slug, names(record)) == ("Neuer Titel", "bauen", ["alle"])


def test_groups_with_different_roles_are_not_merged(ada, groups):
    actor = make_target_group("vereine", role="actor")
    record = make_recommendation(target_groups=["neue"])
    before = Revision.objects.count()
    for one, other in ((groups[0], actor), (actor, groups[0]), (groups[0], groups[0])):
        with pytest.raises(ValidationError):
            merge(one, other, ada)
    assert (names(record), Revision.objects.count()) == (["neue"], before)


def test_a_group_that_somebody_has_just_merged_is_not_merged_again(ada, groups):
    gone = TargetGroup.objects.get(slug="neue")
    merge(*groups, ada)
    with pytest.raises(ValidationError):
        merge(gone, groups[1], ada)


def test_a_record_that_gets_the_group_just_before_it_goes_keeps_its_place(ada, groups):
    """Another merge, or an editor, was faster by a moment: the group was still there for them."""
    record, waited = make_recommendation(), []

    def meanwhile(execute, sql, *args):
        if 'FROM "recommendations_targetgroup"' in sql and not waited:
            waited.append(sql)
            record.target_groups.add(groups[0])
        return execute(sql, *args)

    with connection.execute_wrapper(meanwhile):
        merge(*groups, ada)
    assert waited
    assert names(record) == ["alle"]
    assert last_revision(record).author == ada


def test_all_or_nothing(ada, groups, monkeypatch):
    record = make_recommendation(target_groups=["neue"])

    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("recommendations.merging.delete", fail)
    with pytest.raises(RuntimeError):
        merge(*groups, ada)
    assert names(record) == ["neue"]
    assert not FormerSlug.objects.exists()


def test_the_page_says_what_moves_and_only_a_confirmation_moves_it(client, ada, groups):
    record = make_recommendation(target_groups=["neue"])
    workflow.working_copy(record, ada)
    make_recommendation(target_groups=["neue"])
    make_example(target_groups=["neue"], **DRAFT)
    make_target_group("vereine", role="actor")
    client.force_login(ada)
    form = reverse("admin:recommendations_targetgroup_change", args=[groups[0].pk])
    asks = press(client, form, "merge")
    assert asks.url == merge_address(groups[0])
    page = client.get(asks.url)
    text = page.content.decode()
    assert "Handlungsempfehlungen: 2 öffentliche, dazu 1 Entwürfe, Arbeitskopien und archivierte" in text
    assert "Praxisbeispiele: 0 öffentliche, dazu 1 Entwürfe, Arbeitskopien und archivierte" in text
    assert [str(choice) for choice in page.context["form"].fields["into"].queryset] == ["Alle"]
    assert names(record) == ["neue"]
    for wrong in ("", groups[0].pk, TargetGroup.objects.get(slug="vereine").pk, 10**30, "x"):
        assert client.post(asks.url, {"into": wrong}).context["form"].errors
    assert names(record) == ["neue"]
    response = client.post(asks.url, {"into": groups[1].pk}, follow=True)
    assert response.redirect_chain == [(reverse("admin:recommendations_targetgroup_change", args=[groups[1].pk]), 302)]
    assert names(record) == ["alle"]
    assert client.get(asks.url).status_code == 404


@pytest.mark.parametrize("role", ["Redaktion", "Freigabe", "Beirat"])
def test_who_may_not_delete_may_not_merge(client, groups, role):
    record = make_example(target_groups=["neue"])
    client.force_login(person("bo", role))
    page = client.get(reverse("admin:recommendations_targetgroup_change", args=[groups[0].pk]))
    assert 'value="merge"' not in page.content.decode()
    assert client.post(merge_address(groups[0]), {"into": groups[1].pk}).status_code == 403
    assert names(PracticeExample.objects.get()) == names(record) == ["neue"]

"""Which English texts are older than their German: the history knows."""

import pytest

from portal.entries import apply, outdated_english
from portal.models import User
from tests.factories import make_recommendation

A, B = {"title_de": "Bauen", "title_en": "Build"}, {"title_de": "Mehr bauen", "title_en": "Build"}


@pytest.mark.parametrize(
    ("history", "outdated"),
    [
        ([A], []),
        ([B, A], ["title"]),
        ([A, B, A], []),
        ([{**B, "title_en": "Build more"}, B, A], []),
        ([{**B, "title_en": ""}, A], []),
        ([{"steps": [{"text_de": "b", "text_en": "a"}]}, {"steps": [{"text_de": "a", "text_en": "a"}]}], ["steps"]),
        ([{"steps": [{"text_de": "a", "text_en": "a"}]}], []),
    ],
)
def test_english_is_outdated_while_the_german_is_another_than_it_was_written_for(history, outdated):
    """The newest entry comes first; taking the German back makes the English right again."""
    assert outdated_english(history) == outdated


@pytest.mark.django_db
def test_the_english_page_says_so_and_the_german_one_does_not(client):
    recommendation = make_recommendation(slug="bauen", **A)
    editor = User.objects.create(username="redaktion")
    apply({}, recommendation, editor)
    address, note = recommendation.get_absolute_url(), "changed since it was translated"
    assert note not in client.get(f"/en/recommendations/{recommendation.slug}/").content.decode()
    apply({"title_de": "Mehr bauen"}, recommendation, editor)
    assert note in client.get("/en/recommendations/bauen/").content.decode()
    assert note not in client.get(address).content.decode()

import pytest

from tests import catalogue


def test_there_is_a_german_catalogue():
    assert "de" in {path.parts[-3] for path in catalogue.files()}


@pytest.mark.parametrize("path", catalogue.files(), ids=lambda path: path.parts[-3])
def test_every_text_is_translated_and_every_translation_is_used(path):
    assert sorted(catalogue.problems(path)) == []

"""Model fields for what Django has no type for: several codes of a closed vocabulary, and a name to sort by."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .search import sort_key


class CodesField(models.CharField):
    """A list of codes of a closed vocabulary, in the vocabulary's order; stored as words with a space between.

    Stored as text rather than JSON so that both databases can check it: see `codes_check`.
    """

    def __init__(self, *args, vocabulary=None, **kwargs):
        self.vocabulary = vocabulary
        self.read = {}  # {as stored: list}
        super().__init__(*args, **{"max_length": 80, "default": list} | kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        return name, path, args, kwargs

    def from_db_value(self, value, expression, connection):
        """A list of its own for every record; there are few different ones, and to sort them takes long."""
        if value not in self.read:
            self.read[value] = self.to_python(value)
        return self.read[value].copy()

    def to_python(self, value):
        if value is None:
            return []
        words = value.split() if isinstance(value, str) else list(value)
        if self.vocabulary is None:  # in a migration
            return words
        return sorted(words, key=lambda word: self.places.get(word, len(self.places))) if len(words) > 1 else words

    @cached_property
    def places(self):
        """{code: its place in the vocabulary}; asking an enumeration for its values is slow."""
        return {code: place for place, code in enumerate(self.vocabulary.values)}

    def get_prep_value(self, value):
        return " ".join(self.to_python(value))

    def value_to_string(self, obj):
        return self.get_prep_value(self.value_from_object(obj))

    def validate(self, value, model_instance):
        unknown = [str(code) for code in value if code not in self.vocabulary.values]
        if unknown:
            raise ValidationError(
                _("Unknown: %(unknown)s. Possible: %(possible)s."),
                params={"unknown": ", ".join(unknown), "possible": ", ".join(self.vocabulary.values)},
            )
        if len(set(value)) != len(value):
            raise ValidationError(_("A value is named twice."))
        if not value and not self.blank:
            raise ValidationError(self.error_messages["blank"], code="blank")

    def run_validators(self, value):
        super().run_validators(" ".join(value))

    def formfield(self, **kwargs):
        return forms.TypedMultipleChoiceField(
            choices=self.vocabulary.choices,
            coerce=str,
            label=kwargs.get("label", self.verbose_name),
            help_text=kwargs.get("help_text", self.help_text),
            required=not self.blank,
            widget=forms.CheckboxSelectMultiple,
        )


def codes_check(field, vocabulary):
    """The database's own check that `field` holds codes of `vocabulary` only."""
    codes = "|".join(re.escape(code) for code in vocabulary.values)
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_codes",
        condition=models.Q(**{f"{field}__regex": rf"^(({codes})( ({codes}))*)?\Z"}),
    )


class SortNameField(models.CharField):
    """The sort key of another field, written whenever the record is: sorts alike on every database."""

    def __init__(self, *args, source="name", **kwargs):
        self.source = source
        super().__init__(*args, **{"max_length": 200, "editable": False, "db_index": True} | kwargs)

    def pre_save(self, model_instance, add):
        value = sort_key(getattr(model_instance, self.source))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value

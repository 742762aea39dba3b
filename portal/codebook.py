"""What the columns of a table hold: the declaration of each, completed by the model's field of the same name."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import translation
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from .exports import Column, Empty
from .fields import CodesField

# The first that fits.
TYPES = (
    (models.BooleanField, "boolean"),
    (models.IntegerField, "integer"),
    (models.DecimalField, "number"),
    (models.FloatField, "number"),
    (models.DateField, "date"),
    (models.URLField, "uri"),
    (models.CharField, "string"),
    (models.TextField, "string"),
)
LABELS = {
    "string": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "boolean": _("true or false"),
    "date": _("date (YYYY-MM-DD)"),
    "uri": _("address"),
}
MANY = {"string": _("list of texts"), "uri": _("list of addresses")}
LABEL = _("Says in words what the column without “_label” says in codes, in the language of the file.")


@dataclass(frozen=True)
class Field:
    """A column as code book, data package and interface describe it. `type` is that of one value if there are many."""

    name: str
    title: Any
    description: Any
    type: str
    many: bool
    vocabulary: Any
    refers: str
    empty: Empty
    label: bool

    @property
    def vocabulary_name(self):
        return vocabulary_name(self.vocabulary) if self.vocabulary else ""

    @property
    def type_label(self):
        return MANY[self.type] if self.many else LABELS[self.type]


def fields(table):
    """[Field] of a table or link table, in the order of its columns."""
    return [field(table, column) for column in table.columns]


def field(table, column: Column):
    model_field = model_field_of(table.filter_class._meta.model, column.name.removesuffix("_label"))
    title = column.title or capfirst(model_field.verbose_name)
    return Field(
        name=column.name,
        title=format_lazy(_("{title} (label)"), title=title) if column.label else title,
        description=LABEL if column.label else column.description,
        type=column.type or next(name for kind, name in TYPES if isinstance(model_field, kind)),
        many=column.many or (model_field is not None and isinstance(model_field, CodesField)),
        vocabulary=column.vocabulary,
        refers=column.refers,
        empty=column.empty,
        label=column.label,
    )


def model_field_of(model, name):
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def vocabulary_name(vocabulary):
    """`Horizon`: horizon; `Recommendation.Kind`: recommendation-kind."""
    words = re.findall(r"[A-Z][a-z]*", vocabulary.__qualname__)
    return "-".join(words).lower()


def vocabularies(tables):
    """{name: vocabulary} of all that the tables use, by name."""
    used = {column.vocabulary for table in tables for column in table.columns if column.vocabulary}
    return {vocabulary_name(each): each for each in sorted(used, key=vocabulary_name)}


def labels_in_both_languages(vocabulary):
    """[(code, German label, English label)]"""
    labels = []
    for code in ("de", "en"):
        with translation.override(code):
            labels.append([str(each.label) for each in vocabulary])
    return list(zip(vocabulary.values, *labels, strict=True))

"""The parameters of the interface, as pydantic classes made from the filter classes.

With them an address is checked, and the description of the interface is made.
"""

from typing import Annotated, Literal, get_origin

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BeforeValidator, Field, create_model

from municipalities.filters import On
from municipalities.near import NEAR, SimilarFirst
from portal.facets import BEST, LONGEST_SEARCH, Search, Sort
from portal.index import flat
from portal.problems import check_names

PAGE_SIZE, LARGEST_PAGE = 20, 100
LAST_PAGE = 999_999_999
SHORT_NAME = "^[-a-zA-Z0-9_]{1,80}$"  # what the values of open vocabularies look like
TEXT = r"^[^\x00]*$"  # a NUL byte is refused before anything is read
MUNICIPALITY = "^([0-9]{5}|[0-9]{8,9})$"
LIMITS = ("type", "pattern", "minimum", "maximum", "maxLength")  # of a value, as a schema says them


def parameters(table, purpose):
    """A class with the parameters of a table's "list", "facets" or "record"."""
    filter_class, found = table.filter_class, {}
    if purpose != "record":
        found |= {name: choice(declared, filter_class) for name, declared in filter_class.base_filters.items()}
    if purpose == "facets":
        del found["sort"]
    if purpose == "list":
        if issubclass(filter_class, SimilarFirst):
            text = gettext_lazy("Key of a municipality: records from similar ones come first. Nothing is left out.")
            found[NEAR] = str, field(text, pattern=MUNICIPALITY)
        found["page"] = Number, field(gettext_lazy("Page of the list, from 1."), 1, ge=1, le=LAST_PAGE)
        text = gettext_lazy("Records on a page, at most 100.")
        found["page_size"] = Number, field(text, PAGE_SIZE, ge=1, le=LARGEST_PAGE)
    if purpose != "facets":
        names = tuple(column.name for column in table.columns if not column.label)
        text = gettext_lazy("Only these fields, separated by commas. The key is always included.")
        found["fields"] = Annotated[list[Literal[names]], BeforeValidator(with_commas)], field(text, min_length=1)
    text = gettext_lazy("Language of addresses, labels, sorting and errors; records have both languages anyway.")
    found["lang"] = Literal["de", "en"], field(text, "de")
    return create_model(f"{filter_class.__name__} {purpose}", **found)


def choice(declared, filter_class):
    """A parameter of the filter class, as type and field."""
    if isinstance(declared, Search):
        return str, field(gettext_lazy("Words to search for, as on the page."), max_length=LONGEST_SEARCH, pattern=TEXT)
    if isinstance(declared, Sort):
        return Literal[(*filter_class.orders, BEST)], field(Orders(filter_class))
    if isinstance(declared, On):
        return Literal["1"], field(declared.label)
    if callable(declared.choices):
        kind = Annotated[str, Field(pattern=SHORT_NAME)]
    else:
        kind = Literal[tuple(code for code, _label in flat(declared.choices))]
    return kind if declared.single else list[kind], field(Choices(declared))


def field(text, default=None, **limits):
    """`text` is written in the language in which the schema is asked for."""
    return Field(default, json_schema_extra=lambda schema: schema.update(description=str(text)), **limits)


class Choices:
    """What a facet is about, and what its codes stand for."""

    def __init__(self, facet):
        self.facet = facet

    def __str__(self):
        label, facet = str(self.facet.label), self.facet
        said = [label if label.endswith("?") else f"{label}.", str(facet.help_text)]
        if not facet.single:
            said.append(_("May be repeated: records then need to have one of the values."))
        if callable(facet.choices):
            said.append(_("The facets list the values."))
        first = " ".join(filter(None, said))
        return first if callable(facet.choices) else f"{first}\n\n{listed(flat(facet.choices))}"


class Orders:
    """What a list's orders mean."""

    def __init__(self, filter_class):
        self.filter_class = filter_class

    def __str__(self):
        labels = {value: order.label for value, order in self.filter_class.orders.items()} | {BEST: _("Best match")}
        said = _("Sort order. By default the first of these, or the best match if there is “q”.")
        return f"{said}\n\n{listed(labels.items())}"


def listed(choices):
    """Codes and what they stand for, as a Markdown list."""
    return "\n".join(f"- `{code}`: {label}" for code, label in choices)


def digits(value):
    """Only what is plainly a number: not “+1”, not “1_0”."""
    if not (value.isascii() and value.isdigit()):
        raise ValueError("not a number")
    return value


def with_commas(values):
    return ",".join(values).split(",")


Number = Annotated[int, BeforeValidator(digits)]


def check(asked, data):
    """Refuses what is not declared, and a single value that stands there twice."""
    repeatable = [name for name, field in asked.model_fields.items() if get_origin(field.annotation) is list]
    check_names(data, list(asked.model_fields), repeatable)


def expected(asked, name):
    """What a parameter's value has to be, as a JSON Schema."""
    schema = asked.model_json_schema()["properties"][name]
    schema = schema.get("items", schema)
    if values := schema.get("enum", [schema["const"]] if "const" in schema else None):
        return {"enum": values}  # says it all
    return {limit: schema[limit] for limit in LIMITS if limit in schema}

"""The description of the interface: OpenAPI 3.1, in the language of the request.

Parameters come from parameters.py by way of django-ninja, answers from the columns of the tables.
"""

from functools import lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.about import OUR_TEXTS_TO_CITE, SELECTION
from portal.codebook import fields
from portal.exports import Empty
from portal.licences import Licence
from portal.problems import CONTENT_TYPE, KINDS

from .parameters import listed
from .tables import TABLES

BASE = "api/v1/"
TYPES = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "uri": {"type": "string", "format": "iri"},  # some sources have an umlaut in theirs
}
REFERENCE = "#/components/{}/{}"


def document(api):
    examples = tuple(example_key(table) for table in TABLES.values())
    return made(api, get_language(), settings.SITE_ADDRESS, examples)


@lru_cache(maxsize=4)
def made(api, lang, address, examples):
    found = api.get_openapi_schema(path_prefix=BASE)
    for table, example in zip(TABLES.values(), examples, strict=True):
        describe(table, example, found["paths"])
    return found | {
        "info": {
            "title": _("Migration as an opportunity: data for programs"),
            "version": api.version,
            "summary": _("Read-only, without an account."),
            "description": " ".join(introduction()),
            "contact": {"name": _("Feedback"), "url": address + reverse("feedback")},
            "license": {"name": Licence.CC_BY.label, "url": Licence.CC_BY.url},
        },
        "servers": [{"url": address}],
        "security": [],
        "externalDocs": {"url": f"{address}{reverse('api:docs')}?lang={lang}"},
        "tags": [{"name": table.name, "description": str(table.title)} for table in TABLES.values()],
        "components": {
            "schemas": {name_of(table): record(table) for table in TABLES.values()}
            | {"Facets": facets(), "Problem": problem()},
            "responses": errors(),
            "headers": headers(),
        },
    }


def introduction():
    return (
        _("Everything that is published, as on the pages and in the files."),
        str(SELECTION),
        str(OUR_TEXTS_TO_CITE),
    )


def name_of(table):
    return table.filter_class._meta.model.__name__


def refer(kind, name):
    return {"$ref": REFERENCE.format(kind, name)}


def describe(table, example, paths):
    """What django-ninja can't know of a table's addresses: what they are for, and what they answer."""
    one, base = refer("schemas", name_of(table)), f"/{BASE}{table.name}/"
    for path, summary, schema, gone in (
        ("", _("%s: list"), page_of(one), False),
        ("facets/", _("%s: facets with counts"), refer("schemas", "Facets"), False),
        ("{key}/", _("%s: one record"), one, True),
    ):
        operation = paths[base + path]["get"]
        operation["summary"] = summary % table.title
        operation["parameters"] = [parameter(each, example) for each in operation["parameters"]]
        operation["responses"] = {
            "200": success(schema, has_links=path == ""),
            "304": {"description": _("Unchanged since the answer whose ETag is in If-None-Match.")},
            **{status: refer("responses", name) for status, name in RESPONSES.items() if gone or status not in MOVES},
        }


# The errors of addresses by status; MOVES: only of records.
RESPONSES = {
    "301": "Moved",
    "400": "BadRequest",
    "404": "NotFound",
    "410": "Gone",
    "429": "TooMany",
    "503": "Unavailable",
}
MOVES = ("301", "410")


def parameter(found, example):
    """A parameter as django-ninja has it, with what only a path's or a list's needs."""
    schema = {name: value for name, value in found["schema"].items() if name not in ("title", "description")}
    found = found | {"schema": schema}
    if found["in"] == "path":
        found |= {"description": _("What names the record."), "example": example}
        schema |= {"pattern": r"^[^/\x00]+$"}
    if found["name"] == "fields":
        found |= {"explode": False}
    return found


def example_key(table):
    """The key of a record that there is, for trying out."""
    pks = table.filter_class({}).results[:1].tolist()
    visible = table.filter_class._meta.model.objects.visible().filter(pk__in=pks)
    return next(iter(visible.values_list(table.key, flat=True)), "")


def success(schema, has_links):
    names = ("ETag", "Link") if has_links else ("ETag",)
    return {
        "description": _("What was asked for."),
        "headers": {name: refer("headers", name) for name in names},
        "content": {"application/json": {"schema": schema}},
    }


def page_of(item):
    address = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["count", "next", "previous", "results"],
        "properties": {
            "count": {"type": "integer", "minimum": 0, "description": _("Records on all pages.")},
            "next": address | {"description": _("Address of the next page.")},
            "previous": address | {"description": _("Address of the previous page.")},
            "results": {"type": "array", "items": item},
        },
    }


def record(table):
    return {
        "title": str(table.title),
        "description": str(table.description),
        "type": "object",
        "required": [table.key],
        "properties": {field.name: value_of(field) for field in fields(table) if not field.label},
    }


def value_of(field):
    """The schema of a field. An empty text is "", an empty list [], anything else that is empty null."""
    schema = dict(TYPES[field.type])
    is_text, may_be_empty = schema["type"] == "string" and field.type != "date", field.empty != Empty.NEVER
    if field.vocabulary:
        codes = list(field.vocabulary.values)
        schema["enum"] = codes + [""] * (may_be_empty and is_text and not field.many)
        schema["examples"] = codes[:1]
    if field.type == "uri" and (may_be_empty or field.many):
        schema = {"anyOf": [schema, {"const": ""}]}
    elif may_be_empty and not is_text and not field.many:
        schema["type"] = [schema["type"], "null"]
    said = [str(field.description), str(field.empty.label)]
    if field.refers:
        said.append(_("Refers to `%s`.") % field.refers)
    description = " ".join(filter(None, said))
    if field.vocabulary:
        description += "\n\n" + listed(field.vocabulary.choices)
    if field.many:
        schema = {"type": "array", "items": schema}
    return {"title": str(field.title), "description": description} | schema


def facets():
    option = {
        "value": {"type": "string"},
        "label": {"type": "string"},
        "group": {"type": "string", "description": _("The heading that options share, if there is one.")},
        "count": {"type": "integer", "minimum": 0, "description": _("Records with it, given the other facets.")},
        "chosen": {"type": "boolean"},
    }
    facet = {
        "name": {"type": "string", "description": _("Name of the parameter.")},
        "label": {"type": "string"},
        "help": {"type": "string"},
        "single": {"type": "boolean", "description": _("Whether it takes one value only.")},
        "options": {"type": "array", "items": everything(option)},
    }
    return everything(
        {
            "count": {"type": "integer", "minimum": 0, "description": _("Records with all that was chosen.")},
            "facets": {"type": "array", "items": everything(facet)},
        }
    )


def everything(properties):
    return {"type": "object", "required": list(properties), "properties": properties}


def problem():
    return {
        "type": "object",
        "description": _("Problem details, RFC 9457."),
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": _("The kind of problem.")},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "parameter": {"type": "string", "description": _("The parameter that caused the problem.")},
            "expected": {"type": "object", "description": _("What the parameter allows, as a JSON Schema.")},
            "known": {
                "type": "array",
                "items": {"type": "string"},
                "description": _("The parameters that exist here."),
            },
            "pages": {"type": "integer", "description": _("How many pages the list has.")},
            "instead": {"type": ["string", "null"], "description": _("The record to read instead.")},
        },
    }


def errors():
    content = {"content": {CONTENT_TYPE: {"schema": refer("schemas", "Problem")}}}
    by_status = {}
    for kind, (status, title, _explanation) in KINDS.items():
        by_status.setdefault(str(status), []).append(f"{title} (`{kind}`)")
    texts = {status: ", ".join(kinds) for status, kinds in by_status.items()} | {
        "429": _("Too many requests, see the limits."),
        "503": _("The portal is being maintained."),
    }
    described = {"Moved": moved()}
    for status, text in texts.items():
        described[RESPONSES[status]] = {"description": text} | content
    return described


def moved():
    return {
        "description": _("The record is called something else now."),
        "headers": {"Location": {"schema": {"type": "string"}}},
    }


def headers():
    return {
        "ETag": {"description": _("For If-None-Match."), "schema": {"type": "string"}},
        "Link": {"description": _("Addresses of the next page and the previous one."), "schema": {"type": "string"}},
    }


# For reading


def reading(found):
    """What the page shows of the description: for each table its addresses, parameters and fields."""
    schemas = found["components"]["schemas"]
    tables = []
    for table in TABLES.values():
        base = f"/{BASE}{table.name}/"
        tables.append(
            {
                "name": table.name,
                "title": table.title,
                "description": table.description,
                "addresses": [path for path in found["paths"] if path.startswith(base)],
                "parameters": [row(each["name"], each["schema"], each.get("description", ""))
                               for each in found["paths"][base]["get"]["parameters"]],
                "fields": [row(name, schema, schema["description"], schema["title"])
                           for name, schema in schemas[name_of(table)]["properties"].items()],
            }
        )  # fmt: skip
    return tables


def row(name, schema, description, title=""):
    return {"name": name, "title": title, "type": kind(schema), "description": description}


def kind(schema):
    """The type of a schema in a word or two."""
    if "anyOf" in schema:
        return kind(schema["anyOf"][0])
    if schema.get("type") == "array":
        return f"array({kind(schema['items'])})"
    types = schema.get("type", "string")
    return schema.get("format") or (types if isinstance(types, str) else " | ".join(types))

"""The data package: all tables as CSV with a description that programs read (Frictionless Data Package, version 2).

The same content gives the same bytes: order, times and compression are fixed.
"""

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from itertools import batched

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .about import NAME, OF_REGISTER, OUR_TEXTS, REGISTER, SELECTION
from .codebook import fields, labels_in_both_languages, vocabularies
from .current import content_version
from .exports import BATCH, FIRST_MOMENT, Empty, LinkTable, csv_lines, joined, member
from .history import content_dates
from .kept import fingerprint, one_at_a_time, unfinished
from .licences import Licence
from .snapshot import freeze

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENCE = {"name": Licence.CC_BY.spdx, "title": Licence.CC_BY.full_name, "path": Licence.CC_BY.url}
KEYWORDS = ["Migration", "Integration", "Teilhabe", "Kommunen", "municipalities", "participation"]
DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}
FIRST_TIME = datetime(*FIRST_MOMENT, tzinfo=UTC)
VOCABULARIES = "vocabularies"
LONGEST_EXAMPLE = 80


class Archive:
    """A ZIP whose bytes depend on nothing but its files."""

    def __init__(self, path, moment):
        self.moment = moment.astimezone(UTC).timetuple()[:6]
        self.zip = zipfile.ZipFile(path, "w")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.zip.close()

    def add(self, name, parts):
        """Write a file from its parts. Returns its size and hash."""
        size, sha256 = 0, hashlib.sha256()
        with self.zip.open(member(name, self.moment), "w") as file:
            for part in parts:
                file.write(part)
                size += len(part)
                sha256.update(part)
        return {"hash": f"sha256:{sha256.hexdigest()}", "bytes": size}


def write(path, tables, folder, frozen, release=None):
    """Write the package of what `freeze` has put into `folder`. `release`: the one it is to be, not saved yet."""
    _first, last = content_dates(tables.values())
    created = release.created_at if release else last or FIRST_TIME
    page = german_page(release) if release else settings.SITE_ADDRESS
    about = {
        "title": both(lambda: title(release)),
        "address": settings.SITE_ADDRESS,
        "page": page,
        "release": release,
        "publisher": settings.PUBLISHER or NAME,
        "licence": LICENCE,
        "our_texts": OUR_TEXTS,
        "register": REGISTER if register(frozen) else "",
        "day": timezone.localdate(created),
        "version": str(release.number) if release else f"{created:%Y.%m.%d}+{content_hash(frozen)[:12]}",
    }
    with Archive(path, created) as archive:
        resources = [table_resource(archive, table, folder, frozen[table.name]) for table in tables.values()]
        resources.append(vocabulary_resource(archive, tables))
        package = {
            "$schema": PROFILE,
            "name": f"wissensportal-release-{release.number}" if release else "wissensportal",
            "id": page if release else f"{settings.SITE_ADDRESS}/daten/paket.zip",
            "title": about["title"],
            "description": both(lambda: " ".join([_(
                "Recommendations and practice examples on migration, integration and participation in municipalities."
            ), str(SELECTION)])),
            "homepage": page,
            "version": about["version"],
            "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "keywords": KEYWORDS,
            "licenses": [LICENCE],
            "contributors": [
                {"title": both(about["publisher"]), "path": settings.SITE_ADDRESS, "roles": ["publisher"]}
            ],
            "sources": sources(folder) + register(frozen),
            "resources": resources,
        }  # fmt: skip
        if not package["sources"]:
            del package["sources"]  # there may be no empty list
        texts = {
            "datapackage.json": json.dumps(package, ensure_ascii=False, indent=2) + "\n",
            "README.md": in_both("package/readme.txt", about | {"tables": tables.values(), "frozen": frozen}),
            "CODEBOOK.md": in_both("package/codebook.txt", {"tables": codebook(tables)}),
            "LICENSE.md": in_both("package/licence.txt", about),
            "CITATION.cff": citation_file(about),
        }
        for name, text in texts.items():
            archive.add(name, [text.encode()])


def title(release):
    return f"{NAME}, {release.in_sentence}" if release else str(NAME)


def german_page(release):
    with translation.override("de"):
        return settings.SITE_ADDRESS + release.get_absolute_url()


def content_hash(frozen):
    """One hash for the rows of all tables."""
    rows = "".join(f"{name} {table['sha256']}\n" for name, table in sorted(frozen.items()))
    return hashlib.sha256(rows.encode()).hexdigest()


def both(text):
    """A text, a lazy one or a function, in German and English."""
    found = []
    for lang in ("de", "en"):
        with translation.override(lang):
            found.append(str(text() if callable(text) else text))
    return found[0] if len(set(found)) == 1 else " / ".join(filter(None, found))


def in_both(template, context):
    """A text file, first in German, then in English."""
    found = []
    for lang in ("de", "en"):
        with translation.override(lang):
            found.append(render_to_string(template, context | {"lang": lang}).strip())
    return "\n\n---\n\n".join(found) + "\n"


def cell(value):
    """A value as it is: nothing is masked, nothing left out."""
    if isinstance(value, list):
        return joined(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def items_of(folder, name):
    with (folder / f"{name}.jsonl").open("rb") as lines:
        yield from map(orjson.loads, lines)


def resource(archive, name, title, description, header, rows, schema):
    """Write a CSV and describe it. `schema`: a function, asked once the rows are written."""

    def parts():
        yield csv_lines(zip(header), ",", masked=False).encode()
        for batch in batched(rows, BATCH, strict=False):
            yield csv_lines(zip(*batch, strict=True), ",", masked=False).encode()

    path = f"data/{name}.csv"
    written = archive.add(path, parts())
    found = {
        "name": name, "path": path, "title": title, "description": description, "type": "table", "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8", "dialect": DIALECT, **written, "schema": schema(),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def table_resource(archive, table, folder, frozen):
    header, examples, count = frozen["columns"], {}, 0

    def rows():
        nonlocal count
        for item in items_of(folder, table.name):
            values = [cell(item[name]) for name in header]
            for name, value in zip(header, values, strict=True):
                if name not in examples and value not in (None, "") and len(str(value)) <= LONGEST_EXAMPLE:
                    examples[name] = value
            count += 1
            yield values

    found = resource(
        archive, table.name, both(table.title), both(table.description), header, rows(),
        lambda: schema_of(table, examples),
    )  # fmt: skip
    return found | {"rows": count}


def schema_of(table, examples):
    described = [field for field in fields(table) if not field.label]
    keys = [table.owner.key, "position"] if isinstance(table, LinkTable) else [table.key]
    foreign = [field for field in described if field.refers and not field.many]
    schema = {
        "fields": [field_of(field, examples.get(field.name)) for field in described],
        "primaryKey": keys,
        "foreignKeys": [
            {"fields": [field.name], "reference": {"resource": owner, "fields": [column]}}
            for field in foreign
            for owner, column in [field.refers.split(".")]
        ],
        "missingValues": [""],
    }
    return {key: value for key, value in schema.items() if value}


def field_of(field, example):
    """A column's description. A list is a text to programs: the standard's own lists know no doubled pipes."""

    def text():
        many = _("Several values, joined by “ | ”; a pipe inside a value is doubled.") if field.many else ""
        return " ".join(filter(None, [str(field.description), many, str(field.empty.label)]))

    kind = "string" if field.many else field.type
    found = {"name": field.name, "type": "string" if kind == "uri" else kind, "title": both(field.title)}
    if kind == "uri":
        found["format"] = "uri"
    found["description"] = both(text)
    constraints = {}
    if field.empty == Empty.NEVER:
        constraints["required"] = True
    if field.vocabulary and not field.many:
        constraints["enum"] = [str(code) for code in field.vocabulary.values]
        found["categories"] = [
            {"value": str(code), "label": both(field.vocabulary(code).label)} for code in field.vocabulary.values
        ]
    if constraints:
        found["constraints"] = constraints
    if example is not None:
        found["example"] = str(example)
    return found


def vocabulary_resource(archive, tables):
    rows = [
        [name, *labels]
        for name, vocabulary in vocabularies(tables.values()).items()
        for labels in labels_in_both_languages(vocabulary)
    ]
    names = {
        "vocabulary": both(lambda: _("Vocabulary")),
        "code": both(lambda: _("Code")),
        "label_de": both(lambda: _("Label (German)")),
        "label_en": both(lambda: _("Label (English)")),
    }
    schema = {
        "fields": [
            {"name": name, "type": "string", "title": title, "constraints": {"required": True}}
            for name, title in names.items()
        ],
        "primaryKey": ["vocabulary", "code"],
        "missingValues": [""],
    }
    title = both(lambda: _("Vocabularies"))
    found = resource(archive, VOCABULARIES, title, "", list(names), rows, lambda: schema)
    return found | {"rows": len(rows)}


def sources(folder):
    """The publications that the content rests on."""
    if not (folder / "sources.jsonl").exists():
        return []
    return [
        {"title": item["title"], **({"path": item["url"]} if item["url"] else {})}
        for item in items_of(folder, "sources")
    ]


def register(frozen):
    """Where its facts about municipalities come from."""
    return [{"title": both(REGISTER)}] if frozen.get(OF_REGISTER, {}).get("rows") else []


def codebook(tables):
    """[(table, what its columns mean, its key)]"""
    return [
        {
            "table": table,
            "is_link": isinstance(table, LinkTable),
            "fields": [field for field in fields(table) if not field.label],
        }
        for table in tables.values()
    ]


def citation_file(about):
    """How to cite the package, in the form that repositories read."""
    values = {
        "cff-version": "1.2.0",
        "message": both(lambda: _("If you use these data, please cite them like this.")),
        "type": "dataset",
        "title": about["title"],
        "authors": [{"name": both(about["publisher"])}],
        "version": about["version"],
        "date-released": str(about["day"]),
        "license": LICENCE["name"],
        "url": about["page"],
        "keywords": KEYWORDS,
    }
    # JSON is YAML: one value a line needs no further quoting.
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


def folder():
    return settings.DATA_DIR / "package"


def current(tables):
    """The package of the present content as an open file; built once, then kept until the content changes."""
    file = folder() / f"{fingerprint(content_version())}.zip"
    try:
        return file.open("rb")
    except FileNotFoundError:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with one_at_a_time(folder()):
        if not file.exists():
            for older in folder().glob("*.zip"):
                older.unlink()
            with unfinished(folder()) as new:
                write(new / "paket.zip", tables, new, freeze(tables, new))
                (new / "paket.zip").replace(file)
        return file.open("rb")

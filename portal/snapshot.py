"""The content of all tables at one moment, as JSON Lines in a folder: data packages and releases are made of it."""

import hashlib
from collections import defaultdict
from contextlib import ExitStack

import numpy as np
from django.conf import settings
from django.utils import translation

from .codebook import fields
from .current import content_version
from .exports import LinkTable, json_bytes
from .index import flat

ATTEMPTS = 5


class RestlessError(Exception):
    """The content kept changing while it was read."""


class Lines:
    """A file of JSON Lines that counts and hashes what is written to it."""

    def __init__(self, path):
        self.path, self.rows, self.bytes, self.hash = path, 0, 0, hashlib.sha256()

    def __enter__(self):
        self.file = self.path.open("wb")
        return self

    def __exit__(self, *error):
        self.file.close()

    def write(self, item):
        line = json_bytes(item) + b"\n"
        self.rows += 1
        self.bytes += len(line)
        self.hash.update(line)
        self.file.write(line)


def freeze(tables, folder):
    """Write what readers see of `tables` ({name: Table or LinkTable}) to `folder`/<name>.jsonl, as of one moment.

    Returns {name of the table: what its file holds}. Addresses are the German ones.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for _attempt in range(ATTEMPTS):
        version = content_version()
        with translation.override("de"):
            frozen = write(tables, folder)
        if content_version() == version:
            return frozen
    raise RestlessError


def write(tables, folder):
    frozen = {}
    links = [each for each in tables.values() if isinstance(each, LinkTable)]
    for table in tables.values():
        if table in links:
            continue
        with ExitStack() as stack:
            its = [link for link in links if link.owner is table]
            files = {each.name: stack.enter_context(Lines(folder / f"{each.name}.jsonl")) for each in (table, *its)}
            declared = {facet: table.filter_class.base_filters[facet] for facet in table.facets}
            carried = {facet: defaultdict(list) for facet in table.facets}
            expanded = {facet: {} for facet in table.facets if declared[facet].expand}
            for item in table.items(ids_by_key(table)):
                files[table.name].write(item)
                for link in its:
                    for row in link.rows_of(item):
                        files[link.name].write(dict(zip(link.header, row, strict=True)))
                for facet, records in carried.items():
                    value = item[table.facets[facet]]
                    found = declared[facet].codes(value)
                    if facet in expanded:
                        expanded[facet][written(value)] = found
                    for code in found:
                        records[code].append(item[table.key])
        facets = {
            facet: described(declared[facet], column, carried[facet], expanded.get(facet))
            for facet, column in table.facets.items()
        }
        for each in (table, *its):
            file = files[each.name]
            frozen[each.name] = {
                **titles(each),
                "rows": file.rows,
                "bytes": file.bytes,
                "sha256": file.hash.hexdigest(),
                "site": settings.SITE_ADDRESS,
                "columns": [field.name for field in fields(each) if not field.label],
                "page": each.page,
                "key": table.key,
                "owner": table.name,
                "facets": facets,
            }
    return {name: frozen[name] for name in tables}


def ids_by_key(table):
    """Primary keys of everything that readers see, in the order of the rows' keys: the same on every database."""
    rows = table.filter_class.rows().order_by().values_list(table.key, "pk")
    return np.array([pk for _key, pk in sorted(rows)], np.int64)


def written(value):
    """A column's value as a frozen row has it."""
    return json_bytes(value).decode()


def codes(facet, item):
    """The values of a facet, as `described` has frozen it, that a frozen row carries: today's facets have no say."""
    value = item[facet["column"]]
    if value is None or value == "":
        return ()
    if "expanded" in facet:
        return facet["expanded"].get(written(value), ())
    return value if isinstance(value, list) else (value,)


def titles(table):
    found = {}
    for lang in ("de", "en"):
        with translation.override(lang):
            found[f"title_{lang}"] = str(table.title)
    return found


def described(declared, column, carried, expanded):
    """A facet's column, its label and its values with their labels, in both languages.

    `expanded`: for each value of the column the values of the facet that it stands for; None: itself, or its items.
    """
    labels, values = [], {}
    for lang in ("de", "en"):
        with translation.override(lang):
            labels.append(str(declared.label))
            for value, label in flat(declared.labelled(carried)):
                values.setdefault(value, []).append(str(label))
    found = {"column": column, "labels": labels, "values": values}
    if expanded is not None:
        found["expanded"] = {value: [code for code in codes if code in values] for value, codes in expanded.items()}
    return found

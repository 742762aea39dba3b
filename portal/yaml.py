"""YAML files of entries, read so that every entry knows its line and nothing is lost silently."""

from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .entries import TYPES, Problem, former_names, no_such


class Mapping(dict):
    """A mapping of the file, with the line on which it begins and, for a row of another file, where it stands."""

    line = 0
    where = ""


class Loader(yaml.SafeLoader):
    """SafeLoader that refuses a key named twice; plain YAML would drop the first value without a word."""


def construct_mapping(loader, node):
    pairs = [(loader.construct_object(key, deep=True), value) for key, value in node.value]
    for key, _value in pairs:
        if isinstance(key, list | dict):
            raise yaml.MarkedYAMLError(problem="found unhashable key", problem_mark=node.start_mark)
    names = [key for key, _value in pairs]
    for key, _value in pairs:
        if names.count(key) > 1:
            raise yaml.MarkedYAMLError(
                problem=_("“%s” is named twice in one entry") % key, problem_mark=node.start_mark
            )
    mapping = Mapping((key, loader.construct_object(value, deep=True)) for key, value in pairs)
    mapping.line = node.start_mark.line + 1
    return mapping


def construct_text(loader, node):
    text = loader.construct_scalar(node)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise yaml.MarkedYAMLError(problem="found half of a surrogate pair", problem_mark=node.start_mark)
    return text


class StrangersLoader(Loader):
    """For files that people hand in: no anchors and aliases, with which a few lines can mean a billion."""

    def compose_node(self, parent, index):
        event = self.peek_event()
        if getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem=_("anchors and aliases are not allowed"), problem_mark=event.start_mark)
        return super().compose_node(parent, index)


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_mapping)
Loader.add_constructor("tag:yaml.org,2002:str", construct_text)
# A day stays text until its field reads it: that one can say what is wrong with 30 February, and where.
Loader.add_constructor("tag:yaml.org,2002:timestamp", construct_text)


def read_entries(path: Path):
    """The entries of a file as [(where, raw entry)] and its problems; a file that can't be read has one problem."""
    try:
        content = yaml.load(path.read_bytes(), Loader)  # noqa: S506  a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f", {_('line')} {error.problem_mark.line + 1}" if error.problem_mark else ""
        return [], [Problem(f"{path.name}{line}", "", _("This is not valid YAML: %s.") % error.problem)]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [], [Problem(path.name, "", _("This is not valid YAML: %s.") % error)]
    except OSError as error:
        return [], [Problem(path.name, "", _("The file can't be read: %s.") % error.strerror)]
    if not isinstance(content, list):
        return [], [Problem(path.name, "", _("The file must be a list of entries, each beginning with “- ”."))]
    return [(place(path, number, raw), raw) for number, raw in enumerate(content, start=1)], []


def stream_entries(file, name):
    """Yields (where, raw entry) of a stranger's file, one at a time. Raises ValidationError with what is wrong."""
    loader = None
    try:
        loader = StrangersLoader(file)
        for kind in (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.SequenceStartEvent):
            if not loader.check_event(kind):
                raise ValidationError(_("The file must be a list of entries, each beginning with “- ”."))
            event = loader.get_event()
        if event.anchor:
            raise yaml.MarkedYAMLError(problem=_("anchors and aliases are not allowed"), problem_mark=event.start_mark)
        number = 0
        while not loader.check_event(yaml.SequenceEndEvent):
            number += 1
            raw = loader.construct_document(loader.compose_node(None, None))
            yield place(Path(name), number, raw), raw
        loader.get_event()
        loader.get_event()
        if not loader.check_event(yaml.StreamEndEvent):
            raise ValidationError(_("The file must be a list of entries, each beginning with “- ”."))
    except yaml.MarkedYAMLError as error:
        line = f"{_('line')} {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValidationError(_("This is not valid YAML: %s.") % f"{line}{error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValidationError(_("This is not valid YAML: %s.") % error) from error
    finally:
        if loader:
            loader.dispose()


def place(path, number, raw):
    line = f", {_('line')} {raw.line}" if isinstance(raw, Mapping) else ""
    name = (
        next((str(raw[key]) for key in ("number", "key", "slug") if raw.get(key)), "") if isinstance(raw, dict) else ""
    )
    return f"{path.name}{line}, {_('entry')} {number}" + (f" ({name})" if name else "")


def read_directory(directory: Path):
    """All entries of a directory: ({table: [(where, raw entry)]}, problems, names of YAML files that nothing reads)."""
    documents, problems, read = {}, [], set()
    for kind in TYPES.values():
        path = directory / kind.file
        if path.exists():
            read.add(path.name)
            documents[kind.table], found = read_entries(path)
            problems += found
        for rows in kind.rows_in_files:
            if (directory / rows.file).exists():
                read.add(rows.file)
                problems += fold_rows(kind, rows, directory / rows.file, documents.setdefault(kind.table, []))
    unread = sorted(path.name for path in directory.glob("*.y*ml") if path.name not in read)
    return documents, problems, unread


def fold_rows(kind, rows, path, documents):
    """Put the rows of a file of their own into the entries they belong to; an entry without rows there has none."""
    found, problems = read_entries(path)
    by_key = {kind.key_of(raw): raw for _where, raw in documents}
    for raw in by_key.values():
        if isinstance(raw, dict):
            raw.setdefault(rows.name, [])
    stored = set(kind.model._default_manager.values_list(kind.key_column, flat=True))
    former = former_names(kind.model)
    for where, raw in found:
        key = raw.pop(rows.parent, None) if isinstance(raw, dict) else None
        if isinstance(key, str) and key not in by_key and key not in stored:
            key = former.get(key, key)
        if isinstance(key, str) and key not in by_key and key in stored:
            by_key[key] = {kind.key: key, rows.name: []}
            documents.append((where, by_key[key]))
        owner = by_key.get(key) if isinstance(key, str) else None
        if not isinstance(owner, dict):
            problems.append(Problem(where, rows.parent, no_such(kind.model, key, {*filter(None, by_key), *stored})))
            continue
        raw.where = where
        owner[rows.name].append(raw)
    return problems

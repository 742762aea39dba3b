"""Brings the translations in locale/ up to date with the code, or checks that they are (--check).

Babel reads the code, Django turns its templates into something Babel can read: GNU gettext is not needed.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
# Named one by one: installed packages below the root are none of our business.
PYTHON = ["portal", "municipalities", "recommendations"]
TEMPLATES = ["templates"]
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")
}
KEYWORDS["gettext_noop"] = None


def sources():
    """Yields (path, Python text) of every file that may contain messages."""
    for folder in PYTHON:
        for path in sorted(ROOT.joinpath(folder).rglob("*.py")):
            yield path, path.read_text()
    for folder in [*TEMPLATES, *PYTHON]:
        for path in sorted(p for suffix in ("html", "txt", "xml") for p in ROOT.joinpath(folder).rglob(f"*.{suffix}")):
            # What is left of the text keeps its indentation, which means nothing in Python.
            yield path, "\n".join(line.strip() for line in templatize(path.read_text()).splitlines())


def messages():
    """The catalogue of everything the code and the templates want translated."""
    catalogue = Catalog()
    for path, text in sources():
        try:
            found = list(extract("python", io.BytesIO(text.encode()), KEYWORDS, ["Translators:"]))
        except Exception as error:
            error.add_note(f"while reading {path.relative_to(ROOT)}")
            raise
        for _line, message, comments, context in found:
            if message and message[0]:
                catalogue.add(message, auto_comments=comments, context=context)
    return catalogue


def files():
    return sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po"))


def read(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="django", abort_invalid=True)


def update(path):
    catalogue = read(path)
    catalogue.update(messages(), no_fuzzy_matching=True, update_creation_date=False)
    with path.open("wb") as file:  # sorted and without line numbers, so that a diff shows what has changed
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)


def problems(path):
    """What is wrong with one catalogue, a line each."""
    wanted = {(message.context, message.id): message for message in messages() if message.id}
    catalogue = read(path)
    known = {(message.context, message.id): message for message in catalogue if message.id}
    for key in wanted.keys() - known.keys():
        yield f"missing: {key[1]}"
    for key in known.keys() - wanted.keys():
        yield f"not in the code any more: {key[1]}"
    for key in wanted.keys() & known.keys():
        message = known[key]
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(texts):
            yield f"not translated: {message.id}"
        elif message.fuzzy:
            yield f"fuzzy: {message.id}"
        else:
            for error in message.check(catalogue):
                yield f"{error}: {message.id}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        wrong = [f"{path.relative_to(ROOT)}: {line}" for path in files() for line in sorted(problems(path))]
        sys.exit("\n".join([*wrong, "make catalogue brings the files up to date."]) if wrong else 0)
    for path in files():
        update(path)
        print(path.relative_to(ROOT), *sorted(problems(path)), sep="\n  ")  # noqa: T201

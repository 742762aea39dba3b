import sys
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.entries import TYPES, carry_out, plan
from portal.yaml import read_directory


class Command(BaseCommand):
    help = "Loads entries from YAML files: validates all of them, then writes all or nothing."

    def add_arguments(self, parser):
        parser.add_argument("directory", nargs="?", type=Path, default=settings.CONTENT_DIR)
        parser.add_argument("--dry-run", action="store_true", help="show every change, write nothing")
        parser.add_argument("--overwrite", action="store_true", help="also replace what an editor has changed since")
        parser.add_argument(
            "--draft",
            action="store_true",
            help="write nothing public: new records become drafts, published ones are changed in working copies",
        )

    def handle(self, *, directory, dry_run, overwrite, draft, verbosity, **options):
        if not directory.is_dir():
            raise CommandError(_("There is no directory %s.") % directory)
        documents, problems, unread = read_directory(directory)
        if not documents and not problems:
            files = ", ".join(kind.file for kind in TYPES.values())
            raise CommandError(
                _("%(directory)s holds none of these files: %(files)s.") % {"directory": directory, "files": files}
            )
        changes, found = plan(documents, overwrite, draft)
        if problems := problems + found:
            for problem in problems:
                self.stderr.write(f"{problem}")
            raise CommandError(
                ngettext("%d problem. Nothing was changed.", "%d problems. Nothing was changed.", len(problems))
                % len(problems)
            )
        if dry_run:
            self.show(changes)
        else:
            try:
                carry_out(changes, _("loaded from files"), draft, self.progress)
            except IntegrityError as error:
                raise CommandError(_("The database refused the content: %s. Nothing was changed.") % error) from error
        if verbosity:
            self.summarise(changes, unread, dry_run)

    def show(self, changes):
        for change in changes:
            if change.action == "created":
                self.stdout.write(f"+ {change.kind.table} {change.key}")
            for name, old, new in () if change.action == "created" else change.diff:
                mark = "=" if change.action == "kept" else "~"
                self.stdout.write(f"{mark} {change.kind.table} {change.key}, {name}:\n  - {old}\n  + {new}")

    def progress(self, changes):
        """A bar on a terminal, nothing in a log."""
        for number, change in enumerate(changes, start=1):
            if sys.stderr.isatty():
                filled = "#" * (40 * number // len(changes))
                self.stderr.write(f"\r{change.kind.table:<20} [{filled:<40}] {number}/{len(changes)}", ending="")
                if number == len(changes):
                    self.stderr.write("")
            yield change

    def summarise(self, changes, unread, dry_run):
        counts = Counter((change.kind.table, change.action) for change in changes)
        actions = {"created": _("created"), "changed": _("changed"), "copied": _("in new working copies"),
                   "copy changed": _("in existing working copies"), "unchanged": _("unchanged"),
                   "kept": _("kept: an editor has changed it since")}  # fmt: skip
        for table in TYPES:
            parts = [f"{counts[table, action]} {label}" for action, label in actions.items() if counts[table, action]]
            if parts:
                self.stdout.write(f"{table}: {', '.join(parts)}")
        for change in changes:
            if change.action == "kept":
                self.stdout.write(
                    _("Kept: %(table)s %(key)s. --overwrite replaces it.")
                    % {"table": change.kind.table, "key": change.key}
                )
        if unread:
            self.stdout.write(_("Not read, no table takes them: %s") % ", ".join(unread))
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))

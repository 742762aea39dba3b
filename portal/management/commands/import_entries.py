from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.imports import TABLES, ContentChanged, Import
from portal.models import User
from portal.progress import bar
from portal.uploads import Refused


class Command(BaseCommand):
    help = (
        "Imports a table from XLSX, CSV or YAML: checks all of it, then writes all or nothing. "
        "New records become drafts, published texts are changed in working copies."
    )

    def add_arguments(self, parser):
        parser.add_argument("table", choices=sorted(TABLES))
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="show every change, write nothing")
        parser.add_argument("--author", metavar="USERNAME", help="whose change it is in the history")
        parser.add_argument("--overwrite", action="store_true", help="also replace what an editor has changed since")
        parser.add_argument("--note", default="", help="what stands in the history")

    def handle(self, *, table, file, dry_run, author, overwrite, note, verbosity, **options):
        user = User.objects.filter(username=author).first() if author else None
        if author and not user:
            raise CommandError(_("There is no account “%s”.") % author)
        try:
            with file.open("rb") as content:
                found, problems = Import.read(
                    TABLES[table], content, file.name, user, note, overwrite, bar(self.stderr, _("Checking"))
                )
        except OSError as error:
            raise CommandError(_("The file can't be read: %s.") % error.strerror) from error
        except Refused as error:
            raise CommandError(f"{error} {_('Nothing was changed.')}") from error
        if problems:
            self.refuse(problems)
        try:
            if dry_run:
                self.show(found)
            else:
                found.apply(user, bar(self.stderr, _("Writing")))
            if verbosity:
                self.summarise(found, dry_run)
        except ContentChanged as error:
            raise CommandError(
                _("The content was changed while the file was being checked. Nothing was written; please start again.")
            ) from error
        except Refused as error:
            raise CommandError(str(error)) from error
        finally:
            found.forget()

    def refuse(self, problems):
        for problem in problems:
            self.stderr.write(f"{problem}")
        raise CommandError(
            ngettext("%d problem. Nothing was changed.", "%d problems. Nothing was changed.", len(problems))
            % len(problems)
        )

    def show(self, found):
        for line in found.planned():
            if line["action"] == "created":
                self.stdout.write(f"+ {line['key']}")
                continue
            mark = "=" if line["action"] == "kept" else "~"
            for name, old, new in line["diff"]:
                self.stdout.write(f"{mark} {line['key']}, {name}:\n  - {old}\n  + {new}")

    def summarise(self, found, dry_run):
        for note in found.meta["notes"]:
            self.stdout.write(note)
        actions = {"created": _("created"), "changed": _("changed"), "copied": _("in new working copies"),
                   "copy changed": _("in existing working copies"), "unchanged": _("unchanged"),
                   "kept": _("kept: an editor has changed it since")}  # fmt: skip
        counts = found.meta["counts"]
        parts = [f"{counts[action]} {label}" for action, label in actions.items() if counts.get(action)]
        self.stdout.write(f"{found.meta['table']}: {', '.join(parts) or '0'}")
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from municipalities.register_import import Incomplete, run
from portal.models import User
from portal.progress import bar
from portal.uploads import Refused

SHOWN = 20  # of each kind of change


class Command(BaseCommand):
    help = (
        "Imports the official register of municipalities (GV100AD as text, AuszugGV as XLSX) "
        "or types of the BBSR (CSV with key, code, year): all or nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
        parser.add_argument("--author", metavar="USERNAME", help="whose change it is in the history")
        parser.add_argument("--many-may-end", action="store_true", help="the file is complete, however much is missing")

    def handle(self, *, file, dry_run, author, many_may_end, verbosity, **options):
        user = User.objects.filter(username=author).first() if author else None
        if author and not user:
            raise CommandError(_("There is no account “%s”.") % author)
        try:
            with file.open("rb") as content:
                plan, problems = run(
                    content, file.name, user, many_may_end=many_may_end, dry_run=dry_run,
                    progress=bar(self.stderr, _("Writing")),
                )  # fmt: skip
        except OSError as error:
            raise CommandError(_("The file can't be read: %s.") % error.strerror) from error
        except Incomplete as error:
            raise CommandError(f"{error} {_('Nothing was changed. If it is: --many-may-end.')}") from error
        except (Refused, DatabaseError) as error:
            raise CommandError(f"{error} {_('Nothing was changed.')}") from error
        if problems:
            for problem in problems:
                self.stderr.write(f"{problem}")
            raise CommandError(
                ngettext("%d problem. Nothing was changed.", "%d problems. Nothing was changed.", len(problems))
                % len(problems)
            )
        if verbosity:
            self.summarise(plan, dry_run)

    def summarise(self, plan, dry_run):
        self.stdout.write(plan.title)
        for note in plan.notes:
            self.stdout.write(note)
        labels = {"new": _("new"), "changed": _("changed"), "renumbered": _("with another key"), "ended": _("ended"),
                  "unchanged": _("unchanged")}  # fmt: skip
        self.stdout.write(", ".join(f"{count} {labels[name]}" for name, count in plan.counts.items()))
        for old, key in plan.renumbered:
            self.stdout.write(f"> {old['key']} → {key} {old['name']}")
        for row in plan.ended[:SHOWN]:
            self.stdout.write(f"- {row['key']} {row['official_name']}")
        if dry_run:
            for row in plan.new[:SHOWN]:
                self.stdout.write(f"+ {row['key']} {row['official_name']}")
            for old, difference in plan.changed[:SHOWN]:
                fields = ", ".join(f"{name}: {old[name]} → {value}" for name, value in difference.items())
                self.stdout.write(f"~ {old['key']} {old['name']}: {fields}")
            self.stdout.write(_("Dry run: nothing was written."))

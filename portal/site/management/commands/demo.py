import os
import secrets
import socket
import sys

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.models import User

ACCOUNTS = {"redaktion": "Redaktion", "freigabe": "Freigabe"}  # account: role
# Its own database is SQLite: more threads would only wait for each other.
THREADS = 4


class Command(BaseCommand):
    help = "Sets the demo up – database, starter content, two accounts – and serves it on this machine."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--renew-passwords", action="store_true", help="give both accounts new passwords and stop")

    def handle(self, *, port, renew_passwords, **options):
        if not settings.DEMO:
            raise CommandError("This command is for the demo: set DEMO=true, or use `make demo`.")
        if not renew_passwords:
            refuse_taken(port)
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        for name, role in ACCOUNTS.items():
            user, created = User.objects.get_or_create(username=name, defaults={"is_staff": True})
            if created or renew_passwords:
                user.groups.add(Group.objects.get(name=role))
                self.give_password(user)
        if renew_passwords:
            return
        try:
            call_command("load_content", verbosity=0)
        except CommandError as error:
            self.stderr.write(f"The starter content was not loaded again; the portal serves what it has. {error}")
        self.stdout.write(
            f"The portal: http://127.0.0.1:{port}/ – the admin: http://127.0.0.1:{port}/admin/ – Ctrl-C stops it."
        )
        self.stdout.flush()
        os.environ.setdefault("SITE_ADDRESS", f"http://127.0.0.1:{port}")
        serve(port)

    def give_password(self, user):
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save()
        self.stdout.write(f"Account {user.username}, password {password}")


def refuse_taken(port):
    """The server would share its port with one that is there already, and readers would get now this one, now that."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that has just ended is none
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} can't be used ({error.strerror}). Stop what answers there, or choose another: "
                f"make demo PORT={port + 1}"
            ) from error


def serve(port):
    """Become the production server."""
    arguments = [
        "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--blocking-threads", str(THREADS), "--no-access-log", "portal.wsgi:application",
    ]  # fmt: skip
    os.execv(sys.executable, [sys.executable, "-m", "granian", *arguments])  # noqa: S606  no shell, our own arguments

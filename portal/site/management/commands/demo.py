import os
import secrets
import sys

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from portal.models import User

ACCOUNTS = {"redaktion": ["view", "add", "change"], "freigabe": ["view", "add", "change", "delete"]}
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
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        for name, actions in ACCOUNTS.items():
            user, created = User.objects.get_or_create(username=name, defaults={"is_staff": True})
            if created or renew_passwords:
                user.user_permissions.set(permissions(actions))
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


def permissions(actions):
    """The permissions to do `actions` with the content: everything of ours but accounts and history."""
    models = [
        model._meta.model_name
        for label in ("portal", "municipalities", "recommendations")
        for model in apps.get_app_config(label).get_models()
        if model._meta.model_name not in ("user", "revision", "contentchange")
    ]
    wanted = Q()
    for action in actions:
        wanted |= Q(codename__in=[f"{action}_{model}" for model in models])
    return Permission.objects.filter(wanted)


def serve(port):
    """Become the production server."""
    arguments = [
        "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--blocking-threads", str(THREADS), "--no-access-log", "portal.wsgi:application",
    ]  # fmt: skip
    os.execv(sys.executable, [sys.executable, "-m", "granian", *arguments])  # noqa: S606  no shell, our own arguments

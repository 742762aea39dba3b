from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from portal.site.roles import grant


def grant_releases(apps, schema_editor):
    """Who publishes texts publishes data releases; the administration withdraws them."""
    create_permissions(installed.get_app_config("portal"), verbosity=0, using=schema_editor.connection.alias)
    grant(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


class Migration(migrations.Migration):
    dependencies = [("site", "0004_register"), ("portal", "0009_release")]
    operations = [migrations.RunPython(grant_releases, migrations.RunPython.noop)]

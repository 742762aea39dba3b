from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from portal.site.roles import grant


def grant_import(apps, schema_editor):
    """The administration imports the register of municipalities."""
    create_permissions(
        installed.get_app_config("municipalities"), verbosity=0, using=schema_editor.connection.alias
    )
    grant(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


class Migration(migrations.Migration):
    dependencies = [("site", "0003_missed_searches"), ("municipalities", "0003_register")]
    operations = [migrations.RunPython(grant_import, migrations.RunPython.noop)]

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from portal.site.roles import APPS, grant


def create_roles(apps, schema_editor):
    """Permissions are made after all migrations; the roles need them now."""
    for label in APPS:
        create_permissions(installed.get_app_config(label), verbosity=0, using=schema_editor.connection.alias)
    grant(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("portal", "0004_outbox"),
        ("municipalities", "0001_initial"),
        ("recommendations", "0004_link_checks"),
    ]
    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from portal.site.roles import APPS, grant


def bring_roles_up_to_date(apps, schema_editor):
    """Self-check questions are content like the others; who manages accounts no longer changes what a role may do."""
    for label in APPS:
        create_permissions(installed.get_app_config(label), verbosity=0, using=schema_editor.connection.alias)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    grant(Group, Permission)
    taken = Permission.objects.filter(codename__in=["add_group", "change_group", "delete_group"])
    Group.objects.get(name="Administration").permissions.remove(*taken)


class Migration(migrations.Migration):
    dependencies = [("site", "0001_roles"), ("recommendations", "0008_selfcheck_and_open_items")]
    operations = [migrations.RunPython(bring_roles_up_to_date, migrations.RunPython.noop)]

from importlib import import_module

from django.db import migrations

create_roles = import_module("portal.site.migrations.0001_roles").create_roles


class Migration(migrations.Migration):
    dependencies = [("site", "0002_selfcheck_and_groups"), ("portal", "0008_missed_search")]
    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]

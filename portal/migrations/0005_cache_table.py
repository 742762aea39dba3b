from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    """The table of settings.CACHES; the command leaves an existing one as it is."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0004_outbox"),
    ]

    operations = [
        migrations.RunPython(create, migrations.RunPython.noop),
    ]

"""Seals the phone numbers of users: a new column takes them over, and the readable one goes."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from consentguard_django.fields import Encrypted


def seal(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write each number into the column that seals it."""
    users = apps.get_model("accounts", "User")._default_manager.using(editor.connection.alias)
    for user in users.iterator():
        user.phone = user.phone_in_clear
        user.save(update_fields=["phone"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RenameField("user", "phone", "phone_in_clear"),
        migrations.AddField(
            model_name="user",
            name="phone",
            field=Encrypted(models.CharField(blank=True, max_length=32, verbose_name="phone")),
        ),
        migrations.RunPython(seal, elidable=True),
        migrations.RemoveField("user", "phone_in_clear"),
    ]

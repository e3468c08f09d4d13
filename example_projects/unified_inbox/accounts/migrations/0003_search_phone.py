"""Lets people be found by their phone number: `consentguard keys rotate` gives digests to those of before."""

import consentguard_django.fields
from consentguard.crypto.index import kinds
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_seal_phone'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='phone_exact_phone_us_a',
            field=consentguard_django.fields.Digest('phone', kinds.Exact(normalise='phone:US'), 'a'),
        ),
        migrations.AddField(
            model_name='user',
            name='phone_exact_phone_us_b',
            field=consentguard_django.fields.Digest('phone', kinds.Exact(normalise='phone:US'), 'b'),
        ),
        migrations.AlterField(
            model_name='user',
            name='phone',
            field=consentguard_django.fields.Encrypted(models.CharField(blank=True, max_length=32, verbose_name='phone'), search='phone:US'),
        ),
    ]

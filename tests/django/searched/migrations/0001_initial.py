"""Makes the tables of the tests of search."""

import consentguard_django.fields
import django.db.models.deletion
import uuid
from consentguard.crypto.index import kinds
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('phone', consentguard_django.fields.Encrypted(models.CharField(blank=True, default='', max_length=32), search=[kinds.Exact(normalise='phone:GT'), kinds.Last(n=4, bits=8)])),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(default='', max_length=40)),
                ('email', consentguard_django.fields.Encrypted(models.EmailField(blank=True, max_length=254, null=True), search=[kinds.Exact(normalise='email'), kinds.Domain(bits=8)])),
                ('surname', consentguard_django.fields.Encrypted(models.CharField(blank=True, default='', max_length=40), search=[kinds.Prefix(n=2, bits=4, normalise='casefold'), kinds.Prefix(n=4, bits=6, normalise='casefold'), kinds.Truncated(bits=4, normalise='casefold')])),
                ('born', consentguard_django.fields.Encrypted(models.DateField(blank=True, null=True), search='exact')),
                ('owed', consentguard_django.fields.Encrypted(models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True), search='exact')),
                ('known_by', consentguard_django.fields.Encrypted(models.JSONField(blank=True, editable=False, null=True), search=kinds.Compound(columns=('surname', 'born'), normalise=('casefold', 'exact'), bits=8))),
                ('email_exact_email_a', consentguard_django.fields.Digest('email', kinds.Exact(normalise='email'), 'a', unique=True)),
                ('email_exact_email_b', consentguard_django.fields.Digest('email', kinds.Exact(normalise='email'), 'b', unique=True)),
                ('email_domain_8_a16', consentguard_django.fields.Digest('email', kinds.Domain(bits=8), 'a', 16)),
                ('email_domain_8_b16', consentguard_django.fields.Digest('email', kinds.Domain(bits=8), 'b', 16)),
                ('surname_prefix_2_4_casefold_a', consentguard_django.fields.Digest('surname', kinds.Prefix(n=2, bits=4, normalise='casefold'), 'a')),
                ('surname_prefix_2_4_casefold_b', consentguard_django.fields.Digest('surname', kinds.Prefix(n=2, bits=4, normalise='casefold'), 'b')),
                ('surname_prefix_4_6_casefold_a1', consentguard_django.fields.Digest('surname', kinds.Prefix(n=4, bits=6, normalise='casefold'), 'a', 1)),
                ('surname_prefix_4_6_casefold_b1', consentguard_django.fields.Digest('surname', kinds.Prefix(n=4, bits=6, normalise='casefold'), 'b', 1)),
                ('surname_truncated_4_casefold_a2', consentguard_django.fields.Digest('surname', kinds.Truncated(bits=4, normalise='casefold'), 'a', 2)),
                ('surname_truncated_4_casefold_b2', consentguard_django.fields.Digest('surname', kinds.Truncated(bits=4, normalise='casefold'), 'b', 2)),
                ('born_exact_exact_a', consentguard_django.fields.Digest('born', kinds.Exact(normalise='exact'), 'a')),
                ('born_exact_exact_b', consentguard_django.fields.Digest('born', kinds.Exact(normalise='exact'), 'b')),
                ('owed_exact_exact_a', consentguard_django.fields.Digest('owed', kinds.Exact(normalise='exact'), 'a')),
                ('owed_exact_exact_b', consentguard_django.fields.Digest('owed', kinds.Exact(normalise='exact'), 'b')),
                ('known_by_compound_8_surname_casefold_born_exact_a', consentguard_django.fields.Digest('known_by', kinds.Compound(columns=('surname', 'born'), normalise=('casefold', 'exact'), bits=8), 'a')),
                ('known_by_compound_8_surname_casefold_born_exact_b', consentguard_django.fields.Digest('known_by', kinds.Compound(columns=('surname', 'born'), normalise=('casefold', 'exact'), bits=8), 'b')),
                ('phone_exact_phone_gt_a', consentguard_django.fields.Digest('phone', kinds.Exact(normalise='phone:GT'), 'a')),
                ('phone_exact_phone_gt_b', consentguard_django.fields.Digest('phone', kinds.Exact(normalise='phone:GT'), 'b')),
                ('phone_last_4_8_a16', consentguard_django.fields.Digest('phone', kinds.Last(n=4, bits=8), 'a', 16)),
                ('phone_last_4_8_b16', consentguard_django.fields.Digest('phone', kinds.Last(n=4, bits=8), 'b', 16)),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='searched.company')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('user', models.BigIntegerField()),
                ('text', consentguard_django.fields.Encrypted(models.CharField(default='', max_length=20), bound_to={'user': 'user'}, on_erased='marker', search=[kinds.Exact(normalise='casefold'), kinds.Prefix(n=2, bits=2, normalise='casefold')])),
                ('mark', consentguard_django.fields.Encrypted(models.CharField(default='', max_length=20), bound_to={'user': 'user'})),
                ('both', consentguard_django.fields.Encrypted(models.JSONField(editable=False, null=True), bound_to={'user': 'user'}, search=kinds.Compound(columns=('text', 'mark'), normalise=('casefold', 'exact'), bits=128))),
                ('text_exact_casefold_a', consentguard_django.fields.Digest('text', kinds.Exact(normalise='casefold'), 'a')),
                ('text_exact_casefold_b', consentguard_django.fields.Digest('text', kinds.Exact(normalise='casefold'), 'b')),
                ('text_prefix_2_2_casefold_a16', consentguard_django.fields.Digest('text', kinds.Prefix(n=2, bits=2, normalise='casefold'), 'a', 16)),
                ('text_prefix_2_2_casefold_b16', consentguard_django.fields.Digest('text', kinds.Prefix(n=2, bits=2, normalise='casefold'), 'b', 16)),
                ('both_compound_128_text_casefold_mark_exact_a', consentguard_django.fields.Digest('both', kinds.Compound(columns=('text', 'mark'), normalise=('casefold', 'exact'), bits=128), 'a')),
                ('both_compound_128_text_casefold_mark_exact_b', consentguard_django.fields.Digest('both', kinds.Compound(columns=('text', 'mark'), normalise=('casefold', 'exact'), bits=128), 'b')),
            ],
        ),
        migrations.CreateModel(
            name='Login',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('email', consentguard_django.fields.Encrypted(models.EmailField(max_length=254), search='email')),
                ('is_active', models.BooleanField(default=True)),
                ('email_exact_email_a', consentguard_django.fields.Digest('email', kinds.Exact(normalise='email'), 'a', unique=True)),
                ('email_exact_email_b', consentguard_django.fields.Digest('email', kinds.Exact(normalise='email'), 'b', unique=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('note', consentguard_django.fields.Encrypted(models.CharField(max_length=20, null=True), bound_to='row', search=[kinds.Exact(normalise='exact'), kinds.Prefix(n=2, bits=2, normalise='casefold')])),
                ('day', consentguard_django.fields.Encrypted(models.DateField(auto_now_add=True), search='exact')),
                ('note_exact_exact_a', consentguard_django.fields.Digest('note', kinds.Exact(normalise='exact'), 'a')),
                ('note_exact_exact_b', consentguard_django.fields.Digest('note', kinds.Exact(normalise='exact'), 'b')),
                ('note_prefix_2_2_casefold_a16', consentguard_django.fields.Digest('note', kinds.Prefix(n=2, bits=2, normalise='casefold'), 'a', 16)),
                ('note_prefix_2_2_casefold_b16', consentguard_django.fields.Digest('note', kinds.Prefix(n=2, bits=2, normalise='casefold'), 'b', 16)),
                ('day_exact_exact_a', consentguard_django.fields.Digest('day', kinds.Exact(normalise='exact'), 'a')),
                ('day_exact_exact_b', consentguard_django.fields.Digest('day', kinds.Exact(normalise='exact'), 'b')),
            ],
        ),
        migrations.CreateModel(
            name='Supplier',
            fields=[
                ('customer_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='searched.customer')),
                ('code', consentguard_django.fields.Encrypted(models.CharField(blank=True, default='', max_length=20), search='casefold')),
                ('code_exact_casefold_a', consentguard_django.fields.Digest('code', kinds.Exact(normalise='casefold'), 'a')),
                ('code_exact_casefold_b', consentguard_django.fields.Digest('code', kinds.Exact(normalise='casefold'), 'b')),
            ],
            options={
                'abstract': False,
            },
            bases=('searched.customer',),
        ),
        migrations.CreateModel(
            name='Regular',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('searched.customer',),
        ),
    ]

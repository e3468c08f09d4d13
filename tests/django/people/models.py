"""The tables of `consentguard.testing.contracts.People`."""

import uuid

from django.db import models

from consentguard_django.fields import Encrypted


class Person(models.Model):
    """Somebody."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField()
    name = models.TextField()
    joined = models.DateTimeField()


class Note(models.Model):
    """What somebody wrote."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE)
    text = models.TextField()
    written = models.DateTimeField()
    remark = models.TextField(null=True)


class Reply(models.Model):
    """What somebody answered."""

    id = models.BigAutoField(primary_key=True)
    note = models.ForeignKey(Note, models.CASCADE)
    email = models.EmailField()


class Label(models.Model):
    """What notes are sorted by, and what may be about anything."""

    id = models.BigAutoField(primary_key=True)
    notes = models.ManyToManyField(Note, related_name="labels")
    day = models.DateField(null=True)


class Sealed(models.Model):
    """An abstract base with an encrypted column."""

    text = Encrypted(models.CharField(max_length=200, null=True, blank=True, help_text="Anything"))

    class Meta:
        abstract = True


class Secret(Sealed):
    """One encrypted column of each type."""

    id = models.BigAutoField(primary_key=True)
    long = Encrypted(models.TextField(default=""))
    email = Encrypted(models.EmailField(null=True))
    integer = Encrypted(models.IntegerField(null=True))
    decimal = Encrypted(models.DecimalField(max_digits=12, decimal_places=4, null=True))
    number = Encrypted(models.FloatField(null=True))
    date = Encrypted(models.DateField(null=True))
    time = Encrypted(models.TimeField(null=True))
    moment = Encrypted(models.DateTimeField(null=True))
    lasted = Encrypted(models.DurationField(null=True))
    boolean = Encrypted(models.BooleanField(null=True))
    code = Encrypted(models.UUIDField(default=uuid.uuid4, null=True))
    json = Encrypted(models.JSONField(null=True))
    binary = Encrypted(models.BinaryField(null=True))
    address = Encrypted(models.GenericIPAddressField(null=True))
    size = Encrypted(models.CharField(max_length=1, choices=[("s", "small"), ("l", "large")], default="s"))
    made = Encrypted(models.DateTimeField(auto_now_add=True))
    kept = Encrypted(models.CharField(max_length=20, null=True), name="people_before.name_before")


class Vault(models.Model):
    """The table of `consentguard.testing.contracts.Vault`."""

    id = models.BigAutoField(primary_key=True)
    phone = Encrypted(models.CharField(max_length=40, null=True))
    remark = Encrypted(models.TextField(null=True))
    owner = models.BigIntegerField(null=True)
    plain = models.CharField(max_length=200, null=True)


class Moving(models.Model):
    """Columns on their way in and out of encryption."""

    id = models.BigAutoField(primary_key=True)
    phone = models.CharField(max_length=200, null=True)
    phone_sealed = Encrypted(models.CharField(max_length=40, null=True), copies="phone", name="people_moving.phone")
    due = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    due_sealed = Encrypted(models.DecimalField(max_digits=8, decimal_places=2, null=True), copies="due")
    note = Encrypted(models.TextField(null=True), copied_to="note_plain")
    note_plain = models.TextField(null=True)


class Ticket(models.Model):
    """A value that is bound to its row, whose key is no number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    note = Encrypted(models.TextField(null=True), bound_to="row")


class Paper(models.Model):
    """A file of somebody's, and a remark under their key; of a table that only the canary's tests make."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE)
    scan = models.FileField()
    remark = Encrypted(models.TextField(), bound_to={"person": "person_id"})
    note = Encrypted(models.TextField())

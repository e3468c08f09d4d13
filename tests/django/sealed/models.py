"""Tables with encrypted columns: in every kind of inheritance and relation, and bound in every way."""

import uuid

from django.db import models

from consentguard_django.fields import Encrypted


class Owner(models.Model):
    """A data subject."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=20)


class Sheet(models.Model):
    """Plain and encrypted columns side by side."""

    id = models.BigAutoField(primary_key=True)
    plain = models.CharField(max_length=200, default="")
    shown = models.CharField(max_length=200, unique=True, null=True)
    a = Encrypted(models.CharField(max_length=20, default="", blank=True))
    b = Encrypted(models.CharField(max_length=20, null=True, blank=True))
    number = Encrypted(models.IntegerField(null=True, blank=True))
    day = Encrypted(models.DateField(null=True, blank=True))
    data = Encrypted(models.JSONField(null=True, blank=True))


class Appendix(Sheet):
    """A child with a table of its own."""

    extra = Encrypted(models.CharField(max_length=20, default=""))


class Copy(Sheet):
    """The same table."""

    class Meta:
        proxy = True


class Line(models.Model):
    """What stands on a sheet."""

    id = models.BigAutoField(primary_key=True)
    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="lines")
    text = Encrypted(models.CharField(max_length=20))


class Ticket(models.Model):
    """Values bound to their row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.IntegerField(unique=True, null=True)
    note = Encrypted(models.CharField(max_length=20, null=True), bound_to="row")


class Letter(models.Model):
    """Values under keys of data subjects; one is declared before what names whose it is."""

    id = models.BigAutoField(primary_key=True)
    text = Encrypted(models.TextField(), bound_to={"user": "owner_id"})
    owner = models.ForeignKey(Owner, models.CASCADE)
    number = models.IntegerField(unique=True, null=True)
    mark = Encrypted(models.JSONField(null=True, blank=True), bound_to={"user": "owner_id"}, on_erased="marker")

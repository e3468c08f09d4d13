"""The tables of `consentguard.testing.contracts.People`."""

from django.db import models


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

"""Models of every kind that introspection must describe."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Upper

from consentguard import Match, personal_data


class Member(AbstractUser):
    """The user model, in place of Django's own."""

    phone = models.CharField(max_length=20)


class Patron(Member):
    """A proxy: the same table in other clothes."""

    class Meta:
        proxy = True


@personal_data("visits", subjects={"member": "member"}, anchors={"visited": "created_at"})
class Visit(models.Model):
    """An abstract base that hands its tag down."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="%(class)ss")
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class Consultation(Visit):
    """Inherits its tag, and has many kinds of column."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    notes = models.TextField()
    findings = models.JSONField(default=dict)
    scan = models.FileField()
    fee = models.DecimalField(max_digits=8, decimal_places=2)
    lasted = models.DurationField()
    reply_to = models.EmailField()
    sent_from = models.GenericIPAddressField()
    topics = models.ManyToManyField("Topic", related_name="consultations")
    colleagues = models.ManyToManyField(Member, related_name="+")
    remarks = GenericRelation("Remark")
    shout = models.GeneratedField(expression=Upper("notes"), output_field=models.TextField(), db_persist=True)


class Surgery(Consultation):
    """Multi-table inheritance: a table of its own for its own columns."""

    theatre = models.CharField(max_length=20)


class PointField(models.Field):
    """A field of somebody else's, of a type that no list knows."""

    def db_type(self, connection: Any) -> str:
        return "text"


class Topic(models.Model):
    """Found by a code of its own instead of a number."""

    code = models.CharField(max_length=8, primary_key=True)
    place = PointField()


class Remark(models.Model):
    """About anything."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=40)
    about = GenericForeignKey()
    words = models.TextField()


class Inquiry(models.Model):
    """Known by e-mail address alone."""

    email = models.EmailField()
    text = models.TextField()


class Statistic(models.Model):
    """A view of the database."""

    visits = models.IntegerField()

    class Meta:
        managed = False
        db_table = "clinic_statistic_view"


personal_data(
    "account", subjects={"member": "self"}, columns={"password": "credential"}, anchors={"joined": "date_joined"}
)(Patron)
personal_data("visits", subjects={"member": Match("email", "clinic.Member.email")})(Inquiry)

"""Encrypted columns with each kind of index: unique and not, inherited, bound, and those that people sign in with."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from consentguard.crypto.index.kinds import Compound, Domain, Exact, Last, Prefix, Truncated
from consentguard_django.fields import Encrypted


class Company(models.Model):
    """Whom people work for."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40)


class Reachable(models.Model):
    """An abstract base with a searched column."""

    phone = Encrypted(
        models.CharField(max_length=32, blank=True, default=""), search=[Exact("phone:GT"), Last(4, bits=8)]
    )

    class Meta:
        abstract = True


class Customer(Reachable):
    """Somebody, with an index of each kind."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40, default="")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="customers")
    email = Encrypted(models.EmailField(unique=True, null=True, blank=True), search=[Exact("email"), Domain(8)])
    surname = Encrypted(
        models.CharField(max_length=40, default="", blank=True),
        search=[Prefix(2, bits=4), Prefix(4, bits=6), Truncated(4, "casefold")],
    )
    born = Encrypted(models.DateField(null=True, blank=True), search="exact")
    owed = Encrypted(models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True), search="exact")
    known_by = Encrypted(
        models.JSONField(null=True, blank=True, editable=False),
        search=Compound(("surname", "born"), normalise=("casefold", "exact"), bits=8),
    )


class Supplier(Customer):
    """A child with a table and a searched column of its own."""

    code = Encrypted(models.CharField(max_length=20, default="", blank=True), search="casefold")


class Regular(Customer):
    """The same table."""

    class Meta:
        proxy = True


class Ticket(models.Model):
    """Values bound to their row, and found all the same."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    note = Encrypted(models.CharField(max_length=20, null=True), bound_to="row", search=[Exact(), Prefix(2, bits=2)])
    day = Encrypted(models.DateField(auto_now_add=True), search="exact")


class Letter(models.Model):
    """Values under keys of data subjects, and found all the same."""

    id = models.BigAutoField(primary_key=True)
    user = models.BigIntegerField()
    text = Encrypted(
        models.CharField(max_length=20, default=""),
        bound_to={"user": "user"},
        search=[Exact("casefold"), Prefix(2, bits=2)],
        on_erased="marker",
    )
    mark = Encrypted(models.CharField(max_length=20, default=""), bound_to={"user": "user"})
    both = Encrypted(
        models.JSONField(null=True, editable=False),
        bound_to={"user": "user"},
        search=Compound(("text", "mark"), normalise=("casefold", "exact")),
    )


class LoginManager(BaseUserManager["Login"]):
    """Makes logins, as `createsuperuser` asks for them."""

    def create_superuser(self, email: str, password: str | None = None) -> Login:
        """Somebody who may do everything."""
        made = self.model(email=self.normalize_email(email))
        made.set_password(password)
        made.save(using=self._db)
        return made


class Login(AbstractBaseUser):
    """Somebody who signs in with an address that the table holds sealed."""

    id = models.BigAutoField(primary_key=True)
    email = Encrypted(models.EmailField(unique=True), search="email")
    is_active = models.BooleanField(default=True)
    is_staff = True
    is_superuser = True

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = LoginManager()

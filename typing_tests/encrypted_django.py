"""What a type checker knows of an encrypted field of Django's: the types of the field inside."""

import datetime as dt
from typing import Any, assert_type

from django.db import models

from consentguard_django.fields import Encrypted


class Customer(models.Model):
    """A table."""

    phone = Encrypted(models.CharField(max_length=9))
    born_on = Encrypted(models.DateField(), bound_to="row")
    note = Encrypted(models.TextField(null=True), bound_to={"user": "id"}, on_erased="marker")
    data = Encrypted(models.JSONField(null=True), search=None, batch=1)

    class Meta:
        app_label = "typing_tests"


def values_are_of_the_inner_type(customer: Customer) -> None:
    """Read and set."""
    assert_type(customer.phone, str)
    assert_type(customer.born_on, dt.date)
    assert_type(customer.data, Any | None)
    assert_type(customer.note, str | None)
    customer.phone = "1"
    customer.born_on = dt.date(2026, 1, 1)


def a_value_of_another_type_is_not_set(customer: Customer) -> None:
    """As with the inner field."""
    customer.born_on = object()  # type: ignore[assignment]
    Encrypted(models.CharField(max_length=9), on_erased="never")  # type: ignore[arg-type]
    Encrypted(models.CharField(max_length=9), bound_to="table")  # type: ignore[arg-type]

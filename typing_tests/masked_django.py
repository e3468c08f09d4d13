"""What a type checker must know of a masked admin: it is a ModelAdmin of the host's model, with options of its own."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

from consentguard_django.masking import SealedAdminMixin


class Masked(SealedAdminMixin, admin.ModelAdmin[User]):
    """As a host writes one."""

    list_display = ("email",)
    shown_last = {"email": 4}


def may_look(view: Masked, request: HttpRequest) -> bool:
    """Whether somebody may see a value."""
    return view.has_unmask_permission(request)

"""Whom privacy.toml means by its roles."""

from django.http import HttpRequest

#: The group of Django's that has each role.
GROUPS = {"privacy_officer": "Privacy officers"}


def has_role(request: HttpRequest, role: str) -> bool:
    """Whether whoever sent a request has a role of the policy's. Only members of the staff are in these groups."""
    user = request.user
    return user.is_authenticated and user.is_staff and user.groups.filter(name=GROUPS.get(role, "")).exists()

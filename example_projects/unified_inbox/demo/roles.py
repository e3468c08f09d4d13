"""The groups of the staff: what each may do with what consentguard keeps."""

from django.contrib.auth.models import Group, Permission

from accounts.models import User

#: Support looks and decides nothing; the privacy officer does both. Only the superuser resets a second factor.
GROUPS = {"Support": ("view",), "Privacy officers": ("view", "export", "approve", "hold")}
MEMBERS = {"support@example.com": "Support", "privacy@example.com": "Privacy officers"}


def assign() -> None:
    """Make the groups, and put the demo log-ins into theirs."""
    for name, roles in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        names = [f"{role}_privacy" for role in roles]
        group.permissions.set(
            Permission.objects.filter(content_type__app_label="consentguard_django", codename__in=names)
        )
    for email, name in MEMBERS.items():
        User.objects.get(email=email).groups.set([Group.objects.get(name=name)])

"""A Django site whose users have second factors in allauth, django-otp and here; prints who. Run as a script."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from consentguard.records import Authenticator, SubjectRef, new_id
from consentguard.testing.keys import keyring

APPS = (
    "django.contrib.auth django.contrib.contenttypes django.contrib.sessions django.contrib.messages allauth "
    "allauth.account allauth.mfa django_otp django_otp.plugins.otp_totp django_otp.plugins.otp_static consentguard "
    "consentguard_django"
)
MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware django.contrib.auth.middleware.AuthenticationMiddleware "
    "allauth.account.middleware.AccountMiddleware"
)
POLICY = """
manifest = 1
controller = { name = "Club", legal_entity = "Club Ltd", country = "ES", contact = "privacy@club.example" }
site = { languages = ["en"], base_url = "https://club.example" }
[subjects.user]
[purposes.play]
[categories.account]
purposes = ["play"]
"""


def set_up(folder: Path, rules: str) -> None:
    """Configure and start the site, with its tables."""
    (folder / "privacy.toml").write_text(POLICY + rules, "utf-8")
    keyring().write(folder / "keyring.json")
    settings.configure(
        SECRET_KEY="tests only",
        INSTALLED_APPS=APPS.split(),
        MIDDLEWARE=MIDDLEWARE.split(),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        CONSENTGUARD={"manifest": folder / "privacy.toml", "keyring": folder / "keyring.json"},
    )
    django.setup()
    call_command("migrate", verbosity=0)


def main(folder: Path, rules: str) -> None:
    """Hire six people, of whom four have a factor, one of them twice; a customer has one too."""
    set_up(folder, rules)
    from allauth.mfa.models import Authenticator as Allauths
    from django.contrib.auth.models import User
    from django_otp.plugins.otp_static.models import StaticDevice
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from consentguard_django import conf

    ada, bea, cal, dan, eve, fay = (
        User.objects.create(username=name, is_staff=True) for name in ("ada", "bea", "cal", "dan", "eve", "fay")
    )
    customer = User.objects.create(username="customer")
    for who in (ada, customer):
        Allauths.objects.create(user=who, type="totp", data={})
    Allauths.objects.create(user=eve, type="recovery_codes", data={})
    for who, confirmed in ((ada, True), (bea, True), (fay, False)):
        TOTPDevice.objects.create(user=who, confirmed=confirmed)
    StaticDevice.objects.create(user=eve)
    guard = conf.guards().at()
    now = guard.clock.now()
    for who in (cal, dan):
        subject = guard.pseudonyms.of(SubjectRef(guard.site.data_map.kind_in("auth_user"), str(who.pk)))
        made = Authenticator(id=new_id(now), subject=subject, state="active", secret=b"sealed", created_at=now)
        guard.stores.authenticators.add(made)
    found = guard.staff_factors()
    assert found
    keys = {each.username: str(each.pk) for each in User.objects.all()}
    keys |= {"no number": "abc", "too large": "9" * 30}
    protected = [name for name, key in keys.items() if guard.has_factor(SubjectRef("user", key))]
    assert not guard.has_factor(SubjectRef("lead", str(ada.pk))), "the key is that of another table's row"
    print(json.dumps({**asdict(found), "protected": sorted(protected)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

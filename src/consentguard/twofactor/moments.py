"""Whether a site with second factors knows since when somebody is signed in, whom its own settings name."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest


def check(manifest: Manifest, *, names: bool, tells: bool) -> Iterator[Finding]:
    """That the site `names` who is signed in by a setting of its own, and nothing `tells` since when they are."""
    if manifest.twofactor is not None and names and not tells:
        message = (
            "the setting subject names who is signed in, and nothing says since when: who has no second factor can "
            "neither set one up nor do what takes a sign-in of the last minutes"
        )
        hint = (
            "give a function of the request in signed_in_at; where subject goes by the framework's own sign-in, it is "
            "consentguard_django.people.since or consentguard_flask.people.since"
        )
        yield Finding(id="P-SIGNED-IN-AT", severity="warning", message=message, hint=hint, where="twofactor")

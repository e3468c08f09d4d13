"""What `check --deploy` says of a site: how it is served and kept; of its staff with a database."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.deployment import IDS, STAFF_FACTOR, Own, weaknesses
from consentguard.errors import ConsentGuardError
from consentguard.findings import Finding
from consentguard.guard import Guard
from consentguard.manifest.lint.acceptance import apply, unused
from consentguard.settings import IN_MEMORY
from consentguard.site import Site


def deployed(site: Site, guard: Guard | None = None) -> tuple[Finding, ...]:
    """Every weakness of the deployment; with the guard of a database that of its staff too. What the policy accepts
    is a note. Raises SettingsError, and with a guard KeyringError or StoreError.
    """
    found = [*weaknesses(site.host.deployment(), _own(site), site.clock.now()), *(_staff(guard) if guard else ())]
    known = IDS if guard else [name for name in IDS if name != STAFF_FACTOR]
    accepted = {name: each for name, each in site.policy.manifest.accept.items() if name in known}
    return (*apply(found, accepted, site.today()), *map(_idle, unused(found, accepted)))


def _idle(name: str) -> Finding:
    """That an acceptance accepts nothing, as lint says it of those of the policy."""
    where, message = f"accept.{name}", "it accepts nothing that is found"
    return Finding(id="L-ACCEPT-UNUSED", severity="warning", message=message, where=where, hint="remove it")


def _own(site: Site) -> Own:
    settings = site.settings
    counts = site.takes_answers() and settings.limits.startswith(IN_MEMORY)
    try:
        key = site.keyring.enabled
    except ConsentGuardError:  # which other findings report
        return Own(base_url=site.base_url, counts_in_memory=counts)
    until = settings.key_period.after(key.created)
    return Own(base_url=site.base_url, counts_in_memory=counts, key=str(key.id), key_made=key.created, key_until=until)


def _staff(guard: Guard) -> Iterator[Finding]:
    """How many members of the staff have no second factor; no name is read, given or printed."""
    staff = guard.staff_factors()
    if staff is None:
        message, hint = "it is not known who of the staff has a second factor", "look at it yourself"
        yield Finding(id=STAFF_FACTOR, severity="note", message=message, hint=hint)
        return
    without = staff.staff - staff.enrolled
    if without:
        message = f"{without} of {staff.staff} members of the staff have no second factor"
        hint = "let each set one up; `required_for` in [twofactor] says who must"
        yield Finding(id=STAFF_FACTOR, severity="warning", message=message, hint=hint, where="twofactor")

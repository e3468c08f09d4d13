"""The category names that ready-made tags use, and which of a policy's own categories each of them means.

A companion's tag names one of five categories. A policy that has a category of that name, or of one of the other
names below, needs no more. Where the policy has none of them, but exactly one category of the same unmistakable
`kind`, that one is meant. Else the companion's columns are reported as unclassified, with the `register()` call that
maps them to a category of the policy's own.

`account`: who somebody is to the site: user name, names, addresses. `credential`: what they prove it with.
`session`: a browser's stay. `activity_log`: who did what, when and from where. `privacy_record`: what shows that the
policy is kept, in consentguard's own tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consentguard.datamap.tags import Path, Tag
from consentguard.manifest.schema import Manifest

SUBJECT = "user"
"""The subject of ready-made tags and of a first policy, where the site's developer has named no other."""


@dataclass(frozen=True, slots=True)
class Convention:
    """What a policy may call a category instead, in order, and the kind that gives it away."""

    names: tuple[str, ...]
    kind: str = ""


CONVENTIONS: Mapping[str, Convention] = {
    "account": Convention(("accounts", "account_data", "profile", "contact"), "contact"),
    "credential": Convention(("credentials",), "credential"),
    "session": Convention(("sessions", "login_sessions")),
    "activity_log": Convention(("activity_logs", "activity", "audit_log", "audit_logs", "security_logs")),
    "privacy_record": Convention(("privacy_records", "evidence", "requests"), "evidence"),
}


def category_for(name: str | None, manifest: Manifest) -> str | None:
    """The policy's category that the companions' category `name` means; None where it has none."""
    if name is None or name in manifest.categories:
        return name
    convention = CONVENTIONS.get(name, Convention(()))
    named = [other for other in convention.names if other in manifest.categories]
    of_kind = [other for other, category in manifest.categories.items() if category.kind == convention.kind]
    return named[0] if named else of_kind[0] if len(of_kind) == 1 else None


def proposed(row: Mapping[str, Any], subjects: Mapping[str, Path]) -> Tag:
    """The ready-made tag that a row of an adapter's `companions.toml` describes, about these subjects."""
    return Tag(
        category=row.get("category"),
        columns=row.get("columns", {}),
        not_personal=row.get("not_personal", {}),
        subjects=subjects,
        anchors=row.get("anchors", {}),
        on_erase=dict.fromkeys(subjects, row["on_erase"]) if "on_erase" in row else {},
        reason=row.get("reason", ""),
        proposed=True,
    )

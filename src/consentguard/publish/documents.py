"""The documents that a policy is published as: the policy itself, the cookie table, the deletion page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from consentguard.manifest.schema import Manifest
from consentguard.publish.document import Control, Document, Section
from consentguard.publish.edition import Edition
from consentguard.publish.sections import closing, cookies, data, deletion, retention, rights, security, sharing, who
from consentguard.publish.words import N_, words

if TYPE_CHECKING:
    from consentguard.datamap.map import DataMap

Kind = Literal["policy", "cookies", "deletion"]
Builder = Callable[[Edition], Section | None]

_TITLES: Mapping[Kind, str] = {
    "policy": N_("Privacy policy"),
    "cookies": N_("Cookies"),
    "deletion": N_("Delete your data"),
}
_SECTIONS: Mapping[Kind, tuple[Builder, ...]] = {
    "policy": (
        who.about,
        who.who,
        data.data,
        data.purposes,
        sharing.recipients,
        sharing.transfers,
        retention.retention,
        rights.rights,
        security.security,
        security.incidents,
        closing.children,
        cookies.cookies,
        closing.responsibilities,
        closing.changes,
        who.reach,
    ),
    "cookies": (cookies.cookie_table,),
    "deletion": (deletion.how, deletion.events, deletion.kept, deletion.unasked, deletion.reach),
}


def kinds(manifest: Manifest) -> tuple[Kind, ...]:
    """The documents that a manifest gives rise to.

    No cookie page without `[cookies]`, no deletion page without a right to erasure.
    """
    has: Mapping[Kind, bool] = {
        "policy": True,
        "cookies": bool(manifest.cookies),
        "deletion": "erasure" in (manifest.rights or {}),
    }
    return tuple(kind for kind, there in has.items() if there)


def build(
    kind: Kind,
    manifest: Manifest,
    data_map: DataMap | None,
    language: str,
    jurisdiction: str | None = None,
    *,
    today: dt.date | None = None,
    controls: Mapping[str, Control] | None = None,
) -> Document:
    """Write one document in `language` (BCP 47), for the people of `jurisdiction` or for everyone.

    `today` decides which attestations have lapsed; `controls` binds key paths to what enforces them.
    """
    edition = Edition(
        manifest=manifest,
        words=words(language),
        data_map=data_map,
        jurisdiction=jurisdiction,
        today=today or dt.date.today(),  # noqa: DTZ011 - dates of attestations have no time zone
        controls=controls or {},
    )
    sections = tuple(filter(None, (write(edition) for write in _SECTIONS[kind])))
    return Document(id=kind, language=language, title=edition.words.say(_TITLES[kind]), sections=sections)


def policy_document(
    manifest: Manifest, data_map: DataMap | None, language: str, jurisdiction: str | None = None
) -> Document:
    """The privacy policy (Art. 13 and 14 GDPR)."""
    return build("policy", manifest, data_map, language, jurisdiction)


def cookie_document(
    manifest: Manifest, data_map: DataMap | None, language: str, jurisdiction: str | None = None
) -> Document:
    """The table of cookies."""
    return build("cookies", manifest, data_map, language, jurisdiction)


def deletion_document(
    manifest: Manifest, data_map: DataMap | None, language: str, jurisdiction: str | None = None
) -> Document:
    """How to have data deleted (Art. 17 GDPR)."""
    return build("deletion", manifest, data_map, language, jurisdiction)

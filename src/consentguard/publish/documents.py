"""The documents that a policy is published as: the policy itself, the cookie table, the deletion page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from consentguard.manifest.schema import Manifest
from consentguard.publish.document import Control, Document, Section
from consentguard.publish.edition import Edition
from consentguard.publish.kinds import Kind, kinds
from consentguard.publish.sections import closing, cookies, data, deletion, retention, rights, security, sharing, who
from consentguard.words import N_, words

if TYPE_CHECKING:
    from consentguard.datamap.map import DataMap

__all__ = ["Kind", "build", "kinds"]

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
    "deletion": (deletion.how, deletion.concerned, deletion.events, deletion.kept, deletion.unasked, deletion.reach),
}


def build(
    kind: Kind,
    manifest: Manifest,
    data_map: DataMap | None,
    language: str,
    jurisdiction: str | None = None,
    *,
    today: dt.date,
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
        today=today,
        controls=controls or {},
    )
    sections = tuple(filter(None, (write(edition) for write in _SECTIONS[kind])))
    return Document(id=kind, language=language, title=edition.words.say(_TITLES[kind]), sections=sections)

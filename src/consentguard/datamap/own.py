"""Ready-made tags for consentguard's own tables, by the name of the table: proof that a policy is kept is data too.

Their rows refer to people by keyed pseudonyms, which are personal data (recital 26 GDPR), and by nothing that leads to
a row of the site's: so no path to a data subject, and no part in the plan of an erasure. They go by retention alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from consentguard.datamap.bindings import finding
from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest, Retention

RECORD = "privacy_record"
CREDENTIAL = "credential"
KINDS = {RECORD: "evidence", CREDENTIAL: "credential"}
"""The kind of data that a category of that name is of."""
EVIDENCE = ("consentguard_evidence_entry", "consentguard_evidence_seal", "consentguard_evidence_checkpoint")

REQUESTS = tuple(
    f"consentguard_{name}" for name in ("rights_request", "token", "run", "hold", "mark", "errand", "bookmark")
)
SECOND_FACTOR = tuple(
    f"consentguard_{name}" for name in ("authenticator", "recovery_code", "factor_session", "factor_epoch")
)
ARCHIVE = ("consentguard_archived_row", "consentguard_archived_subject")


def _tag(category: str, **moments: str) -> Tag:
    return Tag(category=category, anchors=moments, proposed=True)


TAGS: Mapping[str, Tag] = {
    **dict.fromkeys(EVIDENCE, _tag(RECORD, recorded="at", created="at")),
    "consentguard_suppression": _tag(RECORD, recorded="at", created="at"),
    "consentguard_rights_request": _tag(
        RECORD, recorded="received_at", created="received_at", received="received_at", closed="closed_at"
    ),
    # what goes on has no such day: a run, a hold, a mark or an event stays until it has ended
    "consentguard_run": _tag(RECORD, recorded="ended_at", created="started_at", ended="ended_at"),
    "consentguard_hold": _tag(RECORD, recorded="released_at", created="placed_at", released="released_at"),
    "consentguard_mark": _tag(RECORD, recorded="lifted_at", created="at", lifted="lifted_at"),
    "consentguard_errand": _tag(RECORD, recorded="done_at", created="made_at", done="done_at"),
    "consentguard_happening": _tag(RECORD, recorded="done_at", created="at", done="done_at"),
    # its rows say themselves until when they are kept, and what finds them goes with them
    "consentguard_archived_row": _tag(RECORD, recorded="until", created="archived_at", archived="archived_at"),
    "consentguard_archived_subject": Tag(reason="whom an archived row is about, and gone with it", proposed=True),
    "consentguard_bookmark": Tag(reason="how far works are, and which rules were accepted", proposed=True),
    "consentguard_token": _tag(RECORD, recorded="expires_at", created="expires_at", expired="expires_at"),
    "consentguard_age_claim": _tag(RECORD, recorded="at", created="at"),
    "consentguard_minor_report": _tag(
        RECORD, recorded="closed_at", created="received_at", received="received_at", closed="closed_at"
    ),
    "consentguard_guardian_consent": _tag(
        RECORD, recorded="closed_at", created="asked_at", received="asked_at", closed="closed_at"
    ),
    "consentguard_authenticator": _tag(CREDENTIAL, recorded="created_at", created="created_at"),
    "consentguard_passkey": _tag(CREDENTIAL, recorded="created_at", created="created_at"),
    "consentguard_recovery_code": _tag(CREDENTIAL, used="used_at"),
    "consentguard_factor_session": _tag(CREDENTIAL, recorded="expires_at", created="verified_at"),
    "consentguard_factor_epoch": Tag(reason="which sessions of a second factor count", proposed=True),
    # a key in use has no such day, and so stays for as long as what it seals: retention takes tombstones alone
    "consentguard_data_key": _tag(RECORD, recorded="destroyed_on", created="destroyed_on"),
    "consentguard_column_job": Tag(reason="how far a work on a whole column is", proposed=True),
}


def own_tags(tables: Iterable[Table]) -> dict[str, Tag]:
    """The tags of those of these tables that are ours, by label."""
    named = {table.label: _name(table) for table in tables}
    return {label: TAGS[name] for label, name in named.items() if name in TAGS}


def own_tables(data_map: DataMap) -> Iterator[Finding]:
    """What the policy does not say of our tables that its features write to: a category, and how long it is kept."""
    by_name = {_name(table): table for table in data_map.schema.values()}
    open_: dict[tuple[str, str | None], list[Table]] = {}
    personal = (name for name in in_use(data_map.manifest) if TAGS[name].category)
    for table in (by_name[name] for name in personal if name in by_name):
        category = data_map.tags[table.label].category if table.label in data_map.tags else None
        if not _is_settled(data_map, table, category):
            open_.setdefault((TAGS[_name(table)].category or "", category), []).append(table)
    for (wanted, category), tables in open_.items():
        names = ", ".join(map(_name, tables))
        rule = 'retention = { from = "recorded", at_most = "<period>" }'
        if category is None:
            message = f"consentguard's own tables hold personal data, and the policy has no category for {names}"
            hint = f'add [categories.{wanted}] to the policy, with kind = "{KINDS[wanted]}" and {rule}'
        else:
            message = f'no most time to keep "{category}" is given, so consentguard\'s own tables grow: {names}'
            hint = f"add to [categories.{category}]: {rule}"
        yield finding("D-OWN-TABLE", tables[0], message, hint=hint, severity="warning")


def _is_settled(data_map: DataMap, table: Table, category: str | None) -> bool:
    """Whether the table has a category whose retention ends, or the host has said that it needs none."""
    if category is None:
        return table.label in data_map.tags and table.label not in data_map.proposed
    retention = data_map.manifest.categories[category].retention
    return isinstance(retention, Retention) and _ends(retention)


def _ends(rule: Retention) -> bool:
    given = rule.at_most not in (None, "unstated")
    return bool(given or rule.at_most_by_plan or rule.at_most_by_jurisdiction or rule.while_active or rule.fallback)


def in_use(manifest: Manifest) -> Iterator[str]:
    """The names of our tables that the features which a policy has on write to; the others stay empty."""
    sections = (manifest.cookies, manifest.rights, manifest.age, manifest.twofactor)
    mails = any(purpose.marketing or purpose.ask == "form" for purpose in manifest.purposes.values())
    if mails or any(section is not None for section in sections):
        yield from EVIDENCE
    if mails:
        yield "consentguard_suppression"
    if manifest.rights is not None or manifest.age is not None:
        yield from REQUESTS
    rules = [each.retention for each in manifest.categories.values() if isinstance(each.retention, Retention)]
    if any(rule.ends_on for rule in rules):
        yield "consentguard_happening"
    if any(rule.then == "archive" or rule.archive for rule in rules):
        yield from ARCHIVE
    if manifest.age is not None:
        yield from ("consentguard_age_claim", "consentguard_minor_report")
    if manifest.age is not None and manifest.age.guardian is not None:
        yield "consentguard_guardian_consent"
    if manifest.twofactor is not None:
        yield from SECOND_FACTOR
        if "webauthn" in manifest.twofactor.methods:
            yield "consentguard_passkey"


def _name(table: Table) -> str:
    """The table's name without the database's schema that it may stand in."""
    return table.db_table.rpartition(".")[2]

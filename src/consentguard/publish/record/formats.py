"""The record of processing as a table for a regulator (CSV) and as a text for people (Markdown)."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from consentguard.publish.edition import listed
from consentguard.publish.markdown import escaped
from consentguard.publish.record.rows import Activity, Gap
from consentguard.words import N_, Words

_COLUMNS = {
    "role": N_("Role"),
    "on_behalf_of": N_("On behalf of"),
    "joint_controllers": N_("Joint controllers"),
    "purpose": N_("Purpose of processing"),
    "processing": N_("Categories of processing"),
    "subjects": N_("Categories of individuals"),
    "data": N_("Categories of personal data"),
    "recipients": N_("Categories of recipients"),
    "agreements": N_("Contracts with processors"),
    "countries": N_("Third countries that data is transferred to"),
    "safeguards": N_("Safeguards for the transfers"),
    "retention": N_("Retention schedule"),
    "security": N_("Technical and organisational security measures"),
    "legal_basis": N_("Lawful basis (Article 6)"),
    "special_condition": N_("Condition for special categories (Article 9)"),
    "balancing": N_("Legitimate interests assessment"),
    "rights": N_("Rights available to individuals"),
    "automated_decisions": N_("Automated decision-making"),
    "sources": N_("Source of the personal data"),
    "location": N_("Location of the personal data"),
}
"""The columns of the ICO's templates for controllers and processors, in one table: field -> heading."""

_ROLES = {"controller": N_("Controller (Article 30(1))"), "processor": N_("Processor (Article 30(2))")}
_PARTICULARS = {
    "name": N_("Name"),
    "legal_entity": N_("Legal entity"),
    "address": N_("Address"),
    "contact": N_("Contact"),
    "phone": N_("Phone"),
    "country": N_("Country"),
    "data_protection_officer": N_("Data protection officer"),
    "privacy_laws": N_("Privacy laws that apply"),
}
_REPRESENTATIVE = "representative_"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(controller: Mapping[str, str], activities: Sequence[Activity], spoken: Words) -> str:
    """A row per activity; RFC 4180. Each names who keeps the record, so that a row stands by itself.

    A cell that a spreadsheet would run as a formula begins with an apostrophe.
    """
    file = io.StringIO()
    table = csv.writer(file)
    keeper = "; ".join(f"{_particular(key, spoken)}: {value}" for key, value in controller.items())
    table.writerow([spoken.say("Record kept by"), *(spoken.say(heading) for heading in _COLUMNS.values())])
    for activity in activities:
        cells = [keeper, *(_cell(spoken, activity, field) for field in _COLUMNS)]
        table.writerow(map(_harmless, cells))
    return file.getvalue()


def markdown_of(
    controller: Mapping[str, str],
    activities: Sequence[Activity],
    missing: Sequence[Gap],
    picture: str,
    spoken: Words,
) -> str:
    """A heading and a list per activity, then what is missing, then the data map's picture."""
    lines = [f"# {spoken.say('Record of processing activities')}", *_particulars(controller, spoken)]
    for role, title in _ROLES.items():
        rows = [activity for activity in activities if activity.role == role]
        if rows:
            lines += [f"## {spoken.say(title)}", *(line for row in rows for line in _activity(row, spoken))]
    lines += _missing(missing, spoken)
    if picture:
        lines += [f"## {spoken.say('Data map')}", f"```mermaid\n{picture.rstrip()}\n```"]
    return "\n\n".join(lines) + "\n"


def _cell(spoken: Words, activity: Activity, field: str) -> str:
    value = getattr(activity, field)
    if field == "role":
        return spoken.say(_ROLES[value])
    return listed(value) if isinstance(value, tuple) else value


def _harmless(cell: str) -> str:
    """Full-width signs count too: spreadsheets of some languages read them as the plain ones."""
    return f"'{cell}" if unicodedata.normalize("NFKC", cell).lstrip(" ").startswith(_FORMULA) else cell


def _particulars(controller: Mapping[str, str], spoken: Words) -> Iterator[str]:
    if controller:
        yield "\n".join(f"- {escaped(_particular(key, spoken))}: {escaped(value)}" for key, value in controller.items())


def _particular(key: str, spoken: Words) -> str:
    if key in _PARTICULARS:
        return spoken.say(_PARTICULARS[key])
    return spoken.say("Representative in {place}", place=spoken.place(key.removeprefix(_REPRESENTATIVE)))


def _activity(activity: Activity, spoken: Words) -> Iterator[str]:
    title = activity.purpose or activity.processing or "–"
    yield f"### {escaped(f'{title}: {listed(activity.data or activity.subjects)}')}"
    cells = {field: _cell(spoken, activity, field) for field in _COLUMNS if field != "role"}
    filled = {field: cell for field, cell in cells.items() if cell}
    yield "\n".join(f"- {escaped(spoken.say(_COLUMNS[field]))}: {escaped(cell)}" for field, cell in filled.items())


def _missing(missing: Sequence[Gap], spoken: Words) -> Iterator[str]:
    if missing:
        yield f"## {spoken.say('What is missing')}"
        yield "\n".join(
            f"- {escaped(gap.what)} (`{gap.where}`, {spoken.say('Art. {article} GDPR', article=gap.article)})"
            for gap in missing
        )

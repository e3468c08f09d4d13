"""What a record of processing must hold and the manifest does not state."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.law import regime
from consentguard.manifest.schema import Category, Retention
from consentguard.publish.edition import Edition
from consentguard.publish.record.activities import CONTROLLER_ROLES, subjects
from consentguard.publish.record.rows import Gap
from consentguard.publish.sections.data import uses


def gaps(e: Edition) -> Iterator[Gap]:
    """Every mandatory item that is missing, in the order of Art. 30 GDPR."""
    yield from _controller(e)
    for name, entry in e.manifest.categories.items():
        yield from _category(e, name, entry)
    yield from _transfers(e)
    if not e.manifest.measures:
        yield _gap("measures", e.words.say("security measures"), "measures")
    yield from _processing(e)


def _controller(e: Edition) -> Iterator[Gap]:
    someone = e.manifest.controller
    if someone is None:
        yield _gap("controller", e.words.say("name and contact of the controller"), "controller")
    elif someone.contact in ("", "unstated"):
        yield _gap("controller.contact", e.words.say("contact of the controller"), "controller")


def _category(e: Edition, name: str, entry: Category) -> Iterator[Gap]:
    where, people = f"categories.{name}", subjects(e, name, entry)
    known = e.manifest.subjects
    if people and not any(known[one].role in CONTROLLER_ROLES for one in people if one in known):
        return
    if not uses(entry):
        yield _gap(f"{where}.purposes", e.words.say("purposes"), "purposes")
    if not people:
        yield _gap(f"{where}.subjects", e.words.say("whose data it is"), "subjects")
    if not _timed(entry.retention):
        yield _gap(f"{where}.retention", e.words.say("time limit for erasure"), "retention")


def _timed(rule: Retention | str) -> bool:
    if isinstance(rule, str):
        return False
    periods = (rule.at_most, rule.at_least)
    stated = any(period not in (None, "unstated") for period in periods)
    tables = rule.at_most_by_plan or rule.at_most_by_jurisdiction or rule.at_least_by_jurisdiction
    return stated or bool(tables) or rule.while_active or bool(rule.open_ended)


def _transfers(e: Edition) -> Iterator[Gap]:
    for place, transfer in enumerate(e.manifest.transfers):
        where = f"transfers[{place}]"
        if transfer.to == "unstated":
            yield _gap(f"{where}.to", e.words.say("country of the transfer"), "transfers")
        if transfer.kind == "onward" and not transfer.safeguards:
            yield _gap(f"{where}.safeguards", e.words.say("safeguards of the transfer"), "transfers")


def _processing(e: Edition) -> Iterator[Gap]:
    for name, subject in e.manifest.subjects.items():
        where = f"subjects.{name}"
        if subject.role == "processor" and not subject.controller:
            yield _gap(f"{where}.controller", e.words.say("on whose behalf"), "on_behalf_of")
        if subject.role == "processor" and not e.text(subject.processing):
            yield _gap(f"{where}.processing", e.words.say("kinds of processing"), "processing")


def _gap(where: str, what: str, item: str) -> Gap:
    return Gap(where=where, what=what, article=regime("gdpr").record[item])

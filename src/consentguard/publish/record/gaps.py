"""What a record of processing must hold and the manifest does not state."""

from __future__ import annotations

from collections.abc import Iterator

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
        yield Gap(where="measures", what=e.words.say("security measures"), article="30(1)(g)")
    yield from _processing(e)


def _controller(e: Edition) -> Iterator[Gap]:
    someone = e.manifest.controller
    if someone is None:
        yield Gap(where="controller", what=e.words.say("name and contact of the controller"), article="30(1)(a)")
    elif someone.contact in ("", "unstated"):
        yield Gap(where="controller.contact", what=e.words.say("contact of the controller"), article="30(1)(a)")


def _category(e: Edition, name: str, entry: Category) -> Iterator[Gap]:
    where, people = f"categories.{name}", subjects(e, name, entry)
    known = e.manifest.subjects
    if people and not any(known[one].role in CONTROLLER_ROLES for one in people if one in known):
        return
    if not uses(entry):
        yield Gap(where=f"{where}.purposes", what=e.words.say("purposes"), article="30(1)(b)")
    if not people:
        yield Gap(where=f"{where}.subjects", what=e.words.say("whose data it is"), article="30(1)(c)")
    if not _timed(entry.retention):
        yield Gap(where=f"{where}.retention", what=e.words.say("time limit for erasure"), article="30(1)(f)")


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
            yield Gap(where=f"{where}.to", what=e.words.say("country of the transfer"), article="30(1)(e)")
        if transfer.kind == "onward" and not transfer.safeguards:
            yield Gap(where=f"{where}.safeguards", what=e.words.say("safeguards of the transfer"), article="30(1)(e)")


def _processing(e: Edition) -> Iterator[Gap]:
    for name, subject in e.manifest.subjects.items():
        where = f"subjects.{name}"
        if subject.role == "processor" and not subject.controller:
            yield Gap(where=f"{where}.controller", what=e.words.say("on whose behalf"), article="30(2)(a)")
        if subject.role == "processor" and not e.text(subject.processing):
            yield Gap(where=f"{where}.processing", what=e.words.say("kinds of processing"), article="30(2)(b)")

"""Retention: how long rows are kept by the policy, why, and what becomes of them when their time is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from consentguard import jobs
from consentguard.datamap.map import DataMap
from consentguard.periods import parse_period
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.execution import Execution
from consentguard.ports import Clock, Stores, Witness
from consentguard.records import Bookmark, Happening, Run
from consentguard.retention.acceptance import Accepted, digest, sooner
from consentguard.retention.events import Events, Late
from consentguard.retention.explaining import Kept, explained
from consentguard.retention.outlook import Due, Looking, Outlook, RetentionError, Skipped
from consentguard.retention.preview import Impact, Overview, Preview, facts, impacts, overviews
from consentguard.retention.running import Progress, Purged, Ran, Running, silent
from consentguard.retention.wording import Wording
from consentguard.words import Words

__all__ = [
    "Due", "Impact", "Kept", "Late", "Outlook", "Overview", "Preview", "Purged", "Ran", "Retention", "RetentionError",
    "Skipped", "Status",
]  # fmt: skip

RULES = "retention.rules"
"""The bookmark of the rules that were accepted."""
FEWEST_DIGITS = 12
"""How much of a digest names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Whether what should run does: when it last ran, when it should have again, and what is late."""

    tables: tuple[Overview, ...]
    last_run: dt.datetime | None
    missed: bool
    accepted: bool
    late: tuple[Late, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the rows of one database are kept, and their end.

    `terms` are our own words for moments that policies commonly name without defining them.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    execution: Execution
    clock: Clock
    terms: Mapping[str, str]

    def due(self, category: str | None = None) -> Outlook:
        """What is due now: of every table, or of those that hold a category. Nothing is changed.

        Raises RetentionError for a category that the policy does not have, and PlanError.
        """
        return self._looking().outlook(category)

    def run(self, outlook: Outlook, *, progress: Progress = silent) -> Ran:
        """Durable. Do what is due, in batches: first what events ended, then what a run that was cut short left.

        Raises RetentionError where the rules were never accepted, or take a row sooner than the accepted ones; what
        events ended is done by then. What the database refuses is counted as `failed`, keeps nothing else from going,
        and is tried again with the next run.
        """
        running = self._running()
        self.stores.transactions.outside()
        gone = running.purged(progress)
        since = self._approved()
        ran = running.ran(outlook, since, progress)
        return replace(ran, events=gone.done, failed=ran.failed + gone.failed)

    def begin(self, outlook: Outlook) -> tuple[Run, ...]:
        """Durable. As `run`, but the runs are only kept, for `plan.shares.Shares` to part among several workers.

        They are given in the order in which they are to be carried out, and `finish` follows. Raises what `run` raises.
        """
        self.stores.transactions.outside()
        return tuple(self._running().begun(outlook, self._approved()))

    def finish(self) -> int:
        """Durable. What follows once the runs of `begin` have ended: how many archived rows reached their end."""
        self.stores.transactions.outside()
        return self._running().ended(whole=True)

    def purge(self, *, progress: Progress = silent) -> Purged:
        """Durable. Do what events ended: for a schedule of every few minutes. One that fails keeps no other waiting."""
        self.stores.transactions.outside()
        return self._running().purged(progress)

    def happened(self, event: str, scope: str = "", key: str = "") -> Happening:
        """Joined. Keep that an event happened, such as `channel.disconnected` to the `channel` with this primary key.

        What ends with it goes with the next run, and by `due_at` at the latest. Raises RetentionError for an event that
        no rule ends on, or for a scope that no row leads to.
        """
        return self._events().happened(event, scope, key, self.clock.now())

    def overdue(self) -> tuple[Late, ...]:
        """The events whose data should be gone by now, and is not."""
        now, exceptions = self.clock.now(), self._exceptions()
        found = [each for each in self.stores.happenings.open() if each.due_at <= now]
        return tuple(self._events().late(each, exceptions) for each in found)

    def explain(self, label: str, key: str) -> Kept:
        """Until when one row is kept, and why. Raises RetentionError where there is no such row or table."""
        found = self.explain_rows(label, (key,))
        if key not in found:
            raise RetentionError(f"there is no row of {label} with this key", hint="look the key up in the table")
        return found[key]

    def explain_rows(self, label: str, keys: Sequence[str]) -> Mapping[str, Kept]:
        """Until when rows of a table are kept, and why, by their primary keys: in a few queries, however many rows.

        A row that is not there is left out. Raises RetentionError for a table that holds no personal data.
        """
        looking = self._looking()
        fate = next((each for each in looking.fates if each.label == label), None)
        if fate is None:
            hint = f"those that do are {', '.join(each.label for each in looking.fates)}"
            raise RetentionError(f"{label} is no table that holds a category of the policy", hint=hint)
        return explained(looking, fate, keys)

    def sentence(self, kept: Kept, words: Words) -> str:
        """Until when a row is kept, and why, in a language."""
        return self._wording(words).kept(kept, self.clock.now())

    def preview(self, words: Words) -> Preview:
        """What the rules as they are come to, beside those that were accepted. Nothing is changed."""
        looking = self._looking()
        rules, accepted = facts(looking), self._accepted()
        known = accepted.rules if accepted else ()
        found = impacts(looking, looking.outlook(), known, self._wording(words), self.stores.dataset)
        return Preview(digest=digest(rules), accepted=not sooner(rules, known), impacts=tuple(found))

    def accept(self, given: str, by: str) -> str:
        """Joined. Let schedules go by the rules as they are; `given` is their digest, or how it begins. The digest.

        Raises RetentionError where they are others by now, or somebody else accepts rules at this moment.
        """
        rules = facts(self._looking())
        whole = digest(rules)
        if len(given) < FEWEST_DIGITS or not whole.startswith(given.lower()):
            hint = "look at `consentguard retention preview` again, and accept the digest that it shows"
            raise RetentionError("this is not the digest of the rules as they are", hint=hint)
        if not by.strip():
            raise RetentionError("nobody's name is given", hint="say who accepts the rules, such as --by dpo")
        self._keep(Accepted(whole, by.strip(), rules))
        return whole

    def overview(self, words: Words, every: str = "P1D") -> tuple[Overview, ...]:
        """Every table that holds personal data, for an admin: its rules, what is due and held, and when it runs."""
        looking = self._looking()
        now = self.clock.now()
        rhythm = parse_period(every).after(now) - now
        outlook, wording = looking.outlook(), self._wording(words)
        return tuple(overviews(looking, outlook, wording, self.stores.dataset, self.last_run(), rhythm))

    def status(self, words: Words, every: str = "P1D") -> Status:
        """What is due, and whether the schedule that should run `every` so often (ISO 8601) does."""
        last, now = self.last_run(), self.clock.now()
        rhythm = parse_period(every).after(now) - now
        rules, accepted = facts(self._looking()), self._accepted()
        return Status(
            tables=self.overview(words, every),
            last_run=last,
            missed=any(not rule.event for rule in rules) and (last is None or now - last > jobs.MISSED_AFTER * rhythm),
            accepted=not sooner(rules, accepted.rules if accepted else ()),
            late=self.overdue(),
        )

    def last_run(self) -> dt.datetime | None:
        """When a whole run last ended."""
        return jobs.last_run(self.stores, "retention")

    def _approved(self) -> dt.datetime | None:
        """Since when the rules are those that a schedule may go by; rules that keep longer follow by themselves.

        Raises RetentionError where somebody has to accept them first.
        """
        looking = self._looking()
        rules, accepted = facts(looking), self._accepted()
        whole = digest(rules)
        if accepted is None or accepted.digest != whole:
            earlier = sooner(rules, accepted.rules if accepted else ())
            if earlier:
                raise _unaccepted(looking, tuple(dict.fromkeys(rule.table for rule in earlier)), whole)
            if rules or accepted:
                self._keep(Accepted(whole, "", rules))
        bookmark = self.stores.bookmarks.find(RULES)
        return bookmark.at if bookmark else None

    def _keep(self, accepted: Accepted) -> None:
        was = self.stores.bookmarks.find(RULES)
        value = msgspec.json.encode(accepted).decode()
        with self.stores.transactions.atomic():
            if not self.stores.bookmarks.put(Bookmark(name=RULES, value=value, at=self.clock.now()), was):
                raise RetentionError("somebody else accepts rules at this moment", hint="look again what was accepted")
            self.witness.record("retention.accepted", digest=accepted.digest, follows=not accepted.by)

    def _accepted(self) -> Accepted | None:
        bookmark = self.stores.bookmarks.find(RULES)
        return msgspec.json.decode(bookmark.value, type=Accepted) if bookmark else None

    def _looking(self) -> Looking:
        return Looking(data_map=self.data_map, stores=self.stores, now=self.clock.now())

    def _exceptions(self) -> Exceptions:
        return self._looking().exceptions

    def _events(self) -> Events:
        return Events(data_map=self.data_map, stores=self.stores, witness=self.witness)

    def _running(self) -> Running:
        return Running(
            data_map=self.data_map,
            stores=self.stores,
            witness=self.witness,
            execution=self.execution,
            events=self._events(),
            clock=self.clock,
        )

    def _wording(self, words: Words) -> Wording:
        return Wording(words, self.data_map.manifest, self.terms)


def _unaccepted(looking: Looking, labels: Sequence[str], whole: str) -> RetentionError:
    outlook = looking.outlook()
    rows = sum(due.rows for due in outlook.due if due.label in labels)
    message = f"nobody has accepted the rules for {', '.join(labels)}: they take rows that none before took, {rows} now"
    begins = whole[:FEWEST_DIGITS]
    hint = f"look at `consentguard retention preview`, then `consentguard retention accept {begins} --by NAME`"
    return RetentionError(message, hint=hint)

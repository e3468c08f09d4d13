"""Who has an address, and erasing them: the plan carried out, and their second factors and keys gone with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.plan.erasure import erasure
from consentguard.plan.steps import Found, Plan
from consentguard.ports import Pseudonyms, Shredder, Stores
from consentguard.records import SubjectRef
from consentguard.rights.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Finds and erases data subjects in one database."""

    data_map: DataMap
    stores: Stores
    pseudonyms: Pseudonyms
    shredder: Shredder

    def people(self, address: str) -> tuple[Found, ...]:
        """Everybody whose mail goes to this address, by kind. Whom we serve for somebody else is theirs to answer."""
        subjects = self.data_map.manifest.subjects
        asked = {
            subject: (label, self.stores.dataset.match(label, column, address))
            for subject, (label, column) in self.data_map.addresses.items()
            if subjects[subject].role != "processor"
        }
        return tuple(
            Found(subject=subject, root=label, keys=tuple(keys)) for subject, (label, keys) in asked.items() if keys
        )

    def plan(self, people: Sequence[Found]) -> Plan:
        """What would be done. Raises PlanError where the tags ask for what the tables do not allow."""
        return erasure(self.data_map, people, self.stores.dataset.count)

    def erase(self, people: Sequence[Found]) -> Outcome:
        """Joined. Do it, and say what was done. Raises PlanError, and StoreError where the database refuses."""
        plan, dataset, done = self.plan(people), self.stores.dataset, []
        for step in plan.acts:
            if step.action == "delete":
                done.append((step, dataset.delete(step.selection)))
            else:
                done.append((step, dataset.clear(step.selection, step.columns)))
        for found in people:
            for key in found.keys:
                subject = SubjectRef(found.subject, key)
                pseudonym = self.pseudonyms.of(subject)
                self.stores.authenticators.remove(pseudonym)
                self.stores.recovery_codes.replace(pseudonym, ())
                self.shredder.after_erasure(subject)
        return Outcome.of(number(people), plan, done)


def number(people: Sequence[Found]) -> int:
    """How many they are."""
    return sum(len(found.keys) for found in people)

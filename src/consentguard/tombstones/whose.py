"""Decides whether a row of a restored database is that of somebody who was erased. Never by its primary key alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from consentguard.records import Tombstone
from consentguard.tombstones.known import Home, Person

Verdict = Literal["theirs", "not", "unclear"]


class Graves:
    """The erasures of a ledger, by what they are found by."""

    def __init__(self, tombstones: Iterable[Tombstone]) -> None:
        self._by_subject: dict[str, list[Tombstone]] = defaultdict(list)
        self._by_identity: dict[str, list[Tombstone]] = defaultdict(list)
        self.number = 0
        for each in tombstones:
            self.number += 1
            self._by_subject[each.subject].append(each)
            for identity in each.identities:
                self._by_identity[identity].append(each)

    def verdict(self, home: Home, person: Person) -> Verdict:
        """Whether the row was erased; `unclear` where its key says so, and nothing else does or speaks against it.

        A row that came later than an erasure is never what was erased, whatever its key and its addresses are: somebody
        may come back, and a database may give a key twice.
        """
        verdicts = {_by_key(home, person, grave) for grave in self._by_subject.get(person.pseudonym, ())}
        verdicts |= {_by_identity(home, person, grave) for grave in self._of_addresses(person)}
        return next((each for each in ("theirs", "unclear") if each in verdicts), "not")

    def _of_addresses(self, person: Person) -> Iterable[Tombstone]:
        return (grave for address in person.addresses for grave in self._by_identity.get(address, ()))


def _by_key(home: Home, person: Person, grave: Tombstone) -> Verdict:
    """For a grave of the row's key: one of its identities has to be there too.

    Where a birth is but a day, it does not say whether the row came before the erasure of that day. The key and the
    day are those of the row that was erased then: it is the same one if its address is, too.
    """
    if person.birth and person.birth in grave.identities:
        same = person.addresses & set(grave.identities) or not home.addresses
        return "theirs" if same or (person.created and person.created < grave.epoch) else "unclear"
    if person.created and person.created >= grave.epoch:
        return "not"
    if person.identities & set(grave.identities):
        return "theirs"
    nothing_else = not (home.addresses or grave.identities)
    return "theirs" if nothing_else and person.created else "unclear"


def _by_identity(home: Home, person: Person, grave: Tombstone) -> Verdict:
    """For a grave of one of the row's addresses: the row has to be older than the erasure for certain."""
    older = person.created is not None and person.created < grave.epoch
    return "theirs" if older and grave.kind == home.kind else "not"

"""What changed between two manifests, and which changes are material: those that people must be told of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from consentguard.manifest.canonical import plain
from consentguard.manifest.keypath import KeyPath, dotted, stands_at
from consentguard.manifest.materiality import reason
from consentguard.manifest.schema import Manifest

Kind = Literal["added", "removed", "changed"]
Pair = tuple[KeyPath, Any, Any]
"""A path, its value before and its value after; None where it was not or is not stated."""

_IDENTITY = {
    "statements": ("section",),
    "transfers": ("kind", "to", "via"),
    "transfers.*.safeguards": ("instrument", "module"),
    "categories.*.retention.ends_on": ("event", "scope"),
}
"""Lists of tables: the keys by which an entry of the old manifest is found again in the new one."""
_NAMED = (
    "site",
    "regimes",
    "subjects",
    "purposes",
    "prohibited",
    "categories",
    "categories.*.sources",
    "categories.*.when",
    "categories.*.retention.at_most_by_plan",
    "categories.*.retention.at_most_by_jurisdiction",
    "categories.*.retention.at_least_by_jurisdiction",
    "recipients",
    "recipients.*.receives",
    "recipients.*.when",
    "disclosures",
    "stores",
    "cookies",
    "rights",
    "complaints",
    "measures",
    "changes",
    "accept",
)
"""Tables whose keys are compared one by one even where one of the manifests has no such table."""
_WHOLE = ("statements.*", "rights.*.complete_within")
"""Tables that are one value."""
_NOTHING = "nothing in it is to people's disadvantage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the policy.

    `where` is the key path in the new manifest, or in the old one for what was removed; `before` and `after` are
    plain values (dicts, lists, strings, numbers) and None where nothing was or is stated; `why` says in plain
    language what makes the change material, or that nothing does.
    """

    where: str
    kind: Kind
    before: Any
    after: Any
    material: bool
    why: str


def diff(old: Manifest, new: Manifest) -> tuple[Change, ...]:
    """Every change from `old` to `new`, section by section; formatting and comments are none."""
    before, after = plain(old), plain(new)
    _compare_purposes(before.get("categories", {}), after.get("categories", {}))
    return tuple(_change(*pair) for pair in _tables((), before, after))


def _compare_purposes(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Where just one side limits a category by `only_purposes`, let it state `purposes` too, which that replaces."""
    for name in before.keys() & after.keys():
        sides = before[name], after[name]
        limited = [side for side in sides if "only_purposes" in side]
        if len(limited) == 1:
            limited[0]["purposes"] = limited[0]["only_purposes"]


def _change(path: KeyPath, before: Any, after: Any) -> Change:
    why = reason(path, before, after)
    kind: Kind = "added" if before is None else "removed" if after is None else "changed"
    return Change(
        where=dotted(path), kind=kind, before=before, after=after, material=why is not None, why=why or _NOTHING
    )


def _pairs(path: KeyPath, before: Any, after: Any) -> Iterator[Pair]:
    """The smallest places at which two values differ."""
    if before == after:
        return
    if identity := next((keys for place, keys in _IDENTITY.items() if stands_at(path, place)), None):
        yield from _entries(path, identity, before or [], after or [])
    elif any(stands_at(path, place) for place in _NAMED):
        yield from _tables(path, before or {}, after or {})
    elif isinstance(before, dict) and isinstance(after, dict) and not _is_whole(path):
        yield from _tables(path, before, after)
    else:
        yield path, before, after


def _is_whole(path: KeyPath) -> bool:
    return any(stands_at(path, place) for place in _WHOLE)


def _tables(path: KeyPath, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Pair]:
    for key in before | after:
        yield from _pairs((*path, key), before.get(key), after.get(key))


def _entries(path: KeyPath, identity: tuple[str, ...], before: list[Any], after: list[Any]) -> Iterator[Pair]:
    """Pair the entries of two lists of tables: those alike first, then those of the same identity, in order."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for index, entry in enumerate(after):
        if entry not in before:
            waiting[_named(entry, identity)].append(index)
    for index, entry in enumerate(before):
        if entry in after:
            continue
        same = waiting[_named(entry, identity)]
        if same:
            at = same.pop(0)
            yield from _pairs((*path, at), entry, after[at])
        else:
            yield (*path, index), entry, None
    for at in sorted(at for same in waiting.values() for at in same):
        yield (*path, at), None, after[at]


def _named(entry: dict[str, Any], identity: tuple[str, ...]) -> Hashable:
    return tuple(entry.get(key) for key in identity)

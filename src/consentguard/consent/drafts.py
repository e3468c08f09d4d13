"""Services as people drafted them elsewhere, such as in an admin, held against `[cookies]` and brought into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from consentguard.consent.wording import Wording
from consentguard.manifest.load import Policy
from consentguard.manifest.schema import Manifest

if TYPE_CHECKING:
    from tomlkit.container import Container
    from tomlkit.toml_document import TOMLDocument

NEW, GONE = "new", "gone"
"""What is said of a draft without a service, and of a service without a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody drafted of a service: the rest of its entry is the policy's own.

    A title or description is in the site's first language; an empty one says nothing.
    """

    name: str
    names: tuple[str, ...]
    title: str = ""
    description: str = ""
    essential: bool = False


class Difference(NamedTuple):
    """A service that a draft says something else of: in these of its keys, or it is NEW, or GONE."""

    name: str
    keys: tuple[str, ...]


def drafts(manifest: Manifest) -> tuple[Draft, ...]:
    """The services of a policy as drafts, so that there is something to edit."""
    wording = Wording(manifest, manifest.site.languages[0])
    return tuple(
        Draft(
            name=name,
            names=tuple(service.names),
            title=wording.service(name),
            description=wording.service_text(name),
            essential=service.essential,
        )
        for name, service in (manifest.cookies or {}).items()
    )


def differences(manifest: Manifest, drafted: Sequence[Draft]) -> tuple[Difference, ...]:
    """Where drafts and the policy differ: in the order of the drafts, then what nobody drafted."""
    services = manifest.cookies or {}
    said = {draft.name: draft for draft in drafts(manifest)}
    found = [
        Difference(draft.name, tuple(_keys(draft, said[draft.name])) if draft.name in services else (NEW,))
        for draft in drafted
    ]
    gone = [Difference(name, (GONE,)) for name in services if name not in {draft.name for draft in drafted}]
    return tuple(each for each in (*found, *gone) if each.keys)


def merged(policy: Policy, drafted: Sequence[Draft], *, prune: bool = False) -> str:
    """The text of privacy.toml with the drafts in it: its order, its comments and all other keys stay as they are.

    Services that nobody drafted stay, unless they are to be pruned.
    """
    import tomlkit  # brings a parser that no server needs

    document = tomlkit.parse(policy.source)
    by_name = {draft.name: draft for draft in drafted}
    language = policy.manifest.site.languages[0]
    for name, keys in differences(policy.manifest, drafted):
        if keys == (NEW,):
            _add(document, by_name[name])
        elif keys != (GONE,):
            _change(_entry(document, name), by_name[name], keys, language)
        elif prune:
            _remove(document, name)
    return tomlkit.dumps(document)


def _keys(draft: Draft, said: Draft) -> Iterator[str]:
    if set(draft.names) != set(said.names):
        yield "names"
    if draft.title and draft.title != said.title:
        yield "title"
    if draft.description and draft.description != said.description:
        yield "description"
    if draft.essential != said.essential:
        yield "essential"


def _change(entry: Any, draft: Draft, keys: Iterable[str], language: str) -> None:
    for key in keys:
        there, value = entry.get(key), getattr(draft, key)
        if key == "names" and there is not None:
            _change_list(there, draft.names)
        elif isinstance(there, dict):
            there[language] = value
        else:
            entry[key] = list(value) if key == "names" else value


def _change_list(names: Any, wanted: Sequence[str]) -> None:
    """Name by name, so that the comments of those that stay do."""
    there = names.unwrap()
    for name in there:
        if name not in wanted:
            names.remove(name)
    for name in wanted:
        if name not in there:
            names.append(name)


def _add(document: TOMLDocument, draft: Draft) -> None:
    """Put a service behind the last one, and what is said below that behind this."""
    import tomlkit
    from tomlkit.items import InlineTable, Whitespace

    facts = {key: getattr(draft, key) for key in ("title", "description", "essential") if getattr(draft, key)}
    facts = {"names": list(draft.names), **facts}
    sections = _sections(document) or [_new_section(document)]
    section = sections[-1]
    if isinstance(section, InlineTable):
        section[draft.name] = _filled(tomlkit.inline_table(), facts)
        return
    table = _filled(tomlkit.table(), facts)
    tables = [item for key, item in section.value.body if key is not None and _is_block(item)]
    below = _tail(tables[-1].value) if tables else ""
    if tables:
        tables[-1].value.body.append((None, Whitespace("\n")))
    section.append(draft.name, table)
    table.value.body.append((None, Whitespace(below)))


def _new_section(document: TOMLDocument) -> Any:
    import tomlkit

    document.add(tomlkit.nl())
    document.add("cookies", tomlkit.table(is_super_table=True))
    return _sections(document)[-1]


def _filled(table: Any, facts: Mapping[str, object]) -> Any:
    for key, value in facts.items():
        table.add(key, value)
    return table


def _remove(document: TOMLDocument, name: str) -> None:
    """Take a service out, and leave what is said below it: that is about what follows."""
    from tomlkit.items import InlineTable, Whitespace

    section = next(section for section in _sections(document) if name in section)
    if isinstance(section, InlineTable):
        section.remove(name)
        return
    body = section.value.body
    place = next(place for place, (key, _) in enumerate(body) if key is not None and key.key == name)
    entry = body[place][1]
    below = _tail(entry.value) if _is_block(entry) else ""
    section.value.remove(name)
    body[place] = (None, Whitespace(below))


def _is_block(item: Any) -> bool:
    """Whether a table has a heading of its own, and lines below it."""
    from tomlkit.items import Table

    return isinstance(item, Table)


def _tail(container: Container) -> str:
    """Take the comments and empty lines from the end of a table: they stand before whatever comes next."""
    taken = []
    while container.body and container.body[-1][0] is None:
        taken.append(container.body.pop()[1].as_string())
    return "".join(reversed(taken))


def _entry(document: TOMLDocument, name: str) -> Any:
    return next(section for section in _sections(document) if name in section)[name]


def _sections(document: TOMLDocument) -> list[Any]:
    """`[cookies]` wherever the file has it: its entries may stand apart."""
    return [item for key, item in document.body if key is not None and key.key == "cookies"]

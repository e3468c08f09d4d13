"""Keeps the catalogs of consentguard's own sentences: `python -m scripts.translations [--check]`.

Without an option, messages are extracted from the sources, merged into each catalog and compiled.
With `--check` nothing is written: what is missing, untranslated, left over or not compiled is printed, and fails.
"""

import io
import string
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from consentguard.words import DOMAIN

VISITED = ("consent/**", "guardians/letters.py", "twofactor/letters.py", "web/age/**", "web/consent/**", "web/frame.py",
    "web/guardians.py", "web/links.py", "web/minors.py", "web/refusals.py", "web/sheet.py",
    "web/twofactor/**", "web/unsubscribe.py")  # fmt: skip
"""The sources of what visitors and everybody with an account or a child meet, in more languages than the rest."""
SOURCES = Path(__file__).parent.parent / "src" / "consentguard"
AUTHORS = "The consentguard contributors"
KEYWORDS = {"say": None, "N_": None, "say_count": (1, 2)}


def template(path: Path) -> Catalog:
    """The messages of a catalog's domain that the sources hold now."""
    sources = [("**.py", "python")] if path.stem == DOMAIN else [(pattern, "python") for pattern in VISITED]
    found = Catalog(project="consentguard", version="", copyright_holder=AUTHORS)
    for file, line, message, _, _ in extract_from_dir(SOURCES, sources, keywords=KEYWORDS):
        if file.endswith(".py"):
            found.add(message, locations=[(Path(file).as_posix(), line)])
    return found


def catalogs() -> list[Path]:
    """The .po files of each language."""
    return sorted((SOURCES / "locale").glob("*/LC_MESSAGES/*.po"))


def read(path: Path) -> Catalog:
    """A catalog; its language is the name of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compiled(catalog: Catalog) -> bytes:
    """The .mo file of a catalog."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def update(path: Path, messages: Catalog) -> None:
    """Merge new messages into a catalog, drop the old, and compile it."""
    catalog = read(path)
    messages.creation_date = catalog.creation_date
    catalog.last_translator, catalog.msgid_bugs_address = AUTHORS, ""
    catalog.update(messages, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, no_location=True)
    path.with_suffix(".mo").write_bytes(compiled(catalog))


def faults(path: Path, messages: Catalog) -> Iterator[str]:
    """What is wrong with a catalog, a line each."""
    catalog = read(path)
    wanted, there = ({message.id: message for message in some if message.id} for some in (messages, catalog))
    yield from (f"missing: {message!r}" for message in wanted.keys() - there.keys())
    yield from (f"left over: {message!r}" for message in there.keys() - wanted.keys())
    for message in there.values():
        if not all(_texts(message.string)):
            yield f"untranslated: {message.id!r}"
        elif not _filled_alike(_texts(message.id), _texts(message.string)):
            yield f"other placeholders: {message.id!r} -> {message.string!r}"
    mo = path.with_suffix(".mo")
    if not mo.is_file() or _messages(read_mo(io.BytesIO(mo.read_bytes()))) != _messages(catalog):
        yield f"{mo.name} is not compiled from {path.name}"


def _messages(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {_texts(message.id): _texts(message.string) for message in catalog if message.id}


def _texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return (value or "",) if isinstance(value, str | None) else tuple(value)


def _filled_alike(source: tuple[str, ...], translated: tuple[str, ...]) -> bool:
    """Whether a translation fills in what the source does; only a singular may leave its number out."""
    wanted = _fields(source[-1])
    return all(_fields(text) | ({"count"} & wanted if len(source) > 1 else set()) == wanted for text in translated)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def main(arguments: list[str]) -> int:
    """Update the catalogs, or check them."""
    if arguments == ["--check"]:
        found = [f"{path.parent.parent.name}: {fault}" for path in catalogs() for fault in faults(path, template(path))]
        print("\n".join(found) or "The catalogs are complete.")
        return 1 if found else 0
    for path in catalogs():
        update(path, template(path))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

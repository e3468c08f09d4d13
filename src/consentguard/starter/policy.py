"""Writes a first privacy.toml: what the site shows, and `unstated` where only its owner can know."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import tomlkit
from tomlkit.items import Table

from consentguard.datamap.conventions import SUBJECT
from consentguard.host import Survey
from consentguard.manifest.vocabulary import COOKIE
from consentguard.starter.guesses import Guesses, in_comment

PURPOSE = "service"
RIGHTS = ("access", "rectification", "erasure")
INTRODUCTION = """\
The privacy policy of this site, written once. A first draft from what the site shows: every line marked `guess` is
one, and `unstated` stands where only you can know. `consentguard check` and `consentguard lint` say what is left.
None of this is legal advice."""
TITLES = {"en": "Provide the service", "es": "Prestar el servicio"}
SUBJECT_TITLES = {"en": "People with an account", "es": "Personas con una cuenta"}


def policy(survey: Survey, guesses: Guesses) -> str:
    """The text of a first policy; it loads, and is a draft until its owner has filled in what is unstated."""
    languages = [language for language in survey.languages if language in TITLES] or ["en"]
    document = tomlkit.document()
    for line in INTRODUCTION.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    document.add("manifest", tomlkit.item(1))
    document.add("controller", _controller(survey))
    document.add("site", _table(hosts=list(survey.hosts), languages=languages))
    if guesses.subject:
        document.add(
            "subjects", _group({SUBJECT: _guess(_table(title=_in(SUBJECT_TITLES, languages)), guesses.subject)})
        )
    document.add("purposes", _group({PURPOSE: _table(title=_in(TITLES, languages), basis="unstated")}))
    if categories := _categories(guesses, languages):
        document.add("categories", _group(categories))
    if recipients := _recipients(survey):
        document.add("recipients", _group(recipients))
    if survey.cookies:
        document.add("cookies", _group(_cookies(survey.cookies, languages)))
    document.add("rights", _group({name: _table(channels=["email"]) for name in RIGHTS}))
    return tomlkit.dumps(document)


def _controller(survey: Survey) -> Table:
    controller = _table(name=survey.root.name or "unstated", legal_entity="unstated", country="unstated")
    controller.add("contact", "unstated")
    controller["name"].comment("guess: the folder's name")
    controller["contact"].comment("an e-mail address for privacy questions")
    return controller


def _categories(guesses: Guesses, languages: list[str]) -> dict[str, Table]:
    categories = {}
    for name in dict.fromkeys((*guesses.used(), *guesses.companions)):
        title = _words()["categories"].get(name, {"en": name.replace("_", " ").capitalize()})
        kind = _words()["kinds"].get(name) or guesses.kinds.get(name) or ("credential" if name == "credential" else "")
        table = _table(title=_in(title, languages), kind=kind or "unstated", purposes=[PURPOSE], retention="unstated")
        table["purposes"].comment("guess")
        table["retention"].comment('such as { while_active = true, grace = "P30D" }')
        categories[name] = table
    return categories


def _recipients(survey: Survey) -> dict[str, Table]:
    recipients = {}
    for package, known in _words()["recipients"].items():
        if package in survey.packages:
            table = _table(title=known["title"], role="processor", country="unstated", agreement="unstated")
            recipients[package] = _guess(table, f"{package} is installed; does it receive {known['receives']}?")
    return recipients


def _cookies(cookies: Mapping[str, str], languages: list[str]) -> dict[str, Table]:
    groups: dict[str, Table] = {}
    for name, setter in cookies.items():
        if not re.fullmatch(COOKIE, name):
            continue  # no browser keeps a cookie of that name
        title = next((title for part, title in _words()["cookies"].items() if part in name.lower()), None)
        titled = {"title": _in(title, languages)} if title else {}
        table = _table(**titled, purpose=PURPOSE, names=[name], essential=title is not None, lifetime="unstated")
        groups[_key(name, groups)] = _guess(table, f"set by {setter}")
    return groups


def _key(name: str, taken: Mapping[str, Table]) -> str:
    """A cookie's name as a key of the manifest: `__Host-id` becomes `host_id`, and a second one `host_id_2`."""
    key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_").lstrip("_0123456789") or "cookie"
    number = next(number for number in itertools.count(1) if _numbered(key, number) not in taken)
    return _numbered(key, number)


def _numbered(key: str, number: int) -> str:
    return key if number == 1 else f"{key}_{number}"


def _table(**values: object) -> Table:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value)
    return table


def _group(tables: Mapping[str, Table]) -> Table:
    group = tomlkit.table(is_super_table=True)
    for name, table in tables.items():
        group.add(name, table)
    return group


def _guess(table: Table, why: str) -> Table:
    table.comment(f"guess: {in_comment(why)}")
    return table


def _in(texts: Mapping[str, str], languages: list[str]) -> Any:
    inline = tomlkit.inline_table()
    for language in languages:
        if language in texts:
            inline.add(language, texts[language])
    return inline or texts["en"]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files("consentguard.starter") / "words.toml").read_text("utf-8"))

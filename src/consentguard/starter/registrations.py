"""Writes the register() calls of a first data map: what is guessed as code, what only people know as comments."""

from __future__ import annotations

import json
from collections.abc import Iterator

from consentguard.datamap.conventions import SUBJECT
from consentguard.datamap.lines import written
from consentguard.datamap.tags import SELF, Match, Path
from consentguard.starter.guesses import Guesses, TableGuess, in_comment

HEADER = '''\
"""Which columns hold personal data, of which category, about whom: the tags of this site's models.

A first draft. Every line marked `guess` is one; `consentguard check` names each column that is still to be said,
with the line to add.
"""

from consentguard import {names}
'''


def registrations(guesses: Guesses) -> str:
    """The text of a Python module with one register() call for each table that seems to hold personal data."""
    matches = any(isinstance(table.path, Match) for table in guesses.tables)
    header = HEADER.format(names="Match, register" if matches else "register")
    lines = (line for table in guesses.tables for line in (_call(table) if table.columns else _choice(table)))
    return "\n".join([header, *lines])


def _choice(table: TableGuess) -> Iterator[str]:
    """What to choose from where no column is guessed: a tag that says nothing would stop start-up."""
    label = in_comment(_literal(table.label))
    subjects = f", subjects={{{_literal(SUBJECT)}: {in_comment(written(table.path))}}}" if table.path else ""
    yield "# leads to people, and nothing in it looks personal; still to say, by one of the two:"
    yield f'# register({label}, "<category>"{subjects})'
    yield f'# not_personal({label}, "<why>")\n'


def _call(table: TableGuess) -> Iterator[str]:
    yield "register("
    yield f"    {_literal(table.label)},"
    if table.path is not None:
        yield f"    subjects={{{_literal(SUBJECT)}: {written(table.path)}}},  # guess: {_why(table.path)}"
    yield "    columns={"
    for column, category in table.columns.items():
        yield f"        {_literal(column)}: {_literal(category)},  # guess: by its name or type"
    yield "    },"
    if table.open:
        yield f"    # still to say, in columns= or not_personal=: {in_comment(', '.join(table.open))}"
    yield ")\n"


def _why(path: Path) -> str:
    if isinstance(path, Match):
        return "the same address as theirs"
    return "its rows are the people who sign in" if path == SELF else "the shortest way to them"


def _literal(text: str) -> str:
    """A Python string in double quotes, which JSON's strings are too."""
    return json.dumps(text, ensure_ascii=False)

"""What the pages of the documentation print: policies that load, Python that compiles, commands and ids that exist."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sybil import Document
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

from consentguard.cli import group
from consentguard.errors import ManifestError
from consentguard.manifest.load import loads
from consentguard_django.commands import COMPANIONS
from consentguard_flask.commands import Commands

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE_TO_THE_REST = "M-UNKNOWN-NAME"
FLASK = Commands("consentguard")
"""The command of a Flask app, which can do more."""
OUR_COMMAND = re.compile(r"^ *\$ (?P<by>python manage\.py |flask )?consentguard (?P<arguments>[^|>\n]+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)]+)\)|src=\"([^\"]+)\"")
FINDING = re.compile(r"\b[CMDPES]-[A-Z]+(?:-[A-Z]+)*\b")


def blocks(language: str) -> list[tuple[str, str]]:
    """Every fenced block of a language, README included, with its page and line."""
    return [block for page in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))) for block in _of_page(page, language)]


def _of_page(page: Path, language: str) -> Iterator[tuple[str, str]]:
    document = Document(page.read_text("utf-8"), str(page))
    for block in FencedCodeBlockLexer(language)(document):
        line = document.text.count("\n", 0, block.start) + 1
        yield f"{page.relative_to(ROOT)}:{line}", block.lexemes["source"].text


@pytest.mark.parametrize(("place", "text"), blocks("toml"))
def test_a_piece_of_a_policy_follows_the_schema(place: str, text: str) -> None:
    """Each key and value is right; a name may stand in the part of the policy that the page does not show."""
    assert [found for found in _mistakes(text, Path(place)) if REFERENCE_TO_THE_REST not in found] == []


def _mistakes(text: str, place: Path) -> list[str]:
    try:
        loads(text if "manifest = 1" in text else f"manifest = 1\n{text}", place)
    except ManifestError as error:
        return [str(found) for found in error.findings]
    return []


@pytest.mark.parametrize(("place", "text"), blocks("python"))
def test_python_compiles(place: str, text: str) -> None:
    """Whoever copies an example gets no syntax error."""
    compile(text, place, "exec")


@pytest.mark.parametrize(("place", "text"), blocks("console"))
def test_our_commands_exist_with_their_options(place: str, text: str) -> None:
    """No page prints a command or an option that consentguard does not have."""
    for line in OUR_COMMAND.finditer(text):
        name, *arguments = shlex.split(line["arguments"], comments=True)
        if line["by"] == "python manage.py " and name in COMPANIONS:
            continue  # they need the app that they are about: tests/django gives them these pages
        commands = FLASK if line["by"] == "flask " else group
        command = commands.get_command(click.Context(commands), name)
        assert command, f"{place}: no command {name}"
        command.make_context(name, arguments).close()


def test_every_finding_is_in_the_reference_and_no_other() -> None:
    """The tables of the reference list the ids of the source, all of them."""
    in_source = {found for file in (ROOT / "src").rglob("*.py") for found in _quoted(file)}
    documented = set(FINDING.findall((DOCS / "reference" / "findings.md").read_text("utf-8")))
    assert documented == in_source


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_and_pictures_outside_the_documentation_lead_somewhere(page: str) -> None:
    """Sphinx checks its own pages; these are read where the repository is."""
    named = LINK.findall((ROOT / page).read_text("utf-8"))
    places = [first or second for first, second in named if "://" not in first + second]
    assert [place for place in places if not (ROOT / place.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("page", ["ages_reference", "lint_reference", "manifest_reference"])
def test_a_generated_page_is_what_the_code_makes_of_it(page: str) -> None:
    """A rule or a key that changed is never described as it was."""
    check = [sys.executable, "-m", f"scripts.{page}", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def _quoted(file: Path) -> list[str]:
    return [text for text in re.findall(r'"([A-Z-]+)"', file.read_text("utf-8")) if FINDING.fullmatch(text)]

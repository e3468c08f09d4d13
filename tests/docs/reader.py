"""A reader of the documentation, who does what a page says: writes its files, runs its commands, opens its links."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterable
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from doctest import Example as Expectation
from importlib.metadata import metadata
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx
from packaging.requirements import Requirement
from sybil import Document, Example, Region
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.myst.lexers import DirectiveLexer

APPENDED = "at the end of "
SERVERS = {"manage.py runserver": " --noreload {}", "flask run": " --port {}"}
LINK = re.compile(r"<(http://127\.0\.0\.1:\d+)(/[^>]*)>")
COMMAND = re.compile(r"^\$ (?P<command>.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
SAME = ELLIPSIS | NORMALIZE_WHITESPACE


class Reader:
    """Follows pages in `folder`, one after the other. A step that goes otherwise than the page says fails, by line.

    A `code-block` with a caption is a file, or a piece `at the end of` one. A `console` block holds commands after
    `$ ` and what they print, where `...` stands for anything; `echo $?` must follow a command that fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[str, str] = {}
        self._server: subprocess.Popen[str] | None = None
        self._port = _free_port()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop_server()

    def follow(self, page: Path, *headings: str) -> None:
        """Do everything that the page says in its order, or what it says under some of its headings alone.

        Raises SybilFailure for the first step that fails.
        """
        document = Document(_under(headings, page.read_text("utf-8")), str(page))
        for region in (*self._files(document), *self._consoles(document), *self._links(document)):
            document.add(region)
        for example in document:
            example.evaluate()

    def _files(self, document: Document) -> Iterable[Region]:
        for block in DirectiveLexer("code-block")(document):
            caption = block.lexemes["options"].get("caption")
            if caption:
                yield Region(block.start, block.end, (caption, block.lexemes["source"].text), self._write)

    def _consoles(self, document: Document) -> Iterable[Region]:
        for block in FencedCodeBlockLexer("console")(document):
            yield Region(block.start, block.end, block.lexemes["source"].text, self._run_all)

    def _links(self, document: Document) -> Iterable[Region]:
        for link in LINK.finditer(document.text):
            yield Region(link.start(), link.end(), link[2], self._open)

    def _write(self, example: Example) -> None:
        caption, text = example.parsed
        file = self.folder / caption.removeprefix(APPENDED)
        before = f"{file.read_text('utf-8')}\n" if caption.startswith(APPENDED) else ""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(before + text, "utf-8")

    def _run_all(self, example: Example) -> str | None:
        exit_code = 0
        for step in COMMAND.finditer(example.parsed):
            command, expected = step["command"], step["output"]
            if exit_code and command != "echo $?":
                break
            exit_code, printed = self._run(command, exit_code)
            if expected and not OutputChecker().check_output(expected, printed, SAME):
                wanted = Expectation(f"{command}\n", expected)
                return f"$ {command}\n{OutputChecker().output_difference(wanted, printed, SAME)}"
            if exit_code:
                failure = f"$ {command}\nended with exit code {exit_code}:\n{printed}"
        return failure if exit_code else None

    def _run(self, command: str, last: int) -> tuple[int, str]:
        if command.startswith("pip install "):
            return _installed(command)
        if server := next((name for name in SERVERS if name in command), None):
            return self._serve(command + SERVERS[server].format(self._port))
        done = subprocess.run(
            ["bash", "-c", f"(exit {last}); {command}"],
            cwd=self.folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout

    def _serve(self, command: str) -> tuple[int, str]:
        """Start a development server, in place of one that runs, and wait until it says where it listens."""
        self._stop_server()
        self._server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._server.stdout
        said = _until(f"http://127.0.0.1:{self._port}", self._server.stdout)
        return self._server.poll() or 0, said

    def _open(self, example: Example) -> str | None:
        answer = httpx.get(
            f"http://127.0.0.1:{self._port}{example.parsed}", headers={"Accept-Language": "en"}, trust_env=False
        )
        self.pages[example.parsed] = answer.text
        return None if answer.status_code == httpx.codes.OK else f"{example.parsed} answers {answer.status_code}"

    def _stop_server(self) -> None:
        if self._server:
            self._server.terminate()  # a shell's background jobs never hear SIGINT
            self._server.communicate()
            self._server = None


def _under(headings: tuple[str, ...], text: str) -> str:
    """The text with all other sections blanked, so that lines keep their numbers."""
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    wanted = tuple(f"## {heading}\n" for heading in headings) or ""
    return "".join(each if each.startswith(wanted) else "\n" * each.count("\n") for each in sections)


def _environment() -> dict[str, str]:
    """A shell of somebody who has installed consentguard, and set nothing up."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "FLASK_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return kept | {"PATH": path, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}


def _installed(command: str) -> tuple[int, str]:
    """Whether what the page installs is here, with the extras that it names: tests load nothing from the network."""
    wanted = [Requirement(word.strip("\"'")) for word in command.split()[2:]]
    missing = [str(each) for each in wanted if each.extras - set(metadata(each.name).get_all("Provides-Extra") or ())]
    return len(missing), f"no such extra: {', '.join(missing)}"


def _until(words: str, lines: IO[str]) -> str:
    said = []
    for line in lines:
        said.append(line)
        if words in line:
            break
    return "".join(said)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

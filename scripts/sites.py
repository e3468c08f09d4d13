"""The two example sites as processes: set up with sample data, started, waited for, stopped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROJECTS = Path(__file__).resolve().parent.parent / "example_projects"
READY_WITHIN = 60.0
STOPPED_WITHIN = 10.0


class SiteError(Exception):
    """A site could not be set up or started; the message says why and what to do."""


@dataclass(frozen=True)
class Site:
    """How one example site is set up and served.

    Attributes:
        command: arguments of Python that run the site's own commands.
        set_up: its commands, one after the other, that make the database and its rows.
        serve: its command that serves it; `{port}` stands for the port.
        beside: its commands that run for as long as it is served.
        database, address: the environment variables that name its SQLite file, and where it answers.
        port_variable, default_port: where the port comes from.
    """

    name: str
    command: Sequence[str]
    set_up: Sequence[Sequence[str]]
    serve: Sequence[str]
    beside: Sequence[Sequence[str]]
    database: str
    address: str
    port_variable: str
    default_port: int

    @property
    def port(self) -> int:
        """The port of the environment, or the default one.

        Raises:
            SiteError: the variable holds no port number.
        """
        value = os.environ.get(self.port_variable, str(self.default_port))
        if not (value.isdecimal() and 0 < int(value) < 65536):
            raise SiteError(f"{self.port_variable}={value!r} is no port; give a number from 1 to 65535.")
        return int(value)

    @property
    def url(self) -> str:
        """Where a visitor of this machine finds it: by a name, since no browser makes a passkey for an IP address."""
        return f"http://localhost:{self.port}"

    def environment(self, folder: Path) -> dict[str, str]:
        """The environment of its processes, with what it stores in `folder`."""
        own = {self.database: str(folder / f"{self.name}.sqlite3"), self.address: self.url}
        return os.environ | own | {"PYTHONUNBUFFERED": "1"}

    def run(self, folder: Path, *words: str) -> str:
        """Runs one of its commands to its end, and returns what it prints.

        Raises:
            SiteError: the command failed.
        """
        command = [sys.executable, *self.command, *words]
        done = subprocess.run(
            command,
            cwd=PROJECTS / self.name,
            env=self.environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SiteError(f"{self.name}: python {' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


SEALER = ("consentguard", "evidence", "seal", "--every", "5")

SITES = (
    Site(
        name="unified_inbox",
        command=["manage.py"],
        set_up=[["migrate", "--verbosity", "0"], ["seed"]],
        serve=["runserver", "--noreload", "127.0.0.1:{port}"],
        beside=[SEALER],
        database="UNIFIED_INBOX_DB",
        address="UNIFIED_INBOX_URL",
        port_variable="DJANGO_PORT",
        default_port=8001,
    ),
    Site(
        name="sms_gateway",
        command=["-m", "flask", "--app", "sms_gateway"],
        set_up=[["init-db"], ["seed"]],
        serve=["run", "--host", "127.0.0.1", "--port", "{port}"],
        beside=[SEALER],
        database="SMS_GATEWAY_DB",
        address="SMS_GATEWAY_URL",
        port_variable="FLASK_PORT",
        default_port=8002,
    ),
)


@contextmanager
def running(site: Site, folder: Path) -> Iterator[None]:
    """Sets the site up in `folder` and serves it until the block ends, however it ends.

    Raises:
        SiteError: its port is taken, a command failed, or it does not answer.
    """
    _refuse_taken_port(site)
    folder.mkdir(parents=True, exist_ok=True)
    for command in site.set_up:
        site.run(folder, *command)
    log = folder / f"{site.name}.log"
    with ExitStack() as processes:
        server = processes.enter_context(_process(site, folder, site.serve, log))
        for number, command in enumerate(site.beside, start=1):
            processes.enter_context(_process(site, folder, command, folder / f"{site.name}-{number}.log"))
        _wait_until_ready(site, server, log)
        yield


@contextmanager
def _process(site: Site, folder: Path, words: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One of the site's commands, running until the block ends."""
    command = [sys.executable, *site.command, *(word.format(port=site.port) for word in words)]
    where, environment = PROJECTS / site.name, site.environment(folder)
    # a session of its own: Ctrl-C reaches us alone, and we stop the processes in order
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, cwd=where, env=environment, stdout=output, stderr=output, start_new_session=True
        ) as process,
    ):
        try:
            yield process
        finally:
            _stop(process)


def _refuse_taken_port(site: Site) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", site.port))
        except OSError as error:
            message = (
                f"Port {site.port} for {site.name} is taken ({error.strerror}). Choose another: {site.port_variable}=…"
            )
            raise SiteError(message) from error


def _wait_until_ready(site: Site, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SiteError(f"{site.name} stopped at once:\n{log.read_text()}")
        try:
            httpx.get(site.url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SiteError(f"{site.name} does not answer at {site.url} within {READY_WITHIN:.0f} seconds:\n{log.read_text()}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        server.kill()

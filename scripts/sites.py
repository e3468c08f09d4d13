"""The two example sites as processes: set up with sample data, started, waited for, stopped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
        set_up: arguments of Python, one command after the other, that make the database and its rows.
        serve: arguments of Python that serve it; `{port}` stands for the port.
        database: the environment variable that names its SQLite file.
        port_variable, default_port: where the port comes from.
    """

    name: str
    set_up: Sequence[Sequence[str]]
    serve: Sequence[str]
    database: str
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
        """Where a visitor of this machine finds it."""
        return f"http://127.0.0.1:{self.port}"


SITES = (
    Site(
        name="unified_inbox",
        set_up=[["manage.py", "migrate", "--verbosity", "0"], ["manage.py", "seed"]],
        serve=["manage.py", "runserver", "--noreload", "127.0.0.1:{port}"],
        database="UNIFIED_INBOX_DB",
        port_variable="DJANGO_PORT",
        default_port=8001,
    ),
    Site(
        name="sms_gateway",
        set_up=[["-m", "flask", "--app", "sms_gateway", "init-db"], ["-m", "flask", "--app", "sms_gateway", "seed"]],
        serve=["-m", "flask", "--app", "sms_gateway", "run", "--host", "127.0.0.1", "--port", "{port}"],
        database="SMS_GATEWAY_DB",
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
    environment = os.environ | {site.database: str(folder / f"{site.name}.sqlite3"), "PYTHONUNBUFFERED": "1"}
    for command in site.set_up:
        _run(site, command, environment)
    log = folder / f"{site.name}.log"
    command = [sys.executable, *(part.format(port=site.port) for part in site.serve)]
    # a session of its own: Ctrl-C reaches us alone, and we stop the servers in order
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, cwd=PROJECTS / site.name, env=environment, stdout=output, stderr=output, start_new_session=True
        ) as server,
    ):
        try:
            _wait_until_ready(site, server, log)
            yield
        finally:
            _stop(server)


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


def _run(site: Site, command: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=PROJECTS / site.name,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SiteError(f"{site.name}: python {' '.join(command)} failed:\n{done.stdout}{done.stderr}")


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

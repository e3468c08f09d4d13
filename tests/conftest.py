"""Servers that a machine may lack, and the rule that nothing is skipped where CI has them all."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import uuid4

import pytest
from hypothesis import settings

# how long an example takes is a matter for benchmarks: a busy machine is no defect
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
pytest.register_assert_rewrite("consentguard.testing.contracts")
# Tests speak to the loopback alone, which nobody certifies; to read the system's authorities costs more than the rest
# of a connection to MariaDB, and thousands are made.
os.environ["SSL_CERT_FILE"] = os.devnull

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

NO_SKIPS = os.environ.get("CONSENTGUARD_NO_SKIPS") == "1"

_HOW_TO_GET = {
    "CONSENTGUARD_TEST_POSTGRES": (
        "PostgreSQL",
        "docker run -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust -e POSTGRES_DB=test postgres",
        "postgresql+psycopg://postgres@127.0.0.1:5432/test",
    ),
    "CONSENTGUARD_TEST_MARIADB": (
        "MariaDB",
        "docker run -p 3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 -e MARIADB_DATABASE=test mariadb",
        "mysql+pymysql://root@127.0.0.1:3306/test",
    ),
    "CONSENTGUARD_TEST_REDIS": ("Redis", "docker run -p 6379:6379 redis", "redis://127.0.0.1:6379/0"),
}


def url_of(variable: str) -> str:
    """The server's URL, or a skip that names what is missing and says how to get it."""
    if url := os.environ.get(variable):
        return url
    server, command, example = _HOW_TO_GET[variable]
    pytest.skip(f"no {server}: start one, say by `{command}`, and set {variable}={example}")


@contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """A database of this session alone: environments of the matrix run at the same time on one server."""
    from sqlalchemy import NullPool, create_engine, make_url, text  # only where the [flask] extra is installed

    name = f"consentguard_{uuid4().hex}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name}"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of an empty PostgreSQL database, dropped when the tests end."""
    with own_database(url_of("CONSENTGUARD_TEST_POSTGRES")) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """SQLAlchemy URL of an empty MariaDB database, dropped when the tests end."""
    with own_database(url_of("CONSENTGUARD_TEST_MARIADB")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """URL of a Redis database, shared with whoever runs at the same time: give keys a prefix of your own."""
    return url_of("CONSENTGUARD_TEST_REDIS")


def _refuse_skip(report: Report) -> Report:
    if NO_SKIPS and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be (CONSENTGUARD_NO_SKIPS=1): {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refuse_skip((yield))

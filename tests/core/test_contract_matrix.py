"""Every port has a contract, and every store runs it on every database: derived from the code, not from a list."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from scripts.contract_matrix import GAP, Run, Source, main, members, table

TEST = """
import pytest
from consentguard.testing import contracts
from consentguard_django.stores import DjangoStores
{mark}
class TestTokens(contracts.TokensContract):
    '''Tokens.'''
    {body}

@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def database(request): ...

@pytest.fixture
def stores(database): return {store}("default")
"""

OF_THE_WORLD = {"Clock", "Mail", "Jurisdictions", "Files", "Ledger"}
"""Ports that no store keeps."""


@pytest.fixture
def bare(tmp_path: Path) -> Source:
    """Our source, and no tests at all."""
    return Source(tests=tmp_path)


def test_no_contract_is_left_out() -> None:
    """Each port, on each implementation of it, on each database that it has."""
    source = Source()
    wanted, found = source.wanted(), source.found()
    assert not wanted - found, "\n" + table(wanted, found, list(source.ports()))


def test_every_port_has_a_contract() -> None:
    """And there is none for a port that is no more."""
    source = Source()
    assert set(source.ports()) == set(source.contracts())


@pytest.mark.parametrize("port", Source().ports())
def test_a_contract_tries_every_promise_of_its_port(port: str) -> None:
    """Each method is called at least once."""
    source = Source()
    assert members(source.ports()[port]) <= source.calls(port)


def test_every_store_is_found() -> None:
    """Those of both adapters and the ones in memory, and what the world has in the core."""
    names = {run.implementation for run in Source().wanted()}
    assert names >= {"MemoryStores", "DjangoStores", "SQLAlchemyStores", "SystemClock", "FrozenClock", "Outbox"}


def test_a_store_that_is_new_is_wanted_on_every_database(tmp_path: Path, bare: Source) -> None:
    """Its contracts are missing until tests inherit them."""
    shutil.copytree(bare.src / "consentguard" / "ports", tmp_path / "consentguard" / "ports")
    (tmp_path / "consentguard_new").mkdir()
    attributes = "\n".join(f"        self.{name} = None" for name in sorted(members(_all_stores(bare))))
    source = f"class NewStores:\n    def __init__(self):\n{attributes}\n"
    (tmp_path / "consentguard_new" / "stores.py").write_text(source, "utf-8")
    wanted = Source(src=tmp_path, tests=tmp_path).wanted()
    assert {run.implementation for run in wanted} == {"NewStores"}
    assert {run.database for run in wanted} == {"sqlite", "postgres", "mariadb"}
    assert {run.port for run in wanted} == set(bare.ports()) - OF_THE_WORLD


def test_a_run_is_found_by_what_the_tests_inherit_and_name(tmp_path: Path, bare: Source) -> None:
    """On the databases of the module's fixture, and on no other."""
    _write(tmp_path, TEST.format(mark="", body="", store="DjangoStores"))
    assert bare.found() == {Run("Tokens", "DjangoStores", "sqlite"), Run("Tokens", "DjangoStores", "mariadb")}


@pytest.mark.parametrize(
    "parts",
    [
        {"mark": "@pytest.mark.skip(reason='later')", "body": "", "store": "DjangoStores"},
        {"mark": "", "body": "def test_a_token_is_used_once(self): ...", "store": "DjangoStores"},
        {"mark": "", "body": "", "store": "SomethingElse"},
    ],
    ids=["skipped", "a test replaced", "another store"],
)
def test_a_weakened_run_is_none(tmp_path: Path, bare: Source, parts: dict[str, str]) -> None:
    """A contract is kept whole, by the very store."""
    _write(tmp_path, TEST.format(**parts))
    assert bare.found() == set()


def test_the_table_names_what_is_missing(tmp_path: Path, bare: Source) -> None:
    """Beside what runs, in the line of its port and store."""
    _write(tmp_path, TEST.format(mark="", body="", store="DjangoStores"))
    (line,) = [
        line
        for line in table(bare.wanted(), bare.found(), ["Tokens"]).splitlines()
        if line.split()[1] == "DjangoStores"
    ]
    assert line.split(None, 2)[2] == f"mariadb, postgres {GAP}, sqlite"


def test_the_command_prints_the_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    """With a line for each port at least; it succeeds where nothing is missing."""
    assert main() == 0
    printed = capsys.readouterr().out
    assert all(port in printed for port in Source().ports())
    assert GAP not in printed


def _write(folder: Path, test: str) -> None:
    (folder / "test_new_stores.py").write_text(test, "utf-8")


def _all_stores(source: Source) -> ast.ClassDef:
    text = (source.src / "consentguard" / "ports" / "stores.py").read_text("utf-8")
    return next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == "Stores")

"""The `evidence` commands: they seal, verify, export and prune one database of one site, and exit as they found it."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE
from consentguard.errors import SettingsError
from consentguard.evidence import Evidence
from consentguard.memory import MemoryStores
from consentguard.ports import Stores
from consentguard.testing.clock import MOMENT, FrozenClock
from tests.core.evidence_kit import ANNA, DAY, RING, act, evidence_of
from tests.web_policy import POLICY, BareHost


@dataclass(frozen=True)
class KeptHost(BareHost):
    """A site whose evidence lies in memory, in two databases."""

    kept: MemoryStores = field(default_factory=MemoryStores)
    other: MemoryStores = field(default_factory=lambda: MemoryStores("other"))

    def stores(self, database: str) -> Stores:
        for stores in (self.kept, self.other):
            if stores.name == database:
                return stores
        raise SettingsError(f"there is no database {database!r}", hint="the databases are default, other")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptHost:
    """A site with a policy, and its keys in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, RING.dumps())
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    return KeptHost(tmp_path)


def evidence(site: KeptHost, *arguments: str | Path) -> Result:
    """What an `evidence` command prints, and its exit code; an exception is a failure of the test."""
    return CliRunner().invoke(group, ["evidence", *map(str, arguments)], obj=site, catch_exceptions=False)


def test_seal_chains_what_waits(site: KeptHost) -> None:
    """And says how many it were."""
    act(evidence_of(site.kept), 3)
    assert evidence(site, "seal").stdout == "Sealed: 3\n"
    assert evidence(site, "seal").stdout == "Sealed: 0\n"


def test_a_database_has_evidence_of_its_own(site: KeptHost) -> None:
    """The option says which; one that there is not is bad input."""
    act(evidence_of(site.other))
    assert evidence(site, "seal").stdout == "Sealed: 0\n"
    assert evidence(site, "seal", "--database", "other").stdout == "Sealed: 1\n"
    unknown = evidence(site, "verify", "--database", "third")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "the databases are default, other" in unknown.stderr
    assert evidence(site, "verify", "--site", "shop").exit_code == 2


def test_all_looks_for_entries_of_any_age(site: KeptHost) -> None:
    """One that showed very late is met by no common run."""
    act(evidence_of(site.kept))
    evidence(site, "seal")
    act(evidence_of(site.kept, FrozenClock(MOMENT - 9 * DAY)))
    assert evidence(site, "seal").stdout == "Sealed: 0\n"
    assert evidence(site, "seal", "--all").stdout == "Sealed: 1\n"


def test_seal_goes_on_until_it_is_stopped(site: KeptHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM ends it after the run under way; afterwards the signal means what it meant before."""
    before, runs, once = signal.getsignal(signal.SIGTERM), list[bool](), Evidence.seal

    def stopped_in_the_second_run(self: Evidence, portion: int = 1_000, *, everything: bool = False) -> int:
        runs.append(everything)
        act(evidence_of(site.kept), len(runs))
        if len(runs) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return once(self, portion, everything=everything)

    monkeypatch.setattr(Evidence, "seal", stopped_in_the_second_run)
    done = evidence(site, "seal", "--every", "0.001", "--all")
    assert (done.exit_code, done.stdout) == (0, "Sealed: 1\nSealed: 2\n")
    assert runs == [True, False], "the whole past is searched once"
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("every", ["0", "-1", "soon"])
def test_a_rhythm_is_a_number_of_seconds(site: KeptHost, every: str) -> None:
    """Anything else is bad input."""
    assert evidence(site, "seal", "--every", every).exit_code == 2


def test_verify_prints_what_to_keep(site: KeptHost) -> None:
    """The state, what waits, and the head."""
    act(evidence_of(site.kept), 3)
    evidence(site, "seal")
    act(evidence_of(site.kept))
    found = evidence(site, "verify")
    head = evidence_of(site.kept).head()
    assert found.exit_code == 0
    assert found.stdout.splitlines() == [
        "links 3, entries checked 4, unsealed 1: sound",
        f"head {head}",
    ]
    assert evidence(site, "verify", "--head", str(head)).exit_code == 0


def test_verify_tells_machines(site: KeptHost) -> None:
    """The same as JSON."""
    act(evidence_of(site.kept), 2)
    evidence(site, "seal")
    head = evidence_of(site.kept).head()
    assert json.loads(evidence(site, "verify", "--json").stdout) == {
        "sound": True,
        "sealed": 2,
        "checked": 2,
        "unsealed": 0,
        "head": {"sequence": 2, "hash": head.hash},
        "breaks": [],
    }


def test_verify_fails_where_history_was_written_anew(site: KeptHost) -> None:
    """The chain is sound in itself, and is not the one whose head was kept."""
    act(evidence_of(site.kept), 2)
    evidence(site, "seal")
    kept = f"2:{'ab' * 32}"
    found = evidence(site, "verify", "--head", kept)
    assert found.exit_code == 1
    assert found.stdout.splitlines()[:2] == [
        "sequence 2: wrong head",
        "links 2, entries checked 2, unsealed 0: not sound",
    ]
    (place,) = json.loads(evidence(site, "verify", "--head", kept, "--json").stdout)["breaks"]
    assert place == {"sequence": 2, "reason": "wrong head", "entry": ""}


def test_verify_names_an_entry_that_no_seal_covers(site: KeptHost) -> None:
    """It has no sequence yet; neither the person nor the details are shown."""
    act(evidence_of(MemoryStores("elsewhere")))
    foreign = MemoryStores("elsewhere")
    act(evidence_of(foreign))
    (entry,) = foreign.entries.unsealed(None, 1)
    site.kept.entries.add(entry)
    found = evidence(site, "verify")
    assert found.exit_code == 1
    assert found.stdout.splitlines()[0] == f"entry {entry.id}, unsealed: foreign entry"
    assert ANNA not in found.stdout


def test_a_head_that_is_none_is_bad_input(site: KeptHost) -> None:
    """A typing mistake is not a history written anew."""
    found = evidence(site, "verify", "--head", "12")
    assert found.exit_code == 2
    assert "SEQUENCE:HASH" in found.stderr


def test_export_prints_lines_of_json(site: KeptHost) -> None:
    """A header, then entry by entry; nothing else stands in between."""
    act(evidence_of(site.kept), 2)
    evidence(site, "seal")
    act(evidence_of(site.kept))
    lines = [json.loads(line) for line in evidence(site, "export").stdout.splitlines()]
    assert lines[0]["segment"] == "default"
    assert [each["seal"] and each["seal"]["sequence"] for each in lines[1:]] == [1, 2, None]


def test_export_writes_a_file_for_its_owner_alone(site: KeptHost) -> None:
    """In place of the one before; where none can be written, the message says so."""
    act(evidence_of(site.kept))
    file = site.folder / "evidence.jsonl"
    file.write_text("old")
    assert evidence(site, "export", "--out", file).stdout == ""
    assert file.read_text() == evidence(site, "export").stdout
    assert file.stat().st_mode & 0o777 == 0o600
    nowhere = evidence(site, "export", "--out", site.folder / "none" / "evidence.jsonl")
    assert nowhere.exit_code == 2
    assert "cannot be written" in nowhere.stderr


def test_prune_removes_what_is_older(site: KeptHost) -> None:
    """A dry run says the same and removes nothing."""
    act(evidence_of(site.kept), 3)
    evidence(site, "seal")
    day = f"{MOMENT + DAY:%Y-%m-%d}"
    assert evidence(site, "prune", "--before", f"{MOMENT:%Y-%m-%d}").stdout == (
        f"No sealed entry is older than {MOMENT:%Y-%m-%d}.\n"
    )
    dry = evidence(site, "prune", "--before", day, "--dry-run")
    assert dry.stdout == "Would be removed (dry run): 3 entries, up to sequence 3\n"
    assert evidence_of(site.kept).verify().sealed == 3
    assert evidence(site, "prune", "--before", day).stdout == "Removed: 3 entries, up to sequence 3\n"
    assert evidence(site, "verify").exit_code == 0
    assert evidence(site, "prune", "--before", "soon").exit_code == 2

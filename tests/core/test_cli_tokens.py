"""`consentguard tokens`: a token is shown once, kept as a hash, counts until its day is over, and can be withdrawn."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.guard import Guard
from tests.core.visits import acts, shop

Run = Callable[..., Result]
LAST_DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
MORNING_AFTER = dt.datetime.combine(LAST_DAY + dt.timedelta(days=1), dt.time(), dt.UTC)
MOMENT = dt.timedelta(microseconds=1)
NEW = ("new", "--for", "help-desk", "--until", LAST_DAY.isoformat())


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """The shop that the commands work on."""
    return shop(tmp_path)


@pytest.fixture
def run(guard: Guard, tmp_path: Path) -> Run:
    """Runs a command of the shop."""
    environment = {"CONSENTGUARD_KEYRING_FILE": str(tmp_path / "shop.keys"), "CONSENTGUARD_KEYRING": None}
    return lambda *arguments: CliRunner().invoke(
        group, ["tokens", *arguments], obj=guard.site.host, env=environment, catch_exceptions=False
    )


def known(guard: Guard, token: str, at: dt.datetime) -> bool:
    digest = hashlib.sha256(token.encode()).hexdigest()
    return guard.stores.tokens.find(digest, "machine", at) is not None


def test_a_token_is_printed_once_and_counts_through_its_last_day(run: Run, guard: Guard) -> None:
    """The output is the token alone, so that a script can keep it; it counts until midnight, UTC."""
    made = run(*NEW)
    token = made.stdout.strip()
    assert (made.exit_code, len(token)) == (0, 22)
    assert known(guard, token, MORNING_AFTER - MOMENT)
    assert not known(guard, token, MORNING_AFTER)


def test_the_token_is_nowhere_but_in_the_output(run: Run, guard: Guard) -> None:
    """Neither the evidence nor the store holds it: only its hash is kept."""
    token = run(*NEW).stdout.strip()
    (act,) = acts(guard)
    assert (act.act, json.loads(act.details)) == ("token.made", {"system": "help-desk", "until": LAST_DAY.isoformat()})
    assert token not in repr(act)
    assert not guard.stores.tokens.find(token, "machine", MORNING_AFTER - MOMENT)


def test_json_for_scripts(run: Run, guard: Guard) -> None:
    """The same with the system and the day."""
    made = json.loads(run(*NEW, "--json").stdout)
    assert (made["for"], made["until"]) == ("help-desk", LAST_DAY.isoformat())
    assert known(guard, made["token"], MORNING_AFTER - MOMENT)


def test_every_token_of_a_system_is_withdrawn(run: Run, guard: Guard) -> None:
    """None of them counts any more; another system's does."""
    tokens = [run(*NEW).stdout.strip() for _ in range(2)]
    other = run("new", "--for", "shop.app", "--until", LAST_DAY.isoformat()).stdout.strip()
    assert run("withdraw", "--for", "help-desk").stdout == "Withdrawn: 2\n"
    assert [known(guard, token, MORNING_AFTER - MOMENT) for token in (*tokens, other)] == [False, False, True]
    assert acts(guard)[-1].act == "token.withdrawn"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "help-desk", "--until", "2020-01-01"), "that day is over"),
        (("--for", "help-desk", "--until", "tomorrow"), "--until"),
        (("--for", "help desk", "--until", LAST_DAY.isoformat()), "letters, digits"),
        (("--for", "", "--until", LAST_DAY.isoformat()), "letters, digits"),
        (("--for", "a" * 33, "--until", LAST_DAY.isoformat()), "letters, digits"),
        (("--until", LAST_DAY.isoformat()), "--for"),
        (("--for", "help-desk"), "--until"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, guard: Guard, arguments: tuple[str, ...], said: str) -> None:
    """A message says what is wrong, and no token is made."""
    refused = run("new", *arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert acts(guard) == []

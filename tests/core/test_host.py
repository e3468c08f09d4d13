"""How a process is recognised as one of our own commands, which check a site's policy themselves."""

from __future__ import annotations

import sys

import pytest

from consentguard.host import own_command


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/consentguard check",
        "manage.py consentguard init",
        "django/__main__.py consentguard lint --json",
        "flask consentguard check",
        "flask --app shop --debug consentguard check",
        "flask -A shop -e .env consentguard init",
    ],
)
def test_our_own_commands_are_known(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By any of the three names, behind whatever options a framework takes before a subcommand."""
    monkeypatch.setattr(sys, "argv", command.split())
    assert own_command()


@pytest.mark.parametrize(
    "command",
    [
        "",
        "manage.py runserver",
        "manage.py test consentguard",
        "flask --app consentguard run",
        "flask -A consentguard --debug run",
        "gunicorn shop.wsgi --chdir consentguard",
    ],
)
def test_other_processes_are_checked_at_start_up(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that only looks like our command never switches the check off."""
    monkeypatch.setattr(sys, "argv", command.split())
    assert not own_command()

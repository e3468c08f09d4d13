"""What another package took down of choices: once each in the evidence, and nobody has answered the unasked."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from consentguard.consent.imported import Logged, answered, take_over, unknown
from consentguard.consent.record import ACT, parse
from consentguard.evidence import EvidenceError
from consentguard.guard import Guard
from consentguard.records import EVERYONE, new_id
from consentguard.testing.clock import FrozenClock
from tests.core.evidence_kit import evidence_of
from tests.core.visits import CHOICES, NOW, acts, shop

LONG_AGO = NOW - dt.timedelta(days=90)
SHOWN = "2026-01-05T10:00:00+00:00"
YEAR = dt.timedelta(days=365)
TWO_COUNTERS = CHOICES + '[cookies.heatmap]\npurpose = "analytics"\nnames = ["heat_*"]\n'


def line(key: str, *, service: str = "analytics", accepted: bool = True) -> Logged:
    return Logged(key=key, at=LONG_AGO, service=service, accepted=accepted, shown=SHOWN, lasts=YEAR)


def test_a_line_of_a_log_becomes_an_entry_at_its_own_moment(tmp_path: Path) -> None:
    """It says whose log it was, that it was imported, and when; nobody's name, and no version that nobody showed."""
    guard = shop(tmp_path)
    assert take_over(guard.consent, "old-package", [line("7")]) == 1
    (entry,) = acts(guard)
    record = parse(entry)
    assert record is not None
    assert (entry.act, entry.at, entry.subject) == (ACT, LONG_AGO, EVERYONE)
    assert (record.method, record.component, record.policy) == ("import", "old-package", "")
    assert (record.accepted, record.refused, record.until) == (("analytics",), (), LONG_AGO + YEAR)
    told = json.loads(entry.details)
    assert (told["shown"], told["imported"]) == (SHOWN, f"{NOW:%Y-%m-%d}")
    assert guard.evidence.seal(everything=True) == 1
    assert guard.evidence.verify().sound


def test_a_refusal_is_imported_too_and_what_the_policy_lost_keeps_its_name(tmp_path: Path) -> None:
    """A log outlives the services that it speaks of."""
    guard = shop(tmp_path)
    take_over(guard.consent, "old-package", [line("7", service="gone", accepted=False)])
    record = parse(acts(guard)[0])
    assert record is not None
    assert (record.accepted, record.refused) == ((), ("gone",))


def test_a_service_that_shares_its_purpose_is_named_with_it(tmp_path: Path) -> None:
    """Consent to one counter is none to the other."""
    guard = shop(tmp_path, TWO_COUNTERS)
    take_over(guard.consent, "old-package", [line("7", service="heatmap")])
    record = parse(acts(guard)[0])
    assert record is not None
    assert record.accepted == ("analytics/heatmap",)


def test_a_log_is_imported_once(tmp_path: Path) -> None:
    """A second run adds what is new; the same line of another package's log is another."""
    guard = shop(tmp_path)
    take_over(guard.consent, "old-package", [line("7")])
    assert unknown(guard.consent, "old-package", [line("7"), line("8")]) == [line("8")]
    assert take_over(guard.consent, "old-package", [line("7"), line("8")]) == 1
    assert take_over(guard.consent, "other-package", [line("7")]) == 1
    assert len(acts(guard)) == 3


def test_a_rotation_of_keys_imports_nothing_again(tmp_path: Path) -> None:
    """The ids under the older keys are known as well."""
    guard = shop(tmp_path)
    take_over(guard.consent, "old-package", [line("7")])
    guard.site.__dict__["keyring"] = guard.site.keyring.with_new_key()
    later = Guard(guard.site, guard.stores)
    assert take_over(later.consent, "old-package", [line("7")]) == 0


def test_nothing_is_imported_from_the_future_and_nobody_says_when_it_was_imported() -> None:
    """An entry that was written afterwards always says so."""
    from consentguard.memory import MemoryStores

    evidence = evidence_of(MemoryStores(), FrozenClock(NOW))
    with pytest.raises(EvidenceError, match="past"):
        evidence.import_once(new_id(NOW), ACT, EVERYONE, NOW)
    entry = evidence.import_once(new_id(NOW), ACT, EVERYONE, LONG_AGO, imported="2001-01-01")
    assert json.loads(entry.details)["imported"] == f"{NOW:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"counter": True, "heatmap": True, "newsletter": False}, ("analytics",)),
        ({"counter": False, "heatmap": True, "newsletter": True}, ("analytics/heatmap", "newsletter")),
        ({"analytics": True, "newsletter": False}, ("analytics",)),
        ({"analytics": True, "heatmap": False, "newsletter": False}, ("analytics/counter",)),
        ({"counter": False, "heatmap": False, "newsletter": False, "other": True}, ()),
        ({"counter": True, "heatmap": True}, None),
        ({"counter": True, "newsletter": True}, None),
        ({}, None),
    ],
)
def test_answers_are_a_choice_only_where_everything_was_asked(
    tmp_path: Path, answers: dict[str, bool], expected: tuple[str, ...] | None
) -> None:
    """Nobody is taken to have accepted, or refused, what they were never asked."""
    assert answered(shop(tmp_path, TWO_COUNTERS).site.consent_policy, answers) == expected

"""The Flask example site keeps its own policy: every reachable column classified, and a missing tag fails by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.example_copy import ExampleCopy


@pytest.fixture
def site(tmp_path: Path) -> ExampleCopy:
    copy = ExampleCopy.of("sms_gateway", tmp_path, "-m", "flask", "--app", "sms_gateway")
    subprocess.run(
        [sys.executable, *copy.command, "consentguard", "keys", "new"],
        cwd=copy.folder,
        env=os.environ | {"SMS_GATEWAY_DB": "site.sqlite3"},
        check=True,
    )
    return copy


def test_every_column_that_leads_to_a_person_is_classified(site: ExampleCopy) -> None:
    """Strict coverage is complete, the policy has no error left, and what is served is what was published."""
    status, report = site.check()
    assert report["coverage"]["mode"] == "strict"
    assert report["coverage"]["classified"] == report["coverage"]["needed"] > 50
    assert [finding for finding in report["findings"] if finding["severity"] != "note"] == []
    assert status == 0


def test_a_tag_that_is_removed_is_missed_by_name(site: ExampleCopy) -> None:
    """Without the tag of one class the check fails, and names each of its columns with the line to add."""
    tag = '@personal_data("usage", subjects={"customer": "customer"}, anchors={"recorded": "day"})\n'
    site.edit("sms_gateway/models/operations.py", tag, "")
    status, report = site.check()
    missing = {finding["where"]: finding for finding in report["findings"] if finding["id"] == "D-UNCLASSIFIED"}
    assert status == 1
    assert set(missing) == {f"UsageStat.{column}" for column in ("day", "endpoint", "calls")}
    assert all('register("UsageStat"' in finding["hint"] for finding in missing.values())
    assert all(finding["severity"] == "error" for finding in missing.values())

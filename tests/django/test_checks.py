"""Django's system checks of the policy: what they report, under which ids, and when they stop `migrate`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import django
import pytest
from django.core import checks
from django.test import override_settings
from django.utils.autoreload import StatReloader

from consentguard.datamap import tags as registry
from consentguard.datamap.tags import Tag
from consentguard_django import checks as privacy_checks
from consentguard_django import conf

SITE = Path(__file__).with_name("untagged_site.py")


def run(**options: object) -> dict[str, list[checks.CheckMessage]]:
    """The messages of the privacy checks under these options, by id."""
    with override_settings(CONSENTGUARD={"manifest": "privacy.toml", **options}):
        found: dict[str, list[checks.CheckMessage]] = {}
        for message in checks.run_checks(tags=["privacy"]):
            found.setdefault(str(message.id), []).append(message)
    return found


@pytest.fixture
def untagged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site without the tag of its inquiries."""
    from tests.django.app.models import Inquiry

    without = {key: tag for key, tag in registry._registered.items() if key is not Inquiry}
    monkeypatch.setattr(registry, "_registered", without)
    conf.guards.cache_clear()


def test_a_gap_warns_and_names_its_columns_its_file_and_the_line_to_add(untagged: None) -> None:
    """`manage.py check` says what to do, and lets everything run."""
    found = run()
    assert not [name for name in found if ".E" in name]
    (message,) = [each for each in found["consentguard.W003"] if "Inquiry" in str(each.obj)]
    assert message.obj == "clinic.Inquiry.email"
    assert "tests/django/app/models.py:" in message.msg
    call = 'register("clinic.Inquiry", "account", subjects={"member": Match("email", "clinic.Member.email")})'
    assert call in str(message.hint)


def test_in_strict_mode_a_gap_is_an_error_and_its_table_is_named(untagged: None) -> None:
    """Removing one tag fails the check by name."""
    found = run(coverage="strict")
    assert "clinic.Inquiry.email" in {message.obj for message in found["consentguard.E003"]}
    assert all(message.level == checks.ERROR for message in found["consentguard.E003"])


def test_a_new_gap_is_no_error_of_django_s_because_migrate_must_run(untagged: None, tmp_path: Path) -> None:
    """`consentguard check` fails on it in CI; a system check that is an error would stop a deployment."""
    found = run(coverage="new-only", baseline=str(tmp_path / "baseline.json"))
    assert "consentguard.E003" not in found
    assert "clinic.Inquiry.email" in {message.obj for message in found["consentguard.W003"]}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"manifset": "x"}, "did you mean"),
        ({"coverage": "lax"}, "it is one of"),
        ({"manifest": "missing.toml"}, "missing.toml"),
        ({"coverage": "new-only", "baseline": "settings.py"}, "--write-baseline"),
    ],
)
def test_a_wrong_setting_is_an_error_with_a_hint(options: dict[str, str], words: str) -> None:
    """No check ends in a traceback."""
    (message,) = run(**options)["consentguard.E001"]
    assert words in message.msg


def test_a_weak_policy_warns_under_its_own_id(tmp_path: Path) -> None:
    """Weak wording keeps the policy a draft, and stops nothing."""
    policy = Path(__file__).with_name("privacy.toml").read_text("utf-8")
    weak = tmp_path / "privacy.toml"
    statement = '[[statements]]\nsection = "security"\ntext = { en = "Your data is 100% secure.", es = "Segura." }\n'
    weak.write_text(f"{policy}\n{statement}", "utf-8")
    strong = run().get("consentguard.W004", [])
    assert len(run(manifest=str(weak))["consentguard.W004"]) > len(strong)


def test_many_findings_of_a_kind_are_counted_and_not_all_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks run before every command: a large site that has only begun is not buried in warnings."""
    monkeypatch.setattr(
        registry, "_registered", {"clinic.Member": Tag(category="account", subjects={"member": "self"})}
    )
    monkeypatch.setattr(privacy_checks, "MOST_OF_A_KIND", 2)
    conf.guards.cache_clear()
    found = run()["consentguard.W003"]
    kinds = [message.msg.partition(":")[0] for message in found]
    assert max(map(kinds.count, kinds)) == 2 + 1
    (rest,) = [message for message in found if message.msg.startswith("D-UNCLASSIFIED: 5 more of this kind")]
    assert "consentguard check" in str(rest.hint)


def test_an_unpublished_policy_is_reported_apart() -> None:
    """It is neither a gap nor a weakness."""
    assert "P-UNPUBLISHED" in run()["consentguard.W005"][0].msg


def two_sites(folder: Path) -> dict[str, dict[str, str]]:
    """The option `sites`: the second has a policy of its own, and nothing of either is published."""
    (folder / "bakery.toml").write_text(Path(__file__).with_name("privacy.toml").read_text("utf-8"), "utf-8")
    options = {"published": str(folder / "bakery.published")}
    return {"clinic": {}, "bakery": {"manifest": str(folder / "bakery.toml"), **options}}


def test_every_site_is_checked_and_each_message_names_its_own(tmp_path: Path) -> None:
    """A draft of the second site is not passed over."""
    found = run(sites=two_sites(tmp_path))["consentguard.W005"]
    drafts = [message.msg for message in found if "P-UNPUBLISHED" in message.msg]
    assert [text.rpartition(" (")[2] for text in drafts] == ["site clinic)", "site bakery)"]


def test_the_development_server_watches_the_policy_of_every_site(tmp_path: Path) -> None:
    """An edit of any of them starts it anew."""
    server = StatReloader()
    with override_settings(CONSENTGUARD={"manifest": "privacy.toml", "sites": two_sites(tmp_path)}):
        conf.watch(server)
    names = {"privacy.toml", "bakery.toml", "bakery.published/versions.json"}
    assert all(any(str(file).endswith(name) for file in server.extra_files) for name in names)


def test_a_django_that_is_not_supported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which is."""
    monkeypatch.setattr(django, "VERSION", (5, 1, 4, "final", 0))
    (message,) = run()["consentguard.E002"]
    assert "Django 5.2 or newer" in message.msg


def test_a_site_without_a_single_tag_migrates_tests_and_serves() -> None:
    """The policy's pages can come first, and the tags one by one."""
    done = subprocess.run([sys.executable, str(SITE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["migrated", "checked", "served 200", "tested"]

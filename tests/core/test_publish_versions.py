"""Published versions: named by their content, whole or absent, never touched again; and the command that makes them."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from consentguard.cli.publish import command
from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import SELF, Tag
from consentguard.findings import Finding
from consentguard.manifest.load import Policy, loads
from consentguard.manifest.schema import Manifest
from consentguard.publish.press import Press
from consentguard.publish.versions import PublishError, Version, Versions, content_version
from tests.core.neutral import table
from tests.core.policies import FIVE, MENDED, TODAY, read
from tests.web_policy import BareHost

MENDED_TEXT = MENDED.read_text("utf-8")


def version(name: str = "a" * 16) -> Version:
    """An entry of the index."""
    return Version(version=name, published=TODAY, manifest="digest")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def publish(folder: Path, *options: str, text: str = MENDED_TEXT) -> Result:
    """Run the command on a site whose policy is `text`."""
    (folder / "privacy.toml").write_text(text, "utf-8")
    return CliRunner().invoke(command, options, obj=BareHost(folder))


def test_the_version_is_of_the_content_and_not_of_the_file() -> None:
    """Comments and layout change nothing; a word or a tagged column does."""
    policy = read(MENDED)
    spaced = loads("# a comment\n\n" + policy.source, policy.path)
    reworded = loads(policy.source.replace("P30D", "P31D"), policy.path)
    name = content_version(policy, None)
    assert len(name) == 16
    assert set(name) <= set("0123456789abcdef")
    assert content_version(spaced, None) == name
    assert content_version(reworded, None) != name
    assert content_version(policy, _mapped(policy)) != name
    assert content_version(policy, None, b'{"banner":"Some biscuits?"}') != name


def _mapped(policy: Policy) -> DataMap:
    category, subject = next(iter(policy.manifest.categories)), next(iter(policy.manifest.subjects))
    tags = {"A": Tag(category=category, subjects={subject: SELF})}
    return DataMap.build([table("A", "id:key email:email")], tags, policy.manifest)


@pytest.mark.parametrize("name", FIVE)
def test_the_reference_policies_are_printed_in_both_languages(name: str) -> None:
    """Each gives a policy page and a record, in HTML and Markdown, in English and Spanish."""
    files = Press(policy=read(FIVE[name]), data_map=None, today=TODAY, languages=["en", "es"]).files()
    assert {f"policy.{language}.{kind}" for language in ("en", "es") for kind in ("html", "md")} <= files.keys()
    assert {"manifest.json", "data_map.json", "record.json", "record.jsonld", "record.csv", "record.md"} <= files.keys()
    assert msgspec.json.decode(files["manifest.json"], type=Manifest) == read(FIVE[name]).manifest


def test_a_version_is_published_and_found_again(tmp_path: Path) -> None:
    """The index names it, its date and what changed; its folder holds its files for everyone to read."""
    versions = Versions(tmp_path / "published")
    assert versions.latest() is None
    versions.add(version(), {"policy.en.md": "# text\n"})
    assert versions.latest() == versions.find("a" * 16) == version()
    assert json.loads((tmp_path / "published" / "versions.json").read_text())[0]["published"] == "2026-11-21"
    folder = tmp_path / "published" / ("a" * 16)
    assert contents(folder) == {"policy.en.md": b"# text\n"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_version_in_force_is_not_published_twice(tmp_path: Path) -> None:
    """The second attempt is refused and changes nothing."""
    versions = Versions(tmp_path)
    versions.add(version(), {"a": "1"})
    before = contents(tmp_path)
    with pytest.raises(PublishError, match="in force already"):
        versions.add(version(), {"a": "2"})
    assert contents(tmp_path) == before


def test_a_version_that_returns_keeps_its_folder_and_gets_a_new_date(tmp_path: Path) -> None:
    """Going back to an older text is a publication too; the old files stay byte for byte."""
    versions, later = Versions(tmp_path), dt.date(2027, 1, 1)
    versions.add(version("a" * 16), {"a": "1"})
    versions.add(version("b" * 16), {"a": "2"})
    versions.add(Version(version="a" * 16, published=later, manifest="digest"), {"a": "3"})
    assert (tmp_path / ("a" * 16) / "a").read_text() == "1"
    assert [entry.version[0] for entry in versions.all()] == ["a", "b", "a"]
    assert (versions.find("a" * 16) or version()).published == later


def test_what_an_interrupted_run_left_is_replaced(tmp_path: Path) -> None:
    """A folder that the index does not name was never published."""
    orphan = tmp_path / ("a" * 16)
    orphan.mkdir()
    (orphan / "half").write_text("")
    Versions(tmp_path).add(version(), {"a": "1"})
    assert contents(orphan) == {"a": b"1"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a" * 16, "versions.json"]


@pytest.mark.parametrize("index", ["", "{", "[1]", '[{"version": "a"}]', "\x00"])
def test_an_index_that_cannot_be_read_is_one_clear_message(tmp_path: Path, index: str) -> None:
    """No traceback, and no version is forgotten by overwriting it."""
    (tmp_path / "versions.json").write_text(index)
    with pytest.raises(PublishError, match=r"versions\.json cannot be read"):
        Versions(tmp_path).add(version(), {})


def test_a_folder_that_cannot_be_written_is_one_clear_message(tmp_path: Path) -> None:
    """The message names the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match=r"file.* cannot be (read|written)"):
        Versions(tmp_path / "file").add(version(), {})


def test_the_command_publishes_once_and_says_what_changed(tmp_path: Path) -> None:
    """First published, then unchanged, then a new version with its material changes; the old one stays as it was."""
    first = publish(tmp_path)
    assert (first.exit_code, first.output.split(":")[0]) == (0, "Published")
    published = tmp_path / "privacy.published"
    before = contents(published)
    again = publish(tmp_path)
    assert again.output.startswith("Nothing changed")
    assert contents(published) == before
    changed = publish(tmp_path, text=MENDED_TEXT.replace("P30D", "P60D"))
    assert "material" in changed.output
    assert contents(published).items() >= {key: value for key, value in before.items() if "/" in key}.items()
    assert len(Versions(published).all()) == 2
    assert Versions(published).all()[1].material


@pytest.mark.parametrize(("code", "hint"), [("Guatemala", "did you mean `GT`?"), ("XX", "ISO 3166-1"), ("gt", "`GT`")])
def test_a_draft_is_for_people_of_a_place_that_there_is(tmp_path: Path, code: str, hint: str) -> None:
    """A misspelt jurisdiction is bad input: all that holds for some people would be left out in silence."""
    refused = publish(tmp_path, "--draft", "--jurisdiction", code)
    assert refused.exit_code == 2
    assert hint in refused.output
    assert publish(tmp_path, "--draft", "--jurisdiction", "US-CA").exit_code == 0


def test_errors_of_lint_refuse_a_publication_and_a_draft_shows_them(tmp_path: Path) -> None:
    """Nothing is recorded; the draft goes beside the manifest, watermarked in each language."""
    weak = FIVE["u1"].read_text("utf-8")
    refused = publish(tmp_path, text=weak)
    assert refused.exit_code == 1
    assert "L-CONTACT" in refused.output
    assert not (tmp_path / "privacy.published").exists()
    assert publish(tmp_path, "--draft", text=weak).exit_code == 0
    draft = tmp_path / "privacy.draft"
    assert "L-CONTACT" in (draft / "policy.en.html").read_text("utf-8")
    assert "Borrador" in (draft / "policy.es.md").read_text("utf-8")
    assert "Last updated" not in (draft / "policy.en.md").read_text("utf-8")
    assert not (tmp_path / "privacy.published").exists()


def test_drafts_of_an_admin_refuse_a_publication_until_somebody_took_them_over(tmp_path: Path) -> None:
    """What is published is what stands in the file, and so nothing is taken over by itself."""
    publish(tmp_path, "--draft")
    drafted = Finding(id="C-DRAFT-DIFFERS", severity="warning", message="differs", where="cookies.video", hint="pull")
    refused = CliRunner().invoke(command, [], obj=BareHost(tmp_path, drafted=(drafted,)))
    assert refused.exit_code == 1
    assert "C-DRAFT-DIFFERS cookies.video: differs" in refused.output
    assert not (tmp_path / "privacy.published").exists()
    assert CliRunner().invoke(command, ["--draft"], obj=BareHost(tmp_path, drafted=(drafted,))).exit_code == 0


def test_a_draft_never_touches_what_was_published(tmp_path: Path) -> None:
    """A draft into the folder of versions, or into a version, is refused before a file is written."""
    published = tmp_path / "privacy.published"
    done = publish(tmp_path, "--draft", "--out", str(published / "0123456789abcdef"))
    assert done.exit_code == 2
    assert "never change" in done.output
    assert not published.exists()


def test_a_draft_leaves_other_files_of_its_folder_alone(tmp_path: Path) -> None:
    """`--out` may name a folder that holds more."""
    out = tmp_path / "site"
    out.mkdir()
    (out / "index.html").write_text("mine")
    publish(tmp_path, "--draft", "--out", str(out), "--language", "es", "--jurisdiction", "GT")
    assert (out / "index.html").read_text() == "mine"
    assert (out / "policy.es.md").exists()
    assert not (out / "policy.en.md").exists()


@pytest.mark.parametrize("options", [["--dry-run"], ["--draft", "--dry-run"]])
def test_a_dry_run_writes_nothing(tmp_path: Path, options: list[str]) -> None:
    """It says what would happen."""
    result = publish(tmp_path, *options)
    assert result.exit_code == 0
    assert "nothing was written" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["privacy.toml"]


@pytest.mark.parametrize("options", [["--language", "es"], ["--jurisdiction", "GT"], ["--draft", "--language", "fr"]])
def test_a_version_is_published_whole(tmp_path: Path, options: list[str]) -> None:
    """One language or one place alone is a draft; a language that the site lacks is a mistake."""
    assert publish(tmp_path, *options).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["privacy.toml"]


def test_the_outcome_as_json(tmp_path: Path) -> None:
    """For machines: state, version, folder, changes and errors."""
    outcome = json.loads(publish(tmp_path, "--json").output)
    assert (outcome["state"], outcome["changes"], outcome["errors"]) == ("published", [], [])
    assert Path(outcome["folder"]).name == outcome["version"]


def test_the_date_of_a_published_page_is_that_of_its_version(tmp_path: Path) -> None:
    """Nobody types it."""
    publish(tmp_path)
    [page] = (tmp_path / "privacy.published").glob("*/policy.en.html")
    version = Versions(tmp_path / "privacy.published").latest()
    assert version
    assert f'datetime="{version.published.isoformat()}"' in page.read_text("utf-8")

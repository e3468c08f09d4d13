"""The translation catalogs: complete, in step with the code, and compiled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import translations


def test_the_catalogs_are_complete() -> None:
    """No message is missing, untranslated or left over, and each catalog is compiled as it stands."""
    faults = {path: list(translations.faults(path, translations.template(path))) for path in translations.catalogs()}
    assert {path: found for path, found in faults.items() if found} == {}


def test_what_visitors_meet_is_there_in_ten_languages() -> None:
    """English in the sources, Spanish with everything else, and the rest in catalogs of their own."""
    there = {"en"} | {path.parent.parent.name for path in translations.catalogs()}
    assert there >= {"en", "es", "fr", "de", "pt", "it", "nl", "pl", "ar", "sw"}


def test_what_visitors_meet_is_said_in_all_of_them() -> None:
    """By `spoken`, which knows their catalogs: `words` knows two languages, and would say the rest in English."""
    patterns = [f"{each}/*.py" if each.endswith("**") else each for each in translations.VISITED]
    sources = [file for each in patterns for file in translations.SOURCES.glob(each)]
    assert len(sources) > len(patterns)
    assert [file.name for file in sources if re.search(r"(?<![\w.])(?<!def )words\(", file.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('msgstr "No se indica"', 'msgstr ""', "untranslated"),
        ('msgstr "Hasta {period}"', 'msgstr "Hasta {periodo}"', "other placeholders"),
        ('msgid "Portability"', 'msgid "Portabilities"', "missing"),
        ('msgid "Portability"', 'msgid "Portabilities"', "left over"),
        ('msgstr "Portabilidad"', 'msgstr "Portar"', "not compiled"),
    ],
)
def test_the_check_of_the_catalogs_can_fail(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Each kind of fault is told."""
    [real] = [path for path in translations.catalogs() if path.parent.parent.name == "es"]
    copy = tmp_path / "es" / "LC_MESSAGES" / real.name
    copy.parent.mkdir(parents=True)
    source = real.read_text("utf-8")
    assert old in source
    copy.write_text(source.replace(old, new), "utf-8")
    copy.with_suffix(".mo").write_bytes(real.with_suffix(".mo").read_bytes())
    assert any(re.search(fault, line) for line in translations.faults(copy, translations.template(copy)))

"""The tutorials, followed to the letter: each command is run in a new folder, and prints what the page shows."""

from pathlib import Path

import pytest

from tests.docs.reader import Reader

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorial"
DRAFT = "privacy-draft"


@pytest.mark.parametrize("name", ["django", "flask"])
def test_a_tutorial_leads_to_a_published_policy(name: str, tmp_path: Path) -> None:
    """From `pip install` to a policy in two languages, in force, by nothing but what the page says."""
    with Reader(tmp_path / "bakery") as reader:
        reader.folder.mkdir()
        reader.follow(TUTORIALS / f"{name}.md")
    for language, title in (("en", "Privacy policy"), ("es", "Política de privacidad")):
        page = reader.pages[f"/privacy/{language}/policy"]
        assert f"<h1>{title}</h1>" in page
        assert DRAFT not in page

"""The tutorials and quickstarts, followed to the letter: each command is run, and prints what the page shows."""

from pathlib import Path

import pytest

from tests.docs.reader import Reader

DOCS = Path(__file__).parents[2] / "docs"
DRAFT = "privacy-draft"


@pytest.mark.parametrize("name", ["django", "flask"])
def test_a_tutorial_leads_to_a_published_policy(name: str, tmp_path: Path) -> None:
    """From `pip install` to a policy in two languages, in force, by nothing but what the page says."""
    with Reader(tmp_path / "bakery") as reader:
        reader.folder.mkdir()
        reader.follow(DOCS / "tutorial" / f"{name}.md")
    for language, title in (("en", "Privacy policy"), ("es", "Política de privacidad")):
        page = reader.pages[f"/privacy/{language}/policy"]
        assert f"<h1>{title}</h1>" in page
        assert DRAFT not in page


def test_each_piece_works_alone_on_a_site_that_exists(tmp_path: Path) -> None:
    """The quickstart of each piece does what it says with the lines that it shows, and no others."""
    with Reader(tmp_path) as reader:
        reader.follow(DOCS / "tutorial" / "django.md", "The site", "Install consentguard into the site")
        reader.follow(DOCS / "howto" / "adopt-a-piece.md")
    assert "sessionid" in reader.pages["/privacy/cookies"]
    assert "privacy@bakery.example.com" in reader.pages["/privacy/data-deletion"]

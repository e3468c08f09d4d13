"""`consentguard check` on a Django site whose forms have no tables to write to; its pages that only read answer all the
same.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.django.test_startup import SETTINGS, Site
from tests.web_policy import POLICY

ASKING = POLICY.replace('channels = ["email"]', 'channels = ["page"]')
MAKE_SHOP = """
import django
django.setup()
from django.db import connection
from shop.models import Visitor
with connection.schema_editor() as editor:
    editor.create_model(Visitor)
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site whose policy has a form for requests, and whose database nobody has made yet."""
    made = Site(tmp_path)
    (tmp_path / "privacy.toml").write_text(ASKING, "utf-8")
    return made


def make_shop(site: Site) -> None:
    """Make the site's own table, as it was there before consentguard was installed."""
    done = site.python("-c", "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'" + MAKE_SHOP)
    assert done.returncode == 0, done.stderr


def missing(site: Site) -> list[dict[str, str]]:
    """What the command finds about tables."""
    ended = site.python("manage.py", "consentguard", "check", "--json")
    assert ended.stdout, ended.stderr
    return [found for found in json.loads(ended.stdout)["findings"] if found["id"] == "P-NO-TABLES"]


def test_missing_tables_are_an_error_with_the_command_that_makes_them(site: Site) -> None:
    """The forms would answer 503; once `migrate` has run nothing is said."""
    make_shop(site)
    [found] = missing(site)
    assert found["severity"] == "error"
    assert "consentguard_rights_request" in found["message"]
    assert "manage.py migrate" in found["hint"]
    assert site.python("manage.py", "migrate").returncode == 0
    assert missing(site) == []


def test_a_policy_that_asks_for_nothing_needs_no_tables(site: Site) -> None:
    """Whoever only publishes a policy is not troubled."""
    make_shop(site)
    (site.folder / "privacy.toml").write_text(POLICY, "utf-8")
    assert missing(site) == []


def test_a_build_without_a_database_passes(site: Site) -> None:
    """Neither an empty database nor a site that names none at all is one that pages write to."""
    assert missing(site) == []
    settings = SETTINGS.format(options="{}", apps='"consentguard", "consentguard_django",') + "DATABASES = {}\n"
    (site.folder / "site_settings.py").write_text(settings, "utf-8")
    assert missing(site) == []

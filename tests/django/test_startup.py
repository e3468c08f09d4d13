"""A Django site whose policy, settings or tags are wrong does not start, and says why in one message."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web_policy import POLICY

SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "tests only"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", {apps} "shop"]
ROOT_URLCONF = "site_urls"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CONSENTGUARD = {options}
"""
BOTH = '"consentguard", "consentguard_django",'
URLS = """
from django.urls import include, path

urlpatterns = [path("privacy/", include("consentguard_django.urls"))]
"""
MANAGE = """
import os
import sys

from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
execute_from_command_line(sys.argv)
"""
MODELS = """
from django.db import models

class Visitor(models.Model):
    name = models.CharField(max_length=40)
"""
SERVE = "import site_wsgi; print('serving')"
WSGI = """
import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
application = get_wsgi_application()
"""
UNKNOWN_KEY = POLICY.replace("contact =", "contakt =")
BROKEN = {
    "unknown key": UNKNOWN_KEY,
    "no TOML": "manifest = ",
    "not UTF-8": POLICY.encode("utf-16"),
    "too large": POLICY + "#" * 1024 * 1024,
    "empty": "",
}


class Site:
    """A Django project of a few lines in a folder of its own, run in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "shop").mkdir()
        self.configure()
        files = {"manage.py": MANAGE, "site_urls.py": URLS, "site_wsgi.py": WSGI, "shop/__init__.py": "",
                 "shop/models.py": MODELS, "privacy.toml": POLICY}  # fmt: skip
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")

    def configure(self, options: str = "{}", apps: str = BOTH) -> None:
        (self.folder / "site_settings.py").write_text(SETTINGS.format(options=options, apps=apps), "utf-8")

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(self.folder), *filter(None, sys.path)])}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        return subprocess.run(
            [sys.executable, "-W", "error", *arguments], cwd=self.folder, env=environment,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def refused(ended: subprocess.CompletedProcess[str], *said: str) -> None:
    """It ended with an error in which each text stands, and with no traceback."""
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    for text in said:
        assert text in ended.stderr


@pytest.mark.parametrize("policy", BROKEN.values(), ids=BROKEN.keys())
def test_a_command_stops_with_one_message(site: Site, policy: str | bytes) -> None:
    """`manage.py` does nothing else; the message names the file, and there is no traceback."""
    (site.folder / "privacy.toml").write_bytes(policy if isinstance(policy, bytes) else policy.encode())
    refused(site.python("manage.py", "migrate"), "consentguard", "privacy.toml")
    assert not (site.folder / "db.sqlite3").exists()


def test_the_development_server_stops_too(site: Site) -> None:
    """`runserver`, which reloads itself, ends as well instead of waiting with a traceback."""
    (site.folder / "privacy.toml").write_text("manifest = ", "utf-8")
    refused(site.python("manage.py", "runserver", "127.0.0.1:0"), "privacy.toml")


BROKEN_TAGS = {
    "syntax": ("register((", "line 2: SyntaxError"),
    "unknown name": ("registre('shop.Visitor')", "line 2: NameError"),
    "unknown argument": ("register('shop.Visitor', subject={})", "line 2: TypeError"),
}


@pytest.mark.parametrize(("line", "said"), BROKEN_TAGS.values(), ids=BROKEN_TAGS.keys())
def test_registrations_that_cannot_be_imported_stop_a_site(site: Site, line: str, said: str) -> None:
    """The message names the line of privacy.py; our own command says it without a traceback, too."""
    file = site.folder / "shop" / "privacy.py"
    file.write_text(f"from consentguard import register\n{line}\n", "utf-8")
    refused(site.python("manage.py", "check"), f"{file}, {said}")
    refused(site.python("manage.py", "consentguard", "check"), f"{file}, {said}")


def test_a_missing_policy_is_named(site: Site) -> None:
    """The message says which file is looked for."""
    (site.folder / "privacy.toml").unlink()
    refused(site.python("manage.py", "check"), str(site.folder / "privacy.toml"))


def test_an_unknown_option_is_named(site: Site) -> None:
    """A mistyped key of CONSENTGUARD stops the site and suggests the right one."""
    site.configure(options="{'coverge': 'strict'}")
    refused(site.python("manage.py", "check"), "coverge", "coverage")


def test_the_setting_must_be_a_dict(site: Site) -> None:
    """Another type is said to be wrong, in words."""
    site.configure(options="['privacy.toml']")
    refused(site.python("manage.py", "check"), "CONSENTGUARD", "dict")


def test_the_core_must_be_installed_beside_the_adapter(site: Site) -> None:
    """Its templates and its stylesheet are found through INSTALLED_APPS."""
    site.configure(apps='"consentguard_django",')
    refused(site.python("manage.py", "check"), '"consentguard"', "INSTALLED_APPS")


ENCRYPTS = """
from django.db import models
from consentguard_django.fields import Encrypted

class Visitor(models.Model):
    name = models.CharField(max_length=40)
    phone = Encrypted(models.CharField(max_length=40), bound_to={"user": "name"})
"""
READS = """
from shop.models import Visitor
Visitor.objects.get().phone
"""
SEALS = """
from shop.models import Visitor
Visitor.objects.create(name="ada", phone="+502")
print(Visitor.objects.get().phone)
"""


def test_a_site_without_a_policy_encrypts(site: Site) -> None:
    """With one app, a keyring, and nothing else of ours: its tables are made, and values are bound to their people."""
    (site.folder / "privacy.toml").unlink()
    (site.folder / "shop" / "models.py").write_text(ENCRYPTS, "utf-8")
    site.configure(options='{"keyring": "site.keys"}', apps='"consentguard_django",')
    for command in (["consentguard", "keys", "new"], ["makemigrations", "shop", "-v", "0"], ["migrate", "-v", "0"]):
        ended = site.python("manage.py", *command)
        assert ended.returncode == 0, ended.stderr
    checked = site.python("manage.py", "check")
    assert "(consentguard.W011) E-ONE-DUMP: one dump of the database" in checked.stderr
    assert "holds shop.Visitor.phone and the keys" in checked.stderr
    ended = site.python("manage.py", "shell", "-v", "0", "-c", SEALS)
    assert (ended.stdout, ended.stderr) == ("+502\n", "")
    shredded = site.python("manage.py", "consentguard", "shred", "user:ada", "--yes")
    lines = ["user:ada: the key is destroyed", "shop.Visitor.phone: 1 unreadable"]
    assert (shredded.stdout.splitlines(), shredded.stderr) == (lines, "")
    assert "ErasedError" in site.python("manage.py", "shell", "-v", "0", "-c", READS).stderr


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ('register("shop.Visitor", "no_such_category")', "no_such_category"),
        ('register("shop.Visitor", "contact", subjects={"nobody": "self"})', "nobody"),
        ('register("shop.Visitor", "contact", anchors={"created": "no_such_column"})', "no_such_column"),
        ('register("shop.Nothing", "contact")', "shop.Nothing"),
    ],
)
def test_a_tag_that_leads_nowhere_is_named(site: Site, tag: str, said: str) -> None:
    """A category, subject, anchor or model that does not exist."""
    (site.folder / "shop" / "privacy.py").write_text(f"from consentguard import register\n{tag}\n", "utf-8")
    refused(site.python("manage.py", "check"), said)


def test_a_server_does_not_start_either(site: Site) -> None:
    """Under WSGI the error itself is raised, so that no server takes the site for a working one."""
    (site.folder / "privacy.toml").write_text(UNKNOWN_KEY, "utf-8")
    ended = site.python("-c", SERVE)
    assert ended.returncode != 0
    assert "serving" not in ended.stdout
    assert "StartupError: consentguard: " in ended.stderr
    assert "contakt" in ended.stderr


def test_a_site_whose_models_have_no_tags_migrates_and_serves(site: Site) -> None:
    """It is adopted piece by piece: without a tag there are warnings at most."""
    migrated = site.python("manage.py", "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    assert site.python("-c", SERVE).stdout == "serving\n"


def test_our_own_commands_run_on_a_site_without_a_policy(site: Site) -> None:
    """`manage.py consentguard` is there before the policy is: `init` writes the first one."""
    (site.folder / "privacy.toml").unlink()
    listed = site.python("manage.py", "consentguard", "lint", "--help")
    assert listed.returncode == 0, listed.stderr
    assert "Usage: manage.py consentguard lint" in listed.stdout


def test_our_own_commands_report_a_wrong_policy_themselves(site: Site) -> None:
    """One message with every mistake, exit code 2."""
    (site.folder / "privacy.toml").write_text(UNKNOWN_KEY, "utf-8")
    ended = site.python("manage.py", "consentguard", "check")
    refused(ended, "contakt")
    assert ended.returncode == 2


@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_our_command_lists_its_commands(site: Site, asked: str) -> None:
    """The help is ours: Django's own would name none of them."""
    ended = site.python("manage.py", "consentguard", asked)
    assert ended.returncode == 0
    assert "publish" in ended.stdout

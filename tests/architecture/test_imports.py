"""What `import consentguard` brings along: nothing that a request or another framework does not need."""

import subprocess
import sys

import pytest

FRAMEWORKS = ("django", "flask", "sqlalchemy", "celery", "pytest")
LOADED_WHEN_FIRST_USED = ("jsonschema", "tree_sitter", "rich", "babel")

LOADED_WITH_A_PAGE = ("babel", "cryptography", "limits", "pyotp", "segno")

_PROBE = "import sys; import {module}; print('\\n'.join(sys.modules))"


def after_import_of(module: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after an import."""
    code = _PROBE.format(module=module)
    probe = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in probe.stdout.split()}


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """What `import consentguard` brings along."""
    return after_import_of("consentguard")


@pytest.fixture(scope="module")
def loaded_with_routes() -> set[str]:
    """What the table of routes brings along, from which a site that starts builds its URLs."""
    return after_import_of("consentguard.web.table")


@pytest.mark.parametrize("module", FRAMEWORKS + LOADED_WHEN_FIRST_USED)
def test_the_core_does_not_load(module: str, loaded: set[str]) -> None:
    """A site pays for a framework or a heavy library only where it uses it."""
    assert module not in loaded


@pytest.mark.parametrize("module", FRAMEWORKS + LOADED_WITH_A_PAGE)
def test_a_site_that_starts_does_not_load(module: str, loaded_with_routes: set[str]) -> None:
    """A server is ready before anything is loaded that only a page or an act of ours needs."""
    assert module not in loaded_with_routes

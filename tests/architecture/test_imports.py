"""What `import consentguard` brings along: nothing that a request or another framework does not need."""

import subprocess
import sys

import pytest

FRAMEWORKS = ("django", "flask", "sqlalchemy", "celery", "pytest")
LOADED_WHEN_FIRST_USED = ("jsonschema", "tree_sitter", "rich", "babel")

_PROBE = "import sys; import consentguard; print('\\n'.join(sys.modules))"


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Top-level modules that a fresh interpreter holds after `import consentguard`."""
    probe = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in probe.stdout.split()}


@pytest.mark.parametrize("module", FRAMEWORKS + LOADED_WHEN_FIRST_USED)
def test_the_core_does_not_load(module: str, loaded: set[str]) -> None:
    """A site pays for a framework or a heavy library only where it uses it."""
    assert module not in loaded

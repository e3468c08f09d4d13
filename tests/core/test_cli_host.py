"""Which site a command finds where not every framework is installed."""

import subprocess
import sys
from pathlib import Path

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
from consentguard.cli import main
sys.argv = ["consentguard", *{words}]
main()
"""


def run(folder: Path, missing: set[str], *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process that cannot import some modules."""
    code = WITHOUT.format(missing=missing, words=list(words))
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_a_framework_that_is_not_installed_is_no_obstacle(tmp_path: Path) -> None:
    """Both adapters come in one package, and most sites have only one of the frameworks."""
    done = run(tmp_path, {"django", "flask", "sqlalchemy"}, "keys", "new")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "consentguard.keys").exists()


def test_without_any_framework_there_is_no_site(tmp_path: Path) -> None:
    """One clear message, not a traceback."""
    done = run(tmp_path, {"django", "flask", "sqlalchemy"}, "check")
    assert done.returncode == 2
    assert done.stderr.startswith("consentguard: no Django or Flask site found here")

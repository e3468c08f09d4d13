"""The consent banners that ours is held against: fetched from npm into a folder, and put into a page by default."""

from __future__ import annotations

import gzip
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120
"""Seconds that npm may take for a package."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One package: which files of it every page loads, how a page starts it, where its banner and its button are."""

    package: str
    version: str
    files: Sequence[str]
    start: str
    banner: str
    refuse: str
    script: str = ""
    """What has to stand before its own script."""

    @property
    def name(self) -> str:
        """As results name it."""
        return f"{self.package} {self.version}"

    @property
    def head(self) -> str:
        """Its style, for a page's head."""
        sheets = [file for file in self.files if file.endswith("css")]
        return "".join(f'<link rel="stylesheet" href="/{self.package}/{sheet}">' for sheet in sheets)

    @property
    def foot(self) -> str:
        """Its scripts, for the end of a page's body, where its documentation has them."""
        scripts = [file for file in self.files if file.endswith("js")]
        tags = "".join(f'<script src="/{self.package}/{script}"></script>' for script in scripts)
        return f"<script>{self.script}</script>{tags}<script>{self.start}</script>"


_TEXTS = {
    "consentModal": {
        "title": "We use cookies",
        "description": "Some are needed, others count visits.",
        "acceptAllBtn": "Accept all",
        "acceptNecessaryBtn": "Reject all",
        "showPreferencesBtn": "Manage preferences",
    },
    "preferencesModal": {
        "title": "Preferences",
        "acceptAllBtn": "Accept all",
        "acceptNecessaryBtn": "Reject all",
        "savePreferencesBtn": "Save",
        "closeIconLabel": "Close",
        "sections": [
            {"title": "Needed", "description": "Sign-in.", "linkedCategory": "necessary"},
            {"title": "Visits", "description": "Counts visits.", "linkedCategory": "analytics"},
        ],
    },
}
_VANILLA: Mapping[str, object] = {
    # it hides from what a machine drives unless told otherwise, and would not be there to measure
    "hideFromBots": False,
    "categories": {"necessary": {"enabled": True, "readOnly": True}, "analytics": {}},
    "language": {"default": "en", "translations": {"en": _TEXTS}},
}
_KLARO: Mapping[str, object] = {
    "services": [{"name": "counter", "title": "Counter", "purposes": ["analytics"], "cookies": ["_ga"]}],
    "translations": {"en": {"purposes": {"analytics": {"title": "Visits"}}}},
}
PEERS = (
    Peer(
        package="vanilla-cookieconsent",
        version="3.1.0",
        files=("dist/cookieconsent.css", "dist/cookieconsent.umd.js"),
        start=f"CookieConsent.run({json.dumps(_VANILLA)});",
        banner="#cc-main .cm",
        refuse="#cc-main .cm button[data-role=necessary]",
    ),
    Peer(
        package="klaro",
        version="0.7.22",
        files=("dist/klaro.js",),
        script=f"window.klaroConfig = {json.dumps(_KLARO)};",
        start="",
        banner=".klaro .cookie-notice",
        refuse=".klaro .cookie-notice .cn-decline",
    ),
    Peer(
        package="cookieconsent",
        version="3.1.1",
        files=("build/cookieconsent.min.css", "build/cookieconsent.min.js"),
        start='window.cookieconsent.initialise({"type": "opt-in"});',
        banner=".cc-window",
        refuse=".cc-window .cc-deny",
    ),
)


class NoPeersError(Exception):
    """The peers cannot be fetched; the message says why."""


def fetch(folder: Path) -> None:
    """Unpack every peer below the folder, under its package's name. Raises NoPeersError."""
    for peer in PEERS:
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{peer.package}@{peer.version}"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=True)
        except FileNotFoundError:
            raise NoPeersError("npm is not installed") from None
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            raise NoPeersError(f"npm cannot fetch {peer.name}") from None
        with tarfile.open(folder / done.stdout.split()[-1]) as archive:
            archive.extractall(folder / "unpacked", filter="data")
        (folder / "unpacked" / "package").rename(folder / peer.package)


def compressed(*files: Path) -> int:
    """The bytes of files as a server sends them, each packed with gzip -9."""
    return sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in files)

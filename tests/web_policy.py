"""A small policy, and a site without models that has it, for the tests of the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from secrets import token_hex

from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.tags import Tag
from consentguard.deployment import Deployment
from consentguard.errors import SettingsError
from consentguard.findings import Finding
from consentguard.host import Survey
from consentguard.manifest.schema import Manifest
from consentguard.memory import MemoryStores, Outbox
from consentguard.ports import FilesError

CONTROLLER = """
manifest = 1
[controller]
name = "Example <Shop> & Co"
legal_entity = "Example Shop Ltd"
contact = "privacy@shop.example.com"
"""
SITE = """
[site]
languages = ["en", "es"]
[purposes.service]
title = { en = "Provide the service", es = "Prestar el servicio" }
[categories.contact]
title = { en = "Contact <information>", es = "Información de contacto" }
sources = { you = ["name", "email"] }
purposes = ["service"]
retention = { at_most = "P90D", from = "created" }
"""
COOKIES = """
[cookies.session]
purpose = "service"
names = ["session"]
essential = true
"""
RIGHTS = """
[rights.erasure]
channels = ["email"]
"""
POLICY = CONTROLLER + SITE + COOKIES + RIGHTS
BROKEN: dict[str, str | bytes] = {
    "unknown key": POLICY.replace("contact =", "contakt ="),
    "no TOML": "manifest = ",
    "not UTF-8": POLICY.encode("utf-16"),
    "too large": POLICY + "#" * 1024 * 1024,
    "empty": "",
}
"""Files that are no policy, by what is wrong with them."""

SAFE = Deployment(debug=False, secrets={"SECRET_KEY": token_hex(32)}, any_host=False, redirects=True, hsts=31_536_000)
"""A site that is served as it should be."""


class MemoryFiles(dict[str, bytes]):
    """`consentguard.ports.Files` in memory: the bytes of each file by its name, whichever column names it."""

    def open(self, label: str, column: str, name: str) -> BytesIO:
        if name not in self:
            raise FilesError(f'a file of "{label}.{column}" is not there')
        return BytesIO(self[name])

    def delete(self, label: str, column: str, name: str) -> None:
        self.pop(name, None)


@dataclass(frozen=True)
class BareHost:
    """A site of no framework whose policy lies in `folder`, with one database and a mail box in memory."""

    folder: Path
    databases: Mapping[str, MemoryStores] = field(default_factory=lambda: {"default": MemoryStores()})
    outbox: Outbox = field(default_factory=Outbox)
    drafted: Sequence[Finding] = ()
    sealed: tuple[SealedColumn, ...] = ()
    stored: MemoryFiles = field(default_factory=MemoryFiles)
    served: Deployment = SAFE
    employed: Sequence[object] | None = None
    protected: frozenset[str] = frozenset()

    def options(self) -> Mapping[str, object]:
        return {}

    def root(self) -> Path:
        return self.folder

    def tables(self) -> tuple[Table, ...]:
        return ()

    def tags(self) -> Mapping[str, Tag]:
        return {}

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        return tuple(column for column in self.sealed if database in ("", column.database))

    def deployment(self) -> Deployment:
        return self.served

    def staff(self, database: str, named: Callable[[], Iterable[object]] | None) -> tuple[str, Sequence[object]] | None:
        return ("", self.employed) if self.employed is not None else None

    def users(self) -> str:
        return "user"

    def factors_elsewhere(self, database: str, users: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return {"another package": self.protected.intersection(users)} if self.protected else {}

    def unmasked(self) -> Mapping[str, Sequence[str]]:
        return {}

    def draft_findings(self, manifest: Manifest) -> Sequence[Finding]:
        return self.drafted

    def mirroring_cookie(self) -> str:
        return ""

    def setting(self, name: str) -> object:
        return self.options().get(name)

    def database_names(self) -> tuple[str, ...]:
        return tuple(self.databases)

    def survey(self) -> Survey:
        return Survey(root=self.folder, registrations=self.folder / "tags.py", load_registrations="")

    def stores(self, database: str) -> MemoryStores:
        if database not in self.databases:
            raise SettingsError(f"there is no database {database!r}")
        return self.databases[database]

    def mail(self) -> Outbox:
        return self.outbox

    def files(self) -> MemoryFiles:
        return self.stored

    def caches(self) -> Mapping[str, Callable[[], Iterable[bytes]] | None]:
        return {}

    def forget_sessions(self, keys: Sequence[str]) -> int:
        return 0

    def execute(self, database: str, statements: Callable[[str], Sequence[str]]) -> None:
        raise SettingsError("a database in memory takes no SQL")

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        raise SettingsError("a database in memory takes no SQL")

    def path_to(self, name: str, **params: str) -> str:
        return url_for(name, **params)


def url_for(name: str, /, **params: str) -> str:
    """Paths as a host might have them: `/privacy/policy/es`."""
    return "/".join(["/privacy", name, *params.values()])

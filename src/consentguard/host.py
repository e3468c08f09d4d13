"""What an adapter tells the core about the site it stands in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.tags import Tag
from consentguard.deployment import Deployment
from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest
from consentguard.ports import Files, Mail, Stores

COMMAND = "consentguard"
OPTIONS_WITH_VALUE = ("-A", "--app", "-e", "--env-file")
"""Options that stand before a subcommand of `flask`; `manage.py` has none there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What `consentguard init` can see of a site: the raw material for a first policy, every piece a guess.

    `cookies` maps a cookie's name to what sets it; `languages` are the site's, the default first;
    `packages` are installed companions and SDKs by their import name; `registrations` is the file where register()
    calls go, and `load_registrations` tells the developer what loads it.
    """

    root: Path
    registrations: Path
    load_registrations: str
    languages: tuple[str, ...] = ("en",)
    hosts: tuple[str, ...] = ()
    cookies: Mapping[str, str] | None = None
    packages: tuple[str, ...] = ()


class Host(Protocol):
    """A site as the core sees it; each adapter implements it once."""

    def options(self) -> Mapping[str, object]:
        """The host's settings for consentguard, as written: see `consentguard.settings.Settings`."""

    def root(self) -> Path:
        """The folder that relative paths of the settings start from."""

    def tables(self) -> tuple[Table, ...]:
        """Every table of the site in a stable order, consentguard's own among them."""

    def tags(self) -> Mapping[str, Tag]:
        """The tag in force for each tagged table, by label; inheritance is already resolved."""

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        """Every encrypted column of the site's tables, in the order of `tables`; or those that stand in a database."""

    def setting(self, name: str) -> object:
        """One of the framework's own settings, such as SECRET_KEY; None where there is none of that name."""

    def deployment(self) -> Deployment:
        """How the framework's settings have the site served and kept: what `consentguard check --deploy` judges."""

    def staff(self, database: str, named: Callable[[], Iterable[object]] | None) -> tuple[str, Sequence[object]] | None:
        """The database's name for the table of users, and the primary keys of those who are staff.

        `named` is the setting `staff`, which goes before what the framework knows. None where nobody says who they
        are. Raises SettingsError or StoreError.
        """

    def users(self) -> str:
        """The database's name for the table of users; empty where the framework knows of none."""

    def factors_elsewhere(self, database: str, users: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Each package of the site's that keeps second factors beside ours, and the primary keys of those of these
        users who have one there; a code to recover by is none. Raises StoreError.
        """

    def unmasked(self) -> Mapping[str, Sequence[str]]:
        """The views of the site's admin that show encrypted columns to all who may open them: what each shows."""

    def draft_findings(self, manifest: Manifest) -> Sequence[Finding]:
        """Where what people drafted in the site's admin, if it has a place for that, differs from the policy."""

    def mirroring_cookie(self) -> str:
        """The cookie of another package that is set to say what ours says of a choice; empty where there is none."""

    def database_names(self) -> tuple[str, ...]:
        """The aliases or binds of the site's databases. Raises SettingsError."""

    def survey(self) -> Survey:
        """What `consentguard init` starts from."""

    def stores(self, database: str) -> Stores:
        """The stores of a database alias or bind. Cheap: asked once for each request.

        Raises SettingsError where the host has no such database.
        """

    def execute(self, database: str, statements: Callable[[str], Sequence[str]]) -> None:
        """Run SQL on a database: the statements that the function gives for its kind.

        The kind is `postgresql`, `mysql` (MariaDB too) or `sqlite`. Raises SettingsError where the host has no such
        database, and StoreError.
        """

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        """The rows of one statement on a database, outside of any transaction: what the function gives for its kind.

        None for a statement that has no rows, such as VACUUM. Raises as `execute`.
        """

    def mail(self) -> Mail:
        """The host's way of sending mail."""

    def files(self) -> Files:
        """The files that columns of the site's tables name, where the setting `files` does not say how to get at them.

        A framework that has no storage of its own raises FilesError for each.
        """

    def caches(self) -> Mapping[str, Callable[[], Iterable[bytes]] | None]:
        """The caches of the site by what a person calls them: what reads one as a whole, or None where nothing can.

        It gives the bytes of keys and values, uncompressed.
        """

    def forget_sessions(self, keys: Sequence[str]) -> int:
        """End the sessions of the users with these primary keys, and say how many ended; again it does no harm.

        None where the site does not keep sessions in its database: such a session is nobody's once the user's row is
        gone. Raises StoreError.
        """

    def path_to(self, name: str, **params: str) -> str:
        """The path of a page of ours, for a link in a mail: also outside a request, as when a command sends it."""


def own_command() -> bool:
    """Whether this process was started for one of our own commands, by any of its three names.

    Such a command reports a missing or wrong policy itself, so an adapter leaves its start-up check to it:
    `init` could never write the first policy otherwise.
    """
    program, *arguments = sys.argv or [""]
    return Path(program).stem == COMMAND or _subcommand(arguments) == COMMAND


def _subcommand(arguments: Sequence[str]) -> str:
    """The first argument that is no option of `flask` or `manage.py`, nor the value of one."""
    rest = iter(arguments)
    for argument in rest:
        if argument in OPTIONS_WITH_VALUE:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return ""


def installed_packages() -> frozenset[str]:
    """The import names of every installed distribution, for `Host.survey`."""
    from importlib.metadata import packages_distributions  # a server that starts does not ask

    return frozenset(packages_distributions())

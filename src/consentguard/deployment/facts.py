"""The facts that are judged: each host gives those of its framework, the site those of our own settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieFlags:
    """The attributes of a cookie of the framework's. `settings` is what its settings begin with: `SESSION_COOKIE`.

    `http_only` is None for a cookie that scripts of the site have to read; `same_site` is empty where none is sent.
    """

    settings: str
    secure: bool
    http_only: bool | None
    same_site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hasher:
    """What new passwords are hashed with. `algorithm` is empty where nobody knows; `iterations` only of PBKDF2."""

    algorithm: str = ""
    setting: str = ""
    iterations: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a database is reached: on this machine (`local`), or over a network that only `encrypted` keeps it from."""

    database: str
    local: bool
    encrypted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """How a host serves the site. None stands for what it cannot know, such as what a proxy in front of it does.

    `secrets` are the secret keys that sessions are signed with, by the settings that they stand in; `hsts` is in
    seconds, 0 for no such header; `hasher` is None where the host keeps no passwords. `called` says by which name the
    framework's users know `any_host`, `redirects` and `hsts`.
    """

    debug: bool
    secrets: Mapping[str, str | bytes] = field(repr=False)
    any_host: bool
    redirects: bool | None
    hsts: int | None
    cookies: tuple[CookieFlags, ...] = ()
    hasher: Hasher | None = None
    links: tuple[Link, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What our own settings and keys say: where the site answers and counts attempts, and which key seals since when.

    `key_until` is the moment from which that key is older than the setting `key_period` allows; None without keys.
    """

    base_url: str
    counts_in_memory: bool
    key: str = ""
    key_made: dt.datetime | None = None
    key_until: dt.datetime | None = None

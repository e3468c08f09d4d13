"""A host's settings for consentguard: one table of options, checked at start-up, the same in every framework."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit

from consentguard.errors import SettingsError
from consentguard.periods import Period, PeriodError, parse_period
from consentguard.ports import Files
from consentguard.roles import Role

Coverage = Literal["report", "new-only", "strict"]
CookieMode = Literal["report", "strip", "raise"]
OutsidePurpose = Literal["allow", "report", "raise"]
IN_MEMORY = "memory://"
KEY_PERIOD = parse_period("P2Y")
DEFAULT_DATABASE = "default"
DEFAULT_PORTS = {"http": 80, "https": 443}
"""Ports that no browser writes down."""


_PLATFORM = {"secret", "identify", "event"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSetting:
    """One platform that calls: see `platforms` of `Settings`."""

    secret: str = field(repr=False)
    identify: Callable[[str], Iterable[str]]
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the policy stands, how strictly the data map is checked, and what the site needs to act on it.

    `manifest` is the policy file; `published` the folder where `consentguard publish` records each version;
    `baseline` the committed list of gaps that `coverage = "new-only"` puts up with. `keyring` is the file of keys
    (else they come from the environment). `data_keys` is the database whose table holds the keys of data subjects, and
    for `data_keys_ttl` seconds a key that was found is believed to be there still. `key_period` is how long one key
    seals before `check --deploy` says that it is old: unless said two years, the longest that NIST SP 800-57 gives a
    key that encrypts data. `base_url` is where the site
    answers, and begins every link in a mail: the policy's own `site.base_url` unless said. `trusted_origins` are other
    origins whose pages may send our forms. `limits` is where attempts are counted: `memory://` for one process,
    `redis://...` for several.
    `cookies` is what becomes of a cookie that is undeclared or not consented to: it leaves and is reported, it is kept
    from leaving, or the view that sets it fails, as a test wants it.
    `outside_purpose` is what becomes of a query of personal data that is executed outside of any purpose: it passes, is
    reported to the log `consentguard.purposes`, or fails.
    `ledger` is where it is kept, outside the database, who was erased, so that a restored backup is erased again:
    `file:privacy.ledger.jsonl`, a URL that fsspec knows, or `database:archive`; `refuse_until_replayed` serves nobody
    until that is done.
    `files` gets at the files that columns name, where the framework does not: an object with the methods of
    `consentguard.ports.Files`, or its dotted name.
    `connectors` are functions that do what has to be done in other places: by the store or recipient of the policy that
    each reaches, called with a `consentguard.errands.Notice`, and returning what proves that it was done.
    `platforms` are those that call the site about their users, by name: the app's `secret`, a function `identify` from
    their id of somebody to rows of the site (`["user:12", "channel:7"]`), and the `event` that disconnecting is.
    `guardian_methods` are functions that give the address of a page of the site's, where a parent or guardian shows who
    they are: by what the policy calls the method, called with the id of what they were asked.
    `jurisdiction` tells where a visitor is, from the request's headers and the client's address (see
    `consentguard.ports.Jurisdictions.of`); `subject` tells who is signed in, from the framework's request: the
    primary key of their row, or None. `may` tells whether whoever sent it has a role for privacy work: it is called
    with the request and a `consentguard.roles.Role`. `staff` gives the primary keys of the members of the staff,
    whose second factors `check --deploy` counts. `signed_in_at` tells when somebody last showed who they are, as an
    aware datetime, or None. All five are callables, or their dotted names. `reauthenticate` is the path of a page to
    sign in anew, which leads back to its parameter `next`. `has_role` tells whether whoever sent a request has a
    role, group or permission of `twofactor.required_for` (`"agents"`, `"group:billing"`), where the framework does
    not know. `factor_evidence` gives what the host itself knows of how they signed in:
    `consentguard.assurance.Evidence`, the newest or all. `factor_page` is the path of the host's own page where a
    second factor is set up and given, in place of ours; `factor_open` names views or endpoints that answer before one
    was given. `api_keys` shows people the keys of the site's API and lets them revoke one: an object with `list` and
    `revoke`, and `rotate` if it likes (see the how-to on the account page), or its dotted name.
    """

    manifest: Path
    published: Path
    baseline: Path
    coverage: Coverage = "report"
    keyring: Path | None = None
    data_keys: str = DEFAULT_DATABASE
    data_keys_ttl: float = 0
    key_period: Period = KEY_PERIOD
    base_url: str = ""
    trusted_origins: tuple[str, ...] = ()
    limits: str = IN_MEMORY
    cookies: CookieMode = "report"
    outside_purpose: OutsidePurpose = "allow"
    ledger: str = ""
    refuse_until_replayed: bool = False
    files: Files | None = None
    connectors: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    platforms: Mapping[str, PlatformSetting] = field(default_factory=dict)
    guardian_methods: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    jurisdiction: Callable[[Mapping[str, str], str], str | None] | None = None
    subject: Callable[[Any], object] | None = None
    may: Callable[[Any, Role], object] | None = None
    staff: Callable[[], Iterable[object]] | None = None
    signed_in_at: Callable[[Any], dt.datetime | None] | None = None
    reauthenticate: str = ""
    has_role: Callable[[Any, str], object] | None = None
    factor_evidence: Callable[[Any], Iterable[Any]] | None = None
    factor_page: str = ""
    factor_open: tuple[str, ...] = ()
    api_keys: Any = None

    @classmethod
    def of(cls, options: Mapping[str, object], root: Path) -> Settings:
        """Read a host's options (lower or upper case keys); relative paths start at `root`.

        Raises SettingsError for an unknown option or a value that is not one of those possible.
        """
        given = {str(key).lower(): value for key, value in options.items()}
        _refuse_unknown(given, [option.name for option in fields(cls)])
        if given.get("refuse_until_replayed") and not given.get("ledger"):
            raise SettingsError("refuse_until_replayed has no ledger to look at", hint="name one in `ledger`")
        manifest = root / _path(given, "manifest", "privacy.toml")
        return cls(
            manifest=manifest,
            published=root / _path(given, "published", str(manifest.with_suffix(".published"))),
            baseline=root / _path(given, "baseline", str(manifest.with_suffix(".baseline.json"))),
            coverage=cast(Coverage, _one_of(given, "coverage", get_args(Coverage))),
            keyring=root / _path(given, "keyring", "") if given.get("keyring") else None,
            data_keys=_text(given, "data_keys", DEFAULT_DATABASE),
            data_keys_ttl=_seconds(given, "data_keys_ttl"),
            key_period=_period(given, "key_period", KEY_PERIOD),
            base_url=origin(given.get("base_url", ""), "base_url"),
            trusted_origins=tuple(origin(each, "trusted_origins") for each in _list(given, "trusted_origins")),
            limits=_text(given, "limits", IN_MEMORY),
            cookies=cast(CookieMode, _one_of(given, "cookies", get_args(CookieMode))),
            outside_purpose=cast(OutsidePurpose, _one_of(given, "outside_purpose", get_args(OutsidePurpose))),
            ledger=_text(given, "ledger", "file:privacy.ledger.jsonl") if given.get("ledger") else "",
            refuse_until_replayed=_switch(given, "refuse_until_replayed"),
            files=_object(given.get("files"), "files", ("open", "delete")),
            connectors=_functions(given, "connectors", {"app_logs": "site.privacy.erase_logs"}),
            platforms=_platforms(given.get("platforms", {})),
            guardian_methods=_functions(given, "guardian_methods", {"id_card": "site.guardians.id_card_page"}),
            jurisdiction=dotted(given.get("jurisdiction"), "jurisdiction"),
            subject=dotted(given.get("subject"), "subject"),
            may=dotted(given.get("may"), "may"),
            staff=dotted(given.get("staff"), "staff"),
            signed_in_at=dotted(given.get("signed_in_at"), "signed_in_at"),
            reauthenticate=_local(given, "reauthenticate"),
            has_role=dotted(given.get("has_role"), "has_role"),
            factor_evidence=dotted(given.get("factor_evidence"), "factor_evidence"),
            factor_page=_local(given, "factor_page"),
            factor_open=tuple(map(str, _list(given, "factor_open"))),
            api_keys=_object(given.get("api_keys"), "api_keys", ("list", "revoke")),
        )


def _refuse_unknown(given: Mapping[str, object], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the options are {', '.join(known)}"
            raise SettingsError(f"consentguard has no option {key!r}", hint=hint)


def _one_of(given: Mapping[str, object], key: str, possible: Sequence[str]) -> object:
    """One of a few words: the first of them unless said."""
    value = given.get(key, possible[0])
    if value not in possible:
        raise SettingsError(f"{key} is {value!r}", hint=f"it is one of {', '.join(map(repr, possible))}")
    return value


def _path(given: Mapping[str, object], key: str, default: str) -> Path:
    value = given.get(key, default)
    if not isinstance(value, (str, Path)):
        raise SettingsError(f"{key} is {value!r}", hint="it is a path, as a string or a pathlib.Path")
    return Path(value)


def _text(given: Mapping[str, object], key: str, default: str) -> str:
    value = given.get(key, default)
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{key} is {type(value).__name__}", hint=f"it is a text, such as {default!r}")
    return value


def _switch(given: Mapping[str, object], key: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise SettingsError(f"{key} is {value!r}", hint="it is True or False")
    return value


def _seconds(given: Mapping[str, object], key: str) -> float:
    value = given.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise SettingsError(f"{key} is {value!r}", hint="it is a number of seconds, such as 60; 0 for none")
    return value


def _period(given: Mapping[str, object], key: str, default: Period) -> Period:
    try:
        return parse_period(str(given.get(key, default)))
    except PeriodError as error:
        raise SettingsError(f"{key} is {given[key]!r}", hint='it is a period, such as "P1Y"') from error


def _list(given: Mapping[str, object], key: str) -> Sequence[object]:
    value = given.get(key, ())
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise SettingsError(f"{key} is {value!r}", hint='it is a list, such as ["https://forms.example.com"]')
    return value


def origin(value: object, key: str) -> str:
    """A scheme, host and port without a path (RFC 6454), as browsers write an origin; empty where there is none.

    Raises SettingsError for anything else.
    """
    if value == "":
        return ""
    try:
        parts = urlsplit(str(value))
        port = f":{parts.port}" if parts.port and parts.port != DEFAULT_PORTS.get(parts.scheme) else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("http", "https") or not parts.hostname or rest:
        raise SettingsError(f"{key} holds {value!r}", hint="it is an origin, such as https://app.example.com")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def dotted(value: object, key: str) -> Callable[..., Any] | None:
    """The function that an option gives, itself or by its dotted name. Raises SettingsError for anything else."""
    found = _named(value, key, "it is a function, or its dotted name")
    if not (found is None or callable(found)):
        raise SettingsError(f"{key} is {value!r}, which cannot be called", hint="it is a function")
    return found


def _functions(given: Mapping[str, object], key: str, example: Mapping[str, str]) -> Mapping[str, Callable[..., str]]:
    """Functions by what the policy calls what each does, themselves or by their dotted names."""
    value = given.get(key, {})
    if not isinstance(value, Mapping):
        hint = f"it maps a name of the policy to a function, such as {example}"
        raise SettingsError(f"{key} is {type(value).__name__}", hint=hint)
    found = {str(name): dotted(each, f"{key}[{name!r}]") for name, each in value.items()}
    return {name: each for name, each in found.items() if each is not None}


def _platforms(value: object) -> Mapping[str, PlatformSetting]:
    """The platforms that call, by name. No message shows a secret."""
    hint = 'it maps a name to {"secret": ..., "identify": "site.meta.rows_of", "event": "channel.disconnected"}'
    if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) for each in value.values()):
        raise SettingsError("platforms is no mapping of mappings", hint=hint)
    return {str(name): _platform(str(name), each, hint) for name, each in value.items()}


def _platform(name: str, given: Mapping[str, object], hint: str) -> PlatformSetting:
    secret, event = given.get("secret"), given.get("event", "")
    identify = dotted(given.get("identify"), f"platforms[{name!r}].identify")
    if not (isinstance(secret, str) and secret and isinstance(event, str) and identify) or set(given) - _PLATFORM:
        raise SettingsError(f"platforms[{name!r}] lacks its secret or identify, or holds more than it may", hint=hint)
    return PlatformSetting(secret=secret, identify=identify, event=event)


def _object(value: object, key: str, methods: Sequence[str]) -> Any:
    """An object that has these methods, itself or by its dotted name."""
    hint = f"it is an object with {' and '.join(f'`{name}`' for name in methods)}, or its dotted name"
    found = _named(value, key, hint)
    if not (found is None or all(callable(getattr(found, name, None)) for name in methods)):
        raise SettingsError(f"{key} lacks a method", hint=hint)
    return found


def _local(given: Mapping[str, object], key: str) -> str:
    """A path of the site itself; empty where none is given."""
    value = given.get(key, "")
    if not isinstance(value, str) or (value and (not value.startswith("/") or value.startswith(("//", "/\\")))):
        raise SettingsError(f"{key} is {value!r}", hint='it is a path of this site, such as "/account/confirm/"')
    return value


def _named(value: object, key: str, hint: str) -> object:
    """What a dotted name stands for; anything else as it is."""
    if not isinstance(value, str):
        return value
    from importlib import import_module  # only where a dotted name is given

    module, _, name = value.rpartition(".")
    try:
        found: object = getattr(import_module(module), name)
    except (ImportError, ValueError, AttributeError) as error:
        raise SettingsError(f"{key} is {value!r}: {error}", hint=hint) from error
    return found

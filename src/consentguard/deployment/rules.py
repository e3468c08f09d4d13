"""What is weak in a deployment: each rule with a stable id, how bad it is, and what to do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from consentguard.deployment.facts import CookieFlags, Deployment, Hasher, Own
from consentguard.findings import Finding, Severity

DEBUG, SECRET_KEY, ANY_HOST, BASE_URL = "H-DEBUG", "H-SECRET-KEY", "H-ANY-HOST", "H-BASE-URL"
REDIRECT, HSTS = "H-TLS-REDIRECT", "H-HSTS"
SECURE, HTTP_ONLY, SAME_SITE = "H-COOKIE-SECURE", "H-COOKIE-HTTPONLY", "H-COOKIE-SAMESITE"
HASHER, LIMITS, KEY_AGE = "H-HASHER", "H-LIMITS", "H-KEY-AGE"
DATABASE_TLS, STAFF_FACTOR = "H-DATABASE-TLS", "H-STAFF-FACTOR"
IDS = (
    DEBUG, SECRET_KEY, ANY_HOST, BASE_URL, REDIRECT, HSTS, SECURE, HTTP_ONLY, SAME_SITE, HASHER, LIMITS, KEY_AGE,
    DATABASE_TLS, STAFF_FACTOR,
)  # fmt: skip
"""Every id, each with a section in the reference."""

SHORTEST_SECRET = 32
"""Characters: 16 random bytes as hexadecimal digits, for 128 bits of security (ASVS 5.0, 11.2.3)."""
FEWEST_CHARACTERS = 5
"""Different ones that a random key has; Django asks for as many."""
INSECURE = ("insecure", "changeme", "change-me", "change_me", "your-secret", "your_secret", "secret-key")
"""What stands in the keys of templates, tutorials and demos, in lower case."""
PUBLISHED = frozenset({"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"})
"""Keys of proper length that documentation prints: Flask's."""
YEAR = 365 * 24 * 60 * 60
"""Seconds: how long browsers keep to TLS at least (ASVS 5.0, 3.4.1)."""
FAST = frozenset({
    "md5", "unsalted_md5", "md5_crypt", "hex_md5", "apr_md5_crypt", "sha1", "unsalted_sha1", "hex_sha1", "hex_sha256",
    "hex_sha512", "crypt", "des_crypt", "bsdi_crypt", "plaintext", "django_salted_md5", "django_salted_sha1",
    "django_des_crypt", "mysql323", "mysql41", "nthash", "lmhash", "ldap_md5", "ldap_sha1", "ldap_salted_md5",
    "ldap_salted_sha1",
})  # fmt: skip
"""Algorithms whose hashes are guessed by the million a second, by the names that Django and passlib call them."""
FEWEST_ITERATIONS = {"pbkdf2_sha256": 600_000, "pbkdf2_sha512": 210_000, "pbkdf2_sha1": 1_300_000}
"""OWASP Password Storage Cheat Sheet."""


def weaknesses(deployment: Deployment, own: Own, now: dt.datetime) -> Iterator[Finding]:
    """Everything that is weak; what nobody knows is a note that says so."""
    yield from _served(deployment, own)
    yield from _transport(deployment)
    for cookie in deployment.cookies:
        yield from _cookie(cookie)
    if deployment.hasher:
        yield from _hasher(deployment.hasher)
    yield from _kept(deployment, own, now)


def _served(deployment: Deployment, own: Own) -> Iterator[Finding]:
    if deployment.debug:
        yield _finding(
            DEBUG,
            "error",
            "the site runs in debug mode, whose error pages show code, settings and data",
            "turn it off where anybody but you can reach the site",
            "DEBUG",
        )
    for setting, secret in deployment.secrets.items():
        if wrong := _wrong_with(secret):
            yield _finding(
                SECRET_KEY,
                "error",
                f"the secret key {wrong}, so sessions can be forged",
                'make one with `python -c "import secrets; print(secrets.token_hex(32))"`, and keep it out of the code',
                setting,
            )
    if deployment.any_host:
        yield _finding(
            ANY_HOST,
            "warning",
            "the site answers to whatever name a request gives for it",
            "list the names that it has",
            deployment.called.get("any_host", ""),
        )
    if own.base_url and not own.base_url.startswith("https:"):
        yield _finding(
            BASE_URL,
            "error",
            f"links in mails lead to {own.base_url}, without TLS, and our cookies go along unprotected",
            "let it begin with https://",
            "base_url",
        )


def _wrong_with(secret: str | bytes) -> str:
    """What is wrong with a secret key, which is never quoted; empty where nothing is seen."""
    text = secret.decode("latin-1") if isinstance(secret, bytes) else secret
    if not text:
        return "is missing"
    if any(word in text.lower() for word in INSECURE) or text in PUBLISHED:
        return "is one that everybody knows"
    short = len(text) < (SHORTEST_SECRET // 2 if isinstance(secret, bytes) else SHORTEST_SECRET)
    return "is too short" if short or len(set(text)) < FEWEST_CHARACTERS else ""


def _transport(deployment: Deployment) -> Iterator[Finding]:
    where = deployment.called.get("redirects", "")
    if deployment.redirects is None:
        yield _unknown(REDIRECT, "whether requests without TLS are led to https://", where)
    elif not deployment.redirects:
        hint = "let the site do it; where a proxy in front of it does, accept this with that reason"
        yield _finding(REDIRECT, "warning", "requests without TLS are answered as they come", hint, where)
    where = deployment.called.get("hsts", "")
    if deployment.hsts is None:
        yield _unknown(HSTS, "whether browsers are told to come by TLS alone", where)
    elif deployment.hsts < YEAR:
        told = f"for {deployment.hsts} seconds alone" if deployment.hsts else "by nothing"
        hint = f"send Strict-Transport-Security with a max-age of {YEAR}, a year, or more"
        yield _finding(HSTS, "warning", f"browsers are told {told} to come by TLS alone", hint, where)


def _cookie(cookie: CookieFlags) -> Iterator[Finding]:
    if not cookie.secure:
        where = f"{cookie.settings}_SECURE"
        yield _finding(SECURE, "error", "the cookie also goes out without TLS", f"{where} = True", where)
    if cookie.http_only is False:
        where = f"{cookie.settings}_HTTPONLY"
        yield _finding(HTTP_ONLY, "error", "any script on a page can read the cookie", f"{where} = True", where)
    if cookie.same_site not in ("Lax", "Strict"):
        where = f"{cookie.settings}_SAMESITE"
        yield _finding(
            SAME_SITE, "warning", "the cookie goes along with requests of other sites", f'{where} = "Lax"', where
        )


def _hasher(hasher: Hasher) -> Iterator[Finding]:
    fewest = FEWEST_ITERATIONS.get(hasher.algorithm)
    if not hasher.algorithm:
        yield _unknown(HASHER, "how passwords are hashed", hasher.setting)
    elif hasher.algorithm in FAST:
        yield _finding(
            HASHER,
            "error",
            f"new passwords are hashed with {hasher.algorithm}, which is guessed fast",
            "put Argon2, scrypt, bcrypt or PBKDF2 first",
            hasher.setting,
        )
    elif fewest and hasher.iterations is not None and hasher.iterations < fewest:
        message = f"new passwords are hashed with {hasher.iterations} rounds of {hasher.algorithm}"
        yield _finding(HASHER, "error", message, f"take {fewest} or more", hasher.setting)


def _kept(deployment: Deployment, own: Own, now: dt.datetime) -> Iterator[Finding]:
    if own.counts_in_memory:
        yield _finding(
            LIMITS,
            "warning",
            "attempts are counted in the memory of each process: with n of them a client has n times as many",
            "name a Redis, or accept this where one process serves the site",
            "limits",
        )
    if own.key_made and own.key_until and own.key_until <= now:
        message = f"key {own.key} seals since {own.key_made:%Y-%m-%d}, for longer than key_period says"
        hint = "`consentguard keys new`, `keys enable`, and `keys rotate` for what it sealed"
        yield _finding(KEY_AGE, "warning", message, hint, "keyring")
    for link in deployment.links:
        if not (link.local or link.encrypted):
            yield _finding(
                DATABASE_TLS,
                "warning",
                "rows cross a network on their way to the database, and nothing insists on TLS",
                'PostgreSQL: sslmode "verify-full"; MySQL and MariaDB: ssl_mode "VERIFY_IDENTITY", or ssl with a ca',
                f"databases.{link.database}",
            )


def _unknown(id_: str, what: str, where: str) -> Finding:
    return _finding(id_, "note", f"it is not known {what}", "look at it yourself", where)


def _finding(id_: str, severity: Severity, message: str, hint: str, where: str) -> Finding:
    return Finding(id=id_, severity=severity, message=message, hint=hint, where=where)

"""Platforms whose users a site serves: they say that somebody wants their data deleted, or disconnected the site."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from consentguard.errors import ConsentGuardError
from consentguard.manifest.schema import Manifest
from consentguard.platforms.signed_request import Signed, SignedRequestError, parse
from consentguard.ports import Clock, Macs, Requests, StoreError, Stores
from consentguard.records import RightsRequest, SubjectRef

__all__ = ["Confirmed", "Platform", "PlatformError", "Platforms", "SignedRequestError"]

IDS = ("user_id", "id", "app_scoped_user_id")
"""How the column of a list may be called that holds the platform's ids."""
Identify = Callable[[str], Iterable[str]]
"""From a platform's id of somebody to the rows of the site that are theirs, each as `kind:key`: a data subject of the
policy, or what an event happens to, such as `channel:7`. A platform's id for one app is not its id for another, nor
that of a page: the site knows which it has kept."""


class PlatformError(ConsentGuardError):
    """There is no such platform, or a list of its ids cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One platform: the app's secret, how its ids lead to rows, and the event that disconnecting is."""

    secret: str
    identify: Identify
    event: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Platform(event={self.event!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What a platform is told: the code by which its user can follow the deletion, and the request that it opened."""

    code: str
    request: RightsRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """The platforms of a site. An envelope that comes again is answered as before, and does nothing anew."""

    platforms: Mapping[str, Platform]
    manifest: Manifest
    stores: Stores
    requests: Requests
    macs: Macs
    clock: Clock

    def delete(self, name: str, envelope: str, *, language: str) -> Confirmed:
        """Durable. Open a request for erasure for whom a signed envelope names, and disconnect what is theirs.

        Raises PlatformError for a platform that there is not, SignedRequestError for an envelope that is not good.
        """
        signed = self._read(name, envelope)
        payload = envelope.partition(".")[2]  # the part that is signed: it alone says which call this is
        return self._opened(name, signed.user_id, payload, signed.issued_at, language)

    def deauthorise(self, name: str, envelope: str) -> int:
        """Durable. Say that whom a signed envelope names has disconnected: what is kept for it goes, and nothing else.

        How many connections ended. Raises as `delete` does.
        """
        platform, signed = self._platform(name), self._read(name, envelope)
        scopes = list(self._scopes(platform, signed.user_id))
        self._disconnect(platform, scopes)
        return len(scopes)

    def delete_listed(self, name: str, ids: Sequence[str], *, language: str) -> tuple[Confirmed, ...]:
        """Durable. Open a request for each id of a list that the platform sent; the same list does nothing on that day.

        Raises PlatformError for a platform that there is not.
        """
        midnight = dt.datetime.combine(self.clock.now().date(), dt.time(), dt.UTC)
        seconds = int(midnight.timestamp())
        return tuple(self._opened(name, each, f"{seconds} {each}", seconds, language) for each in dict.fromkeys(ids))

    def _opened(self, name: str, user_id: str, what: str, seconds: int, language: str) -> Confirmed:
        """The request for what was signed or listed, under an id and a code that follow from it: twice is once."""
        platform, code = self._platform(name), self._mac(name, what)
        id_ = f"{seconds * 1000:012x}{self._mac(f'{name} id', what)[:20]}"
        request = self.stores.requests.find(id_)
        if request is None:
            self._disconnect(platform, list(self._scopes(platform, user_id)))
            found = list(self._subjects(platform, user_id))
            # whoever has no row here still gets an answer that says so
            nobody = SubjectRef(name, self._mac(name, user_id))
            for number, other in enumerate(found[1:], 1):
                self._taken(other, f"{id_[:-2]}{number:02x}", language)
            request = self._taken(found[0] if found else nobody, id_, language)
        self.requests.show_by(code, request)
        return Confirmed(code=code, request=request)

    def _taken(self, subject: SubjectRef, id_: str, language: str) -> RightsRequest:
        try:
            return self.requests.from_platform(subject, id=id_, language=language)
        except StoreError:  # the same call came twice at once
            if known := self.stores.requests.find(id_):
                return known
            raise

    def _disconnect(self, platform: Platform, scopes: Sequence[SubjectRef]) -> None:
        for scope in scopes:
            self.requests.disconnected(platform.event, scope.kind, scope.key)

    def _mac(self, name: str, what: str) -> str:
        """The same for the same call, and to be guessed by nobody who has no key: 32 hex digits."""
        return self.macs.mac(f"{name}\n{what}".encode())[1][:32]

    def _read(self, name: str, envelope: str) -> Signed:
        return parse(envelope, self._platform(name).secret, self.clock.now())

    def _platform(self, name: str) -> Platform:
        if name not in self.platforms:
            raise PlatformError("there is no such platform", hint="name it in the setting `platforms`")
        return self.platforms[name]

    def _subjects(self, platform: Platform, user_id: str) -> Iterator[SubjectRef]:
        return (each for each in _references(platform, user_id) if each.kind in self.manifest.subjects)

    def _scopes(self, platform: Platform, user_id: str) -> Iterator[SubjectRef]:
        return (each for each in _references(platform, user_id) if each.kind not in self.manifest.subjects)


def _references(platform: Platform, user_id: str) -> Iterator[SubjectRef]:
    for written in platform.identify(user_id):
        try:
            yield SubjectRef.parse(str(written))
        except ValueError:
            hint = "it gives texts such as user:12 or channel:7"
            raise PlatformError("`identify` of a platform gave what names no row", hint=hint) from None


def ids_of(lines: Iterable[str]) -> list[str]:
    """The ids of a list in CSV: of its column `user_id` or `id`, else of its only column. Raises PlatformError."""
    rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
    if not rows:
        raise PlatformError("the list is empty", hint="it has one id a line, or a column called user_id")
    header = [cell.strip().casefold() for cell in rows[0]]
    named = next((header.index(name) for name in IDS if name in header), None)
    if named is None and len(header) > 1:
        raise PlatformError("no column of the list is called user_id", hint=f"call it one of {', '.join(IDS)}")
    found = [row[named or 0].strip() for row in rows[named is not None :] if len(row) > (named or 0)]
    return [each for each in found if each]

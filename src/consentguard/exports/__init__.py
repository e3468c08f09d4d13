"""Copies of somebody's data: looked at before they are given out, written as they are sent, kept nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.exports.beside import Beside
from consentguard.exports.contents import OutlinedTable, outline
from consentguard.exports.errors import ArchiveError, ExportError
from consentguard.exports.redactions import NOTHING, Redaction, Redactions
from consentguard.exports.terms import LINK_WITHIN
from consentguard.exports.texts import Texts
from consentguard.exports.writing import Ask, Copy
from consentguard.periods import parse_period
from consentguard.plan.export import Extract, export
from consentguard.plan.people import of_subject
from consentguard.plan.steps import Found
from consentguard.plan.tenant import giving_back
from consentguard.ports import Clock, Files, Informer, Pseudonyms, Sealer, Shown, Stores, Witness, nobody
from consentguard.records import RightsRequest, SubjectRef, Token

__all__ = [
    "ArchiveError",
    "Delivery",
    "ExportError",
    "Exports",
    "OutlinedTable",
    "Redaction",
    "Redactions",
]

SPEAKING = ("agent", "guardian")
"""By what it is known that a request was made by somebody who speaks for the data subject."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A copy on its way: the zip file's name, and its bytes, to be taken once and in order.

    What is left untaken was not delivered: the request stays open, and another link can be mailed.
    """

    name: str
    chunks: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """The copies of a site's data subjects.

    A copy is made for each download and never kept, so that there is none that could be stolen, and none to remove.
    `people` says whom a request is about, `is_ready` whether its copy may be given out now, and `close` takes down, in
    the transaction that it is called in, that it was: with how many rows of which table. `is_quarantined` tells of
    whom none is given out, since somebody has reported them as minors. `require_factor` raises where a link alone will
    not do, because somebody has a second factor and is not who has given it.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    details: Sealer
    archived: Sealer
    files: Files
    informer: Informer
    version: Callable[[], str]
    people: Callable[[RightsRequest], tuple[Found, ...]]
    is_ready: Callable[[RightsRequest], bool]
    close: Callable[[RightsRequest, int, Mapping[str, int]], object]
    is_quarantined: Callable[[Iterable[SubjectRef]], bool]
    require_factor: Callable[[RightsRequest, Shown], object]
    clock: Clock

    def outline(self, people: tuple[Found, ...], redactions: Redactions = NOTHING) -> tuple[OutlinedTable, ...]:
        """What a copy would hold, for whoever reviews it: tables, rows, columns, and what is left out."""
        return tuple(outline(self.data_map, people, self.stores.dataset, redactions))

    def of_subject(self, subject: SubjectRef) -> tuple[Found, ...]:
        """Everybody whom a data subject is. Raises ExportError where there is no such data subject."""
        found = of_subject(self.data_map, self.stores.dataset, subject)
        if not found:
            hint = f"the kinds are {', '.join(self.data_map.roots)}; the key is that of their row"
            raise ExportError(f"there is no such data subject of the kind {subject.kind!r}", hint=hint)
        return found

    def redactions(self, request: RightsRequest) -> Redactions:
        """What is withheld of the copy that a request gets."""
        if not request.details:
            return NOTHING
        return msgspec.json.decode(self.details.open(request.details), type=Redactions)

    def redact(self, request: RightsRequest, redactions: Redactions) -> RightsRequest:
        """Joined. Withhold this, and nothing else, of the copy that a request gets; the request from now on.

        Raises ExportError for what there is not, for a redaction without a reason, and where somebody else changed the
        request meanwhile.
        """
        kept: dict[str, Any] = {}
        if request.details:
            kept = msgspec.json.decode(self.details.open(request.details))
        kept["withheld"] = redactions.checked(self.data_map).withheld
        changed = replace(request, details=self.details.seal(msgspec.json.encode(kept)))
        with self.stores.transactions.atomic():
            if not self.stores.requests.change(changed, request):
                raise ExportError(
                    "the request was changed by somebody else meanwhile", hint="look at it, and try again"
                )
            self.witness.record(
                "export.reviewed", request.contact_ref, request=request.id, withheld=len(redactions.withheld)
            )
        return changed

    def issue(self, request: RightsRequest) -> tuple[str, dt.datetime]:
        """Joined. The secret of a link that opens the copy once, and until when; every older one ends."""
        until = parse_period(LINK_WITHIN).after(self.clock.now())
        code, token = Token.new("copy", request.id, until)
        with self.stores.transactions.atomic():
            self.stores.tokens.withdraw(request.id, "copy")
            self.stores.tokens.add(token)
        return code, until

    def peek(self, token: str, shown: Shown = nobody) -> RightsRequest | None:
        """The request whose copy a link would open now. None, `shown` and what it raises are as in `for_token`."""
        known = self.stores.tokens.find(Token.digest_of(token), "copy", self.clock.now())
        request = self.stores.requests.find(known.about) if known else None
        if request is None or not self.is_ready(request):
            return None
        self.require_factor(request, shown)
        return request

    def for_token(self, token: str, shown: Shown = nobody) -> Delivery | None:
        """Durable. Use a link: the copy that it opens; None for a link that is wrong, used or too old.

        The link is used up before the first byte goes out, and the request is closed behind the last. Raises
        FactorNeededError (`consentguard.rights`) as confirming a request does; the link stays as it was then.
        """
        self.stores.transactions.outside()
        if self.peek(token, shown) is None:
            return None
        with self.stores.transactions.atomic():
            known = self.stores.tokens.claim(Token.digest_of(token), "copy", self.clock.now())
            request = self.stores.requests.find(known.about) if known else None
            if request is None or not self.is_ready(request):
                return None
            self.witness.record("export.begun", request.contact_ref, request=request.id)
        return self._delivery(request)

    def for_request(self, request: RightsRequest) -> Delivery | None:
        """Durable. The copy of a request, for somebody who is known to be its sender by their session; else None."""
        self.stores.transactions.outside()
        if not self.is_ready(request):
            return None
        with self.stores.transactions.atomic():
            self.witness.record("export.begun", request.contact_ref, request=request.id)
        return self._delivery(request)

    def copy(
        self,
        people: tuple[Found, ...],
        *,
        language: str,
        jurisdiction: str | None = None,
        request: RightsRequest | None = None,
        redactions: Redactions = NOTHING,
    ) -> Copy:
        """A copy that nobody has begun to read yet, with no evidence of it.

        Raises ExportError for people of whom somebody has reported that they are minors.
        """
        if self.is_quarantined(SubjectRef(found.subject, key) for found in people for key in found.keys):
            hint = "decide about the report first: `consentguard minors list` shows it"
            raise ExportError("somebody has reported that this is a minor, and nobody has decided yet", hint=hint)
        now = self.clock.now()
        texts = Texts(
            data_map=self.data_map,
            informer=self.informer,
            language=language,
            jurisdiction=jurisdiction,
            asked_on=(request.received_at if request else now).date(),
            made_on=now.date(),
        )
        beside = Beside(
            data_map=self.data_map,
            stores=self.stores,
            pseudonyms=self.pseudonyms,
            archived=self.archived,
            people=people,
            redactions=redactions,
            contact_ref=self._reference(request) if request else "",
            receipt=_receipt(request),
            requests=self._requests(request) if request else (),
        )
        return self._written(export(self.data_map, people), language, redactions, texts, beside)

    def _reference(self, request: RightsRequest) -> str:
        """The pseudonym of the data subject where an address was proved to be theirs: not of one typed in a session."""
        if request.identity not in SPEAKING:
            return "" if request.identity == "session" else request.contact_ref
        person = msgspec.json.decode(self.details.open(request.details)).get("person") if request.details else ""
        return self.pseudonyms.of_address(person) if person else ""

    def _requests(self, request: RightsRequest) -> Sequence[RightsRequest]:
        """The requests of the data subject: what an agent asks for others is not theirs, nor what a namesake asked."""
        if request.identity in SPEAKING:
            return (request,)
        found = self.stores.requests.of(request.contact_ref)
        return [each for each in found if request.identity != "session" or each.subject == request.subject]

    def of_tenant(self, label: str, key: str, *, language: str) -> Copy:
        """A copy of everything that leads to the row `key` of a table, to give back when a contract ends.

        Other people's data is not left out of it: it is theirs who were the controller. Raises PlanError for a table
        that there is not.
        """
        today = self.clock.now().date()
        texts = Texts(
            data_map=self.data_map,
            informer=self.informer,
            language=language,
            jurisdiction=None,
            asked_on=today,
            made_on=today,
        )
        return self._written(giving_back(self.data_map, label, key), language, NOTHING, texts, None)

    def _written(
        self, extracts: Iterable[Extract], language: str, redactions: Redactions, texts: Texts, beside: Beside | None
    ) -> Copy:
        ask = Ask(
            extracts=tuple(extracts),
            redactions=redactions,
            language=language,
            policy=self.version(),
            made_at=self.clock.now(),
        )
        return Copy(
            ask=ask,
            data_map=self.data_map,
            dataset=self.stores.dataset,
            files=self.files,
            texts=texts.written,
            lists=beside.lines if beside else tuple,
        )

    def made(self, subject: SubjectRef, copy: Copy) -> None:
        """Joined. Take down that a copy was made for somebody without a request: by a member of staff."""
        counts = {f"copied.{label}": rows for label, rows in copy.sum.rows.items()}
        self.witness.record("export.made", self.pseudonyms.of(subject), manifest=copy.sum.manifest, **counts)

    def _delivery(self, request: RightsRequest) -> Delivery:
        return Delivery(f"personal-data-{self.clock.now():%Y-%m-%d}.zip", self._delivered(request))

    def _delivered(self, request: RightsRequest) -> Iterator[bytes]:
        people = self.people(request)
        copy = self.copy(
            people,
            language=request.language,
            jurisdiction=request.jurisdiction or None,
            request=request,
            redactions=self.redactions(request),
        )
        yield from copy.pieces()
        number = sum(len(found.keys) for found in people)
        with self.stores.transactions.atomic():
            self.close(request, number, copy.sum.rows)
            counts = {f"copied.{label}": rows for label, rows in copy.sum.rows.items()}
            self.witness.record(
                "export.delivered",
                request.contact_ref,
                request=request.id,
                people=number,
                manifest=copy.sum.manifest,
                **counts,
            )


def _receipt(request: RightsRequest | None) -> str:
    """The id of the record of consent that a request was made by, where its sender is known by nothing else."""
    if request is None or request.identity != "receipt" or not request.subject:
        return ""
    return SubjectRef.parse(request.subject).key

"""Data that crosses a border: with a safeguard that the law of the people concerned accepts, or not."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.law import Law, adequacy, is_adequate, regions_of, safeguard
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook
from consentguard.manifest.schema import Recipient, Regime, Transfer

RULES = Rulebook()


def _regimes_of(case: Case, transfer: Transfer) -> Iterator[tuple[str, Law]]:
    """The declared regimes, with instruments for transfers, that protect the people whose data is sent."""
    for name, (law, applied) in case.regimes.items():
        if law.transfer_instruments and (not transfer.of or _overlap(case, applied, transfer.of)):
            yield name, law


def _overlap(case: Case, applied: Regime, places: list[str]) -> bool:
    wider = {region for place in places for region in regions_of(place, case.today)}
    return any(set(regions_of(region, case.today)) & set(places) or region in wider for region in applied.applies)


def _free(case: Case, country: str, name: str, law: Law) -> bool:
    """Whether data goes to `country` without a safeguard: it is at home there, or the country is adequate."""
    return law.home in regions_of(country, case.today) or is_adequate(country, case.today, name)


@RULES.rule(
    "L-TRANSFER-NO-SAFEGUARD",
    "error",
    title="A transfer without a safeguard",
    explanation="""Data may go to a country whose protection has not been found adequate only under a safeguard, such
    as standard contractual clauses, and the policy must name it. List the safeguard under the transfer, with its
    document. A recipient abroad needs an entry in `[[transfers]]`; one in no stated country cannot be judged.""",
    source="Art. 13(1)(f) and 44-49 GDPR",
)
def no_safeguard(case: Case) -> Iterator[Hit]:
    for index, transfer in enumerate(case.manifest.transfers):
        if transfer.kind == "onward" and not transfer.safeguards:
            needy = [law.title for name, law in _regimes_of(case, transfer) if not _free(case, transfer.to, name, law)]
            if needy:
                yield Hit(f"transfers[{index}]", f"no safeguard is named ({needy[0]})", "add `safeguards`")
    covered = {transfer.via for transfer in case.manifest.transfers}
    for key, recipient in case.manifest.recipients.items():
        country = next(_abroad(case, recipient), None)
        if key not in covered and country:
            message = f"data goes to {country}, which is not found adequate, and no transfer is declared"
            yield Hit(f"recipients.{key}.country", message, f'add `[[transfers]]` with `via = "{key}"`')


def _abroad(case: Case, recipient: Recipient) -> Iterator[str]:
    """Countries of a recipient to which data of a declared regime goes by no adequacy decision."""
    countries = [recipient.country] if isinstance(recipient.country, str) else recipient.country
    for country in countries:
        laws = [(name, law) for name, (law, _) in case.regimes.items() if law.transfer_instruments]
        if country != "unstated" and any(not _free(case, country, name, law) for name, law in laws):
            yield country


@RULES.rule(
    "L-DIRECT-COLLECTION",
    "warning",
    title="Data that people send abroad themselves",
    explanation="""Where people send their data to a controller in another country themselves, that is no transfer in
    the sense of the law, and clauses that bind an exporter bind nobody here. The law still applies to the controller
    directly. Say so plainly, name a representative, and declare what is passed on from there as `onward`.""",
    source="Art. 3(2) and 27 GDPR; EDPB Guidelines 05/2021, version 2.0 (2023-02-14)",
)
def direct_collection(case: Case) -> Iterator[Hit]:
    for index, transfer in enumerate(case.manifest.transfers):
        abroad = any(law.home not in regions_of(transfer.to, case.today) for _, law in _regimes_of(case, transfer))
        if transfer.kind == "direct_collection" and abroad:
            message = f"people send their data to {transfer.to} themselves: no transfer, and no clauses cover it"
            yield Hit(f"transfers[{index}].kind", message, "declare what is passed on as `onward`")


@RULES.rule(
    "L-UK-SAFEGUARD",
    "error",
    title="EU clauses for data from the United Kingdom",
    explanation="""The EU's standard contractual clauses alone do not cover data of people in the United Kingdom. That
    needs the UK's International Data Transfer Agreement or its Addendum to the EU clauses. Add `uk_idta` or
    `uk_addendum`.""",
    source="Art. 46 UK GDPR; s. 119A Data Protection Act 2018; clauses in force since 2022-03-21",
)
def uk_safeguard(case: Case) -> Iterator[Hit]:
    return _unaccepted(case, "uk_gdpr", "add `uk_idta` or `uk_addendum`")


@RULES.rule(
    "L-EU-SAFEGUARD",
    "error",
    title="No safeguard that EU law accepts",
    explanation="""None of the safeguards of this transfer is one that EU law knows for the data of people in the
    European Economic Area: the UK's agreement, for one, does not cover it. Add the EU's standard contractual clauses
    (`scc`) or another instrument of Art. 46.""",
    source="Art. 46 GDPR; Commission Implementing Decision (EU) 2021/914 (2021-06-04)",
)
def eu_safeguard(case: Case) -> Iterator[Hit]:
    return _unaccepted(case, "gdpr", "add `scc`, or another instrument of Art. 46")


def _unaccepted(case: Case, regime: str, hint: str) -> Iterator[Hit]:
    """Transfers that name safeguards, none of which this regime accepts for that country."""
    for index, transfer in enumerate(case.manifest.transfers):
        law = dict(_regimes_of(case, transfer)).get(regime)
        known = [(entry.instrument, safeguard(entry.instrument)) for entry in transfer.safeguards]
        accepted = any(
            found and regime in found.accepted_by and (not found.countries or transfer.to in found.countries)
            for _, found in known
        )
        if law and known and not accepted and not _free(case, transfer.to, regime, law):
            names = ", ".join(name for name, _ in known)
            yield Hit(f"transfers[{index}].safeguards", f"{names}: not accepted by the {law.title}", hint)


@RULES.rule(
    "L-SAFEGUARD-UNKNOWN",
    "error",
    title="A safeguard that no table knows",
    explanation="""The policy names a framework as a safeguard that stands in none of the dated tables of instruments.
    Either it does not exist under that name, or it protects no transfer. Name an instrument of the law, such as `scc`
    or `bcr`.""",
    source="Art. 46 GDPR; consentguard's table of safeguards",
)
def unknown_safeguard(case: Case) -> Iterator[Hit]:
    for index, transfer in enumerate(case.manifest.transfers):
        for number, entry in enumerate(transfer.safeguards):
            if safeguard(entry.instrument) is None:
                where = f"transfers[{index}].safeguards[{number}].instrument"
                yield Hit(
                    where, f"`{entry.instrument}` is no safeguard that the tables know", "name one, such as `scc`"
                )


@RULES.rule(
    "L-ADEQUACY",
    "error",
    title="Adequacy that was not found",
    explanation="""The transfer relies on an adequacy decision, and the dated table has none in force for that country
    and the law of the people concerned. Use another safeguard, or name the country where none is stated.""",
    source="Art. 45 GDPR; Sch. 21 par. 5 Data Protection Act 2018; consentguard's table of adequacy decisions",
)
def not_adequate(case: Case) -> Iterator[Hit]:
    for where, transfer, regime, law in _on_adequacy(case):
        if not _free(case, transfer.to, regime, law):
            place = "a country that is not stated" if transfer.to == "unstated" else transfer.to
            yield Hit(where, f"no adequacy decision is in force for {place} ({law.title})", "use another safeguard")


@RULES.rule(
    "L-ADEQUACY-PARTIAL",
    "warning",
    title="Adequacy for some recipients only",
    explanation="""The adequacy decision for this country covers some recipients only, such as certified
    organisations. Check that yours is one of them and name the proof in the safeguard's `document`.""",
    source="Art. 45 GDPR; consentguard's table of adequacy decisions",
)
def partly_adequate(case: Case) -> Iterator[Hit]:
    for where, transfer, regime, _ in _on_adequacy(case):
        decision = adequacy(transfer.to, case.today, regime)
        proven = any(entry.document for entry in transfer.safeguards if entry.instrument == "adequacy")
        if decision and decision.only and not proven:
            yield Hit(where, f"the decision covers {decision.only} only", "name the proof in `document`")


def _on_adequacy(case: Case) -> Iterator[tuple[str, Transfer, str, Law]]:
    for index, transfer in enumerate(case.manifest.transfers):
        for number, entry in enumerate(transfer.safeguards):
            if entry.instrument == "adequacy":
                where = f"transfers[{index}].safeguards[{number}].instrument"
                yield from ((where, transfer, regime, law) for regime, law in _regimes_of(case, transfer))

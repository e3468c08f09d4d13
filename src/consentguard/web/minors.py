"""The page on which a parent or guardian reports a child's data. It says the same whether we know the child or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consentguard.guard import Guard
from consentguard.minors import LONGEST, Statement
from consentguard.rights.addresses import LONGEST_ADDRESS, is_address
from consentguard.site import Site
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights.offer import is_within
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Field, FieldKind, Form, Option, show
from consentguard.words import N_, Words, spoken

NAME = "report_minor"
LIMIT = "5/hour"
"""How often one client may report: what is found is set aside at once."""
LONGEST_NAME, LONGEST_NOTE = 200, 2000
_NO_ERRORS: Mapping[str, str] = {}
_MISSING = {
    "known_by": N_("Write an e-mail address, a phone number or a user name that the child used."),
    "name": N_("Write your name."),
    "email": N_("Write an e-mail address, such as name@example.com."),
    "authority": N_("Write by what right you act."),
    "note": N_("Write less: {count} characters at most."),
}


def report(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows the form; POST takes a report and leads to a page that says the same whoever is known."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w = spoken(language)
    if inbound.method == "POST":
        return _taken(guard, inbound, w)
    return _sent(guard, inbound, w) if inbound.query.get("sent") else _form(guard, inbound, w)


def takes_reports(site: Site) -> bool:
    """Whether the policy lets guardians turn to the site."""
    age = site.policy.manifest.age
    return age is not None and age.guardian_contact


def way(site: Site, inbound: Inbound, w: Words) -> Iterator[Link]:
    """The link to the page, where there is one."""
    if takes_reports(site):
        url = inbound.url_for(NAME, **({"language": w.language} if "language" in inbound.params else {}))
        yield Link(url=url, label=w.say("Report a child's data"), language=w.language)


def _taken(guard: Guard, inbound: Inbound, w: Words) -> Outbound:
    if errors := _errors(inbound, w):
        return _form(guard, inbound, w, errors)
    known_by = inbound.value("known_by")
    if is_within(guard, "minor.report", guard.pseudonyms.of_address(known_by)):
        statement = Statement(
            known_by=known_by,
            name=inbound.value("name"),
            address=inbound.value("email"),
            authority=inbound.value("authority"),
            note=inbound.value("note"),
        )
        guard.minors.report(statement, source="guardian")
    page = inbound.url_for(NAME, **inbound.params)
    return Outbound(status=303, redirect=f"{page}?sent=1", private=True)


def _form(guard: Guard, inbound: Inbound, w: Words, errors: Mapping[str, str] = _NO_ERRORS) -> Outbound:
    form = Form(
        action=inbound.url_for(NAME, **inbound.params),
        fields=tuple(_fields(inbound, w, errors)),
        buttons=(Option(value="send", label=w.say("Send the report")),),
    )
    return show(
        guard,
        inbound,
        NAME,
        w.language,
        w.say("Report a child's data"),
        status=422 if errors else 200,
        lead=tuple(_lead(guard.site, w)),
        forms=(form,),
    )


def _lead(site: Site, w: Words) -> Iterator[str]:
    yield w.say(
        "Are you the parent or guardian of a child whose data this site may hold? Tell us how it knows the child."
    )
    yield w.say("What we find is set aside at once, and is not used until a person has looked at your report.")
    age = site.policy.manifest.age
    if age and age.erase_within != "unstated":
        yield w.say("If it is a child's, we delete it within {period}.", period=w.period(age.erase_within))
    yield w.say("Please do not write the child's name or date of birth: we do not need them.")


def _fields(inbound: Inbound, w: Words, errors: Mapping[str, str]) -> Iterator[Field]:
    say = w.say

    def field(name: str, label: str, longest: int, hint: str = "", kind: FieldKind = "text", fill: str = "") -> Field:
        return Field(
            id=name,
            name=name,
            kind=kind,
            label=label,
            hint=hint,
            value=inbound.value(name)[:longest],
            error=errors.get(name, ""),
            required=name != "note",
            autocomplete=fill,
            max_length=longest,
        )

    known_by = say("E-mail address, phone number or user name that the child used")
    yield field("known_by", known_by, LONGEST, say("As it was given to this site."), fill="off")
    yield field("name", say("Your name"), LONGEST_NAME, fill="name")
    address, answered = say("Your e-mail address"), say("We answer you there.")
    yield field("email", address, LONGEST_ADDRESS, answered, kind="email", fill="email")
    right, such = say("By what right do you act for them?"), say("Such as parent, or guardian named by a court.")
    yield field("authority", right, LONGEST_NAME, such)
    yield field("note", say("What else should we know?"), LONGEST_NOTE, kind="textarea")


def _errors(inbound: Inbound, w: Words) -> dict[str, str]:
    most = {"known_by": LONGEST, "name": LONGEST_NAME, "authority": LONGEST_NAME}
    wrong = [name for name, longest in most.items() if not 0 < len(inbound.value(name)) <= longest]
    wrong += [] if is_address(inbound.value("email")) else ["email"]
    wrong += ["note"] if len(inbound.value("note")) > LONGEST_NOTE else []
    return {name: w.say(_MISSING[name], count=str(LONGEST_NOTE)) for name in _MISSING if name in wrong}


def _sent(guard: Guard, inbound: Inbound, w: Words) -> Outbound:
    lead = w.say("A person looks at it. If we need anything from you, we write to the address that you gave.")
    same = w.say("This page looks the same whether we hold data of the child or not.")
    title, notice = w.say("Report a child's data"), w.say("We have noted your report.")
    return show(guard, inbound, NAME, w.language, title, notice=notice, lead=(lead, same))


ROUTES = (Route(name=NAME, path="report-minor", endpoint=report, enabled=takes_reports, methods=FORM, limit=LIMIT),)

"""The pages of guardian consent: a child asks, a guardian sees what is asked, agrees or not, or takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consentguard.guard import Guard
from consentguard.guardians import GuardianError, chosen
from consentguard.manifest.ages import asks_guardians
from consentguard.manifest.texts import localised
from consentguard.plan.people import address_of
from consentguard.records import DISCLOSURE, UNANSWERED, USE, GuardianConsent, SubjectRef
from consentguard.rights.addresses import LONGEST_ADDRESS, is_address
from consentguard.site import Site
from consentguard.web.age.asking import Client, asks
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights.offer import is_within
from consentguard.web.rights.telling import purposes
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Fact, Field, Form, Option, show
from consentguard.words import N_, Words, spoken

ASK, ANSWER = "guardian", "guardian_answer"
LIMIT = "5/hour"
"""How often one client may have a guardian asked: each time somebody gets a mail."""
_NO_ERRORS: Mapping[str, str] = {}
_SHOW = N_("Your answer counts once you have shown that you are their parent or guardian.")
_ENDED = {
    "declined": N_("You did not agree. We have deleted your address."),
    "withdrawn": N_("You took it back. We have deleted your address."),
}


def ask(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows the form; POST asks the guardian by mail, and leads to a page that says the same in any case."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w = spoken(language)
    if inbound.method == "POST":
        return _asked(guard, inbound, w)
    if inbound.query.get("sent"):
        lead = w.say("Ask them to look into their mailbox. You can go on once they have agreed.")
        notice = w.say("We have written to your parent or guardian.")
        return show(guard, inbound, ASK, language, w.say("Ask a parent or guardian"), notice=notice, lead=(lead,))
    return _form(guard, inbound, w)


def answer(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows what a mailed link opens, and changes nothing; POST agrees, refuses or takes back, and uses it."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w, consent = spoken(language), guard.guardians.peek(inbound.params["token"])
    if consent is None:
        return _no_longer(guard, inbound, w)
    if inbound.method != "POST":
        return _page(guard, inbound, w, consent)
    return _answered(guard, inbound, w, consent)


def takes_guardians(site: Site) -> bool:
    """Whether the policy lets a child ask a guardian."""
    return asks_guardians(site.policy.manifest)


def _asked(guard: Guard, inbound: Inbound, w: Words) -> Outbound:
    child, guardian = inbound.subject() or inbound.value("child"), inbound.value("guardian")
    if wrong := _wrong(guard, child, guardian, w):
        return _form(guard, inbound, w, wrong)
    if is_within(guard, "guardian.mailbox", guard.pseudonyms.of_address(guardian)):
        ends_on = Client.sending(guard, inbound).decides_on() if asks(guard.site) else None
        guard.guardians.ask(child, guardian, language=w.language, ends_on=ends_on)
    return Outbound(status=303, redirect=f"{inbound.url_for(ASK, **inbound.params)}?sent=1", private=True)


def _wrong(guard: Guard, child: SubjectRef | str, guardian: str, w: Words) -> dict[str, str]:
    """What is wrong with the addresses that were typed, by their fields.

    The guardian's is not that of the child, typed or on record of who is signed in.
    """
    own = child if isinstance(child, str) else address_of(guard.site.data_map, guard.stores.dataset, child)
    typed = {"guardian": guardian} | ({"child": child} if isinstance(child, str) else {})
    no_address = w.say("Write an e-mail address, such as name@example.com.")
    wrong = {name: no_address for name, address in typed.items() if not is_address(address)}
    of_address = guard.pseudonyms.of_address
    if not wrong and own and of_address(own) == of_address(guardian):
        wrong["guardian"] = w.say("Write the address of somebody else: this one is yours.")
    return wrong


def _form(guard: Guard, inbound: Inbound, w: Words, errors: Mapping[str, str] = _NO_ERRORS) -> Outbound:
    fields = tuple(_fields(inbound, w, errors, inbound.subject()))
    form = Form(
        action=inbound.url_for(ASK, **inbound.params),
        fields=fields,
        buttons=(Option(value="ask", label=w.say("Ask them")),),
    )
    lead = (
        w.say("We write to your parent or guardian, who sees what is asked and agrees or not."),
        w.say("If they do not answer in time, we delete both addresses."),
    )
    title = w.say("Ask a parent or guardian")
    return show(guard, inbound, ASK, w.language, title, status=422 if errors else 200, lead=lead, forms=(form,))


def _fields(inbound: Inbound, w: Words, errors: Mapping[str, str], subject: SubjectRef | None) -> Iterator[Field]:
    labels = {"guardian": w.say("The e-mail address of your parent or guardian")}
    if subject is None:
        labels = {"child": w.say("Your own e-mail address"), **labels}
    for name, label in labels.items():
        yield Field(
            id=name,
            name=name,
            kind="email",
            label=label,
            hint=w.say("The one that you sign up with.") if name == "child" else "",
            value=inbound.value(name)[:LONGEST_ADDRESS],
            error=errors.get(name, ""),
            autocomplete="email" if name == "child" else "off",
            max_length=LONGEST_ADDRESS,
        )


def _answered(guard: Guard, inbound: Inbound, w: Words, consent: GuardianConsent) -> Outbound:
    code, said = inbound.params["token"], inbound.value("answer")
    acts = {"decline": guard.guardians.decline, "withdraw": guard.guardians.withdraw}
    if said in acts:
        try:
            ended = acts[said](code)
        except GuardianError:  # staff were faster: what holds by now is shown
            return Outbound(status=303, redirect=inbound.url_for(ANSWER, **inbound.params), private=True)
        if ended is None:
            return _no_longer(guard, inbound, w)
        return show(guard, inbound, ANSWER, w.language, w.say("Thank you"), notice=w.say(_ENDED[ended.state]))
    scopes = inbound.form.get("scopes", ())
    try:
        agreed = guard.guardians.grant(code, scopes) if said == "grant" else None
    except GuardianError:
        return _page(guard, inbound, w, consent, w.say("Choose at least one, or do not agree."))
    if agreed is None:
        return _no_longer(guard, inbound, w)
    page = inbound.url_for(ANSWER, **{**inbound.params, "token": agreed.code})
    return Outbound(status=303, redirect=page, private=True)


def _page(guard: Guard, inbound: Inbound, w: Words, consent: GuardianConsent, error: str = "") -> Outbound:
    here = inbound.url_for(ANSWER, **inbound.params)
    if consent.state not in UNANSWERED or consent.answered_at:
        return _standing(guard, inbound, w, consent, here)
    titles = _titles(guard, w)
    told = _descriptions(guard, w)
    options = tuple(Option(value=name, label=titles[name], hint=told.get(name, "")) for name in guard.guardians.scopes)
    field = Field(
        id="scopes",
        name="scopes",
        kind="checkbox",
        label=w.say("What do you agree to?"),
        hint=w.say("Choose what you agree to, one by one."),
        options=options,
        error=error,
        required=False,
    )
    buttons = (
        Option(value="grant", label=w.say("I agree to what I chose")),
        Option(value="decline", label=w.say("I do not agree")),
    )
    lead = [w.say("A child would like to use this site, and named you as their parent or guardian.")]
    if not guard.guardians.verification.by_answer and consent.state != "verified":
        say = N_("After your answer you print a form, sign it and send it to us. It counts once we have it.")
        lead.append(w.say(_SHOW if guard.guardians.verification.page(consent.id) else say))
    title = w.say("Do you agree for your child?")
    form = Form(action=here, fields=(field,), buttons=buttons)
    status = 422 if error else 200
    return show(guard, inbound, ANSWER, w.language, title, status=status, lead=tuple(lead), forms=(form,))


def _standing(guard: Guard, inbound: Inbound, w: Words, consent: GuardianConsent, here: str) -> Outbound:
    """What a guardian agreed to: the form to print while it is waited for, the button to take it back after that."""
    titles = _titles(guard, w)
    agreed = Fact(label=w.say("Agreed to"), value=w.all_of(titles.get(name, name) for name in chosen(consent)))
    if consent.state == "granted":
        button = Option(value="withdraw", label=w.say("Take it back"))
        form, title = Form(action=here, buttons=(button,)), w.say("You have agreed for your child")
        lead = w.say("You can take it back at any time. Keep the mail with the link to this page.")
        return show(guard, inbound, ANSWER, w.language, title, lead=(lead,), facts=(agreed,), forms=(form,))
    refuse = Form(action=here, buttons=(Option(value="decline", label=w.say("I do not agree")),))
    if page := guard.guardians.verification.page(consent.id):
        way_on, title = Link(url=page, label=w.say("Continue"), language=w.language), w.say("Declaration of consent")
        lead = w.say(_SHOW)
        return show(
            guard, inbound, ANSWER, w.language, title, lead=(lead,), facts=(agreed,), forms=(refuse,), onward=(way_on,)
        )
    controller = guard.site.policy.manifest.controller
    facts = (
        agreed,
        Fact(label=w.say("Number"), value=consent.id),
        Fact(label=w.say("Send it to"), value=controller.contact if controller else ""),
        Fact(label=w.say("Your name"), value="_" * 24),
        Fact(label=w.say("Place and date"), value="_" * 24),
        Fact(label=w.say("Signature"), value="_" * 24),
    )
    declared = w.say("I am the parent or guardian of the child, and agree to what is named below.")
    how = w.say("Print this page, sign it, and send it to us. Without it nothing holds.")
    title = w.say("Declaration of consent")
    return show(guard, inbound, ANSWER, w.language, title, lead=(declared, how), facts=facts, forms=(refuse,))


def _titles(guard: Guard, w: Words) -> dict[str, str]:
    disclosure = w.say("Giving the child's data to others, as the privacy policy names them")
    return {
        USE: w.say("That the child uses this site"),
        **purposes(guard.site.policy.manifest, w),
        DISCLOSURE: disclosure,
    }


def _descriptions(guard: Guard, w: Words) -> dict[str, str]:
    """What each purpose is for, as the policy has it."""
    manifest = guard.site.policy.manifest
    texts = {name: entry.description for name, entry in manifest.purposes.items()}
    return {name: localised(text, w.language, manifest.site.languages[0])[0] for name, text in texts.items()}


def _no_longer(guard: Guard, inbound: Inbound, w: Words) -> Outbound:
    """The same for a link that is wrong, used or too old."""
    lead = w.say("It was used already, it is too old, or a part of it was lost on the way. Nothing was changed.")
    return show(guard, inbound, ANSWER, w.language, w.say("This link no longer works"), status=404, lead=(lead,))


ROUTES = (
    Route(name=ASK, path="guardian", endpoint=ask, enabled=takes_guardians, methods=FORM, limit=LIMIT),
    Route(name=ANSWER, path="guardian/<token>", endpoint=answer, enabled=takes_guardians, methods=FORM),
)

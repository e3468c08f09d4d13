"""What the pages show of passkeys: the form that asks a browser for one, and the list of somebody's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from consentguard.extras import offers_passkeys
from consentguard.records import Passkey
from consentguard.site import Site
from consentguard.web.links import Link
from consentguard.web.messages import Outbound
from consentguard.web.sheet import Field, Form, Option
from consentguard.web.twofactor.visit import Visit
from consentguard.words import N_

if TYPE_CHECKING:
    from consentguard.twofactor import Result, Standing

PASSKEY, REGISTER, RENAME, DROP = "passkey", "register", "rename", "drop"
RENEW_BY_PASSKEY = "renew_by_passkey"
"""What the buttons of the forms answer."""
SCRIPT = "passkeys.js"
_LONGEST_NAME = 64
_DONE = {
    REGISTER: N_("The passkey is added."),
    RENAME: N_("The passkey has its new name."),
    DROP: N_("The passkey is removed."),
}
_BY_SCRIPT = N_("Your browser asks for it by JavaScript, and cannot without.")
_BY_SCRIPT_OR_APP = N_("Your browser asks for it by JavaScript. Without it, set up an authenticator app instead.")
_MISSING = N_("This browser has no passkeys. Use another way, or another browser.")
_FAILED = N_("No passkey was given. Try again, or use another way.")


def offers_codes(site: Site) -> bool:
    """Whether the policy offers one-time codes."""
    rule = site.policy.manifest.twofactor
    return rule is not None and "totp" in rule.methods


def is_offered(visit: Visit) -> bool:
    """Whether the policy offers passkeys, and browsers make them for this site."""
    return offers_passkeys(visit.guard.site.policy.manifest) and visit.guard.passkeys.possible


def script_of(visit: Visit) -> str:
    """The address of the script that asks a browser."""
    return visit.inbound.url_for("static", path=SCRIPT)


def use_form(visit: Visit, hidden: Mapping[str, str], *fields: Field) -> Form:
    """By which somebody gives a passkey in place of a code."""
    say = visit.speech.say
    return Form(
        action=visit.at("factor"),
        text=say("Your device asks for a finger, your face, a PIN or a key, by JavaScript. Without it, use a code."),
        fields=fields,
        hidden={**hidden, "credential": ""},
        data=_told(visit, "authenticate"),
        buttons=(Option(value=PASSKEY, label=say("Use a passkey")),),
    )


def renewal_form(visit: Visit) -> Form:
    """By which somebody who gives a passkey once more gets new recovery codes."""
    say = visit.speech.say
    return Form(
        action=visit.at("factor"),
        text=say("Your device asks for a finger, your face, a PIN or a key, by JavaScript."),
        hidden={"credential": ""},
        data=_told(visit, "authenticate"),
        buttons=(Option(value=RENEW_BY_PASSKEY, label=say("Make new recovery codes with a passkey")),),
    )


def passkeys_link(visit: Visit, *, first: bool) -> Link:
    """To somebody's passkeys; to the way to add one where it is their `first` second factor."""
    say = visit.speech.say
    label = say("Add a passkey") if first else say("Passkeys")
    return Link(url=visit.at("factor_passkeys", next=visit.onward), label=label, language=visit.language)


def passkeys_sheet(visit: Visit, problem: str = "", unchosen: str = "") -> Outbound:
    """Somebody's passkeys, and the forms to add, rename and remove one."""
    say, kept = visit.speech.say, visit.guard.passkeys.of(visit.who)
    done = visit.inbound.query.get("done", "")
    chosen = (_change_form(visit, kept, unchosen),) if kept else ()
    return visit.show(
        "factor_passkeys",
        say("Passkeys"),
        status=422 if problem or unchosen else 200,
        notice=problem or (say(_DONE[done]) if done in _DONE else ""),
        notice_kind="problem" if problem else "done",
        lead=(
            say("A passkey is kept by your phone, your computer or a security key, and works on this site alone."),
            say("No page that imitates this one can ask you for it."),
        ),
        forms=(*chosen, _add_form(visit)),
        onward=(Link(url=visit.at("factor"), label=say("Second factor"), language=visit.language),),
        script=script_of(visit),
    )


def passkey_lead(visit: Visit, standing: Standing, *, again: bool) -> str:
    """What is asked of somebody who has passkeys, and has not given one here (lately, where it is `again`)."""
    say = visit.speech.say
    if again:
        return say("Your second factor is on in this browser. To go on, please give it again.")
    if standing.takes_codes:
        return say("Your second factor is on. Please use your passkey or give a code.")
    return say("Your second factor is on. Please use your passkey, or a recovery code if you have lost it.")


def passkey_problem(visit: Visit, result: Result | None) -> str:
    """Why no passkey was taken, in words."""
    say = visit.speech.say
    if result is not None and result.verdict == "replay":
        return say("This passkey was refused, because there may be a copy of it. Use another way, then remove it.")
    return say("No passkey was given that counts here. Try again, or use another way.")


def _add_form(visit: Visit) -> Form:
    say = visit.speech.say
    name = Field(
        id="label",
        name="label",
        label=say("Name"),
        hint=say("By which you know it again, such as: blue key. You may leave it empty."),
        required=False,
        autocomplete="off",
        max_length=_LONGEST_NAME,
    )
    return Form(
        action=visit.at("factor_passkeys"),
        title=say("Add a passkey"),
        text=say(_BY_SCRIPT_OR_APP if offers_codes(visit.guard.site) else _BY_SCRIPT),
        fields=(name,),
        hidden={"credential": "", **({"next": visit.onward} if visit.onward else {})},
        data=_told(visit, "register"),
        buttons=(Option(value=REGISTER, label=say("Add a passkey")),),
    )


def _change_form(visit: Visit, kept: Sequence[Passkey], unchosen: str) -> Form:
    say = visit.speech.say
    options = tuple(
        Option(value=each.id, label=each.name or say("A passkey without a name"), hint=_hint(visit, each))
        for each in kept
    )
    which = Field(id="which", name="passkey", kind="radio", label=say("Which"), options=options, error=unchosen)
    name = Field(
        id="rename",
        name="label",
        label=say("New name"),
        required=False,
        autocomplete="off",
        max_length=_LONGEST_NAME,
    )
    return Form(
        action=visit.at("factor_passkeys"),
        title=say("Your passkeys"),
        fields=(which, name),
        hidden={"next": visit.onward} if visit.onward else {},
        buttons=(Option(value=RENAME, label=say("Rename")), Option(value=DROP, label=say("Remove"))),
    )


def _hint(visit: Visit, passkey: Passkey) -> str:
    speech, used = visit.speech, passkey.last_used_on
    added = speech.say("Added on {day}.", day=speech.date(passkey.created_at.date()))
    return f"{added} {speech.say('Last used on {day}.', day=speech.date(used)) if used else speech.say('Never used.')}"


def _told(visit: Visit, ceremony: str) -> dict[str, str]:
    """What the script is told: which ceremony, where to ask, and what to say where there is no passkey."""
    say = visit.speech.say
    address = visit.inbound.url_for("passkey_options")
    return {"passkey": ceremony, "options": address, "missing": say(_MISSING), "failed": say(_FAILED)}

"""The forms on the page of a rights request, each where the request is in a state for it."""

from __future__ import annotations

from collections.abc import Iterable

from consentguard.records import Errand, RightsRequest
from consentguard.rights import COPIES
from consentguard.rights.deciding import DENIALS
from consentguard.rights.planning import PLANNED, Planned
from consentguard.rights.receiving import SPEAKING
from consentguard.rights.states import ENDS
from consentguard.screens.desk import PAGE, Field, Form, hidden, options

REASONS = {
    "suspected_fraud": "we suspect fraud",
    "insuf_verification": "we could not verify who they are",
    "no_match": "we found no data about them",
    "claim_not_covered": "the law does not give this right here",
    "outside_jurisdiction": "the law does not apply to them",
    "too_many_requests": "they ask for the same too often",
    "other": "another reason",
}
CHANNELS = {"staff": "they phoned or wrote to us", "help_desk": "the help desk had it"}
"""How a request comes in that is taken down by hand."""
LOST = {
    True: "The link to the copy works then, though they have lost their second factor.",
    False: "It can be carried out then, though they have lost their second factor.",
}
"""What comes of a proof for a request that is confirmed already: of one for a copy, and of another."""
LETTER = "The letter is shown to you before it goes out."
RESUMING = Form(
    act="carry_out",
    title="Go on",
    lead="Does what may be done by now: rows that are released or due, answers that came.",
    button="Go on with it",
    opened=True,
)


def assigning(request: RightsRequest) -> tuple[Form, ...]:
    """Who looks after it, while it is open."""
    if request.state in ENDS:
        return ()
    name = Field(name="to", label="Looked after by", value=request.assigned, help="Empty for nobody.")
    return (Form(act="assign", title="Assign", fields=(name,), button="Assign"),)


def approving(planned: Planned) -> Form:
    """The approval of a plan; of a copy it releases it."""
    copies = planned.request.right in COPIES
    return Form(
        act="approve",
        title="Release the copy" if copies else "Approve the plan",
        lead="You say that you looked at all of it. Another plan is not approved with it.",
        fields=(hidden("digest", planned.digest),),
        button="Release" if copies else "Approve",
        opened=True,
    )


def carrying(planned: Planned) -> Form:
    """The doing of what the plan says."""
    erases = planned.request.right == "erasure"
    lead = "What is deleted cannot be brought back. The person is told what was done."
    return Form(
        act="carry_out",
        title="Carry it out",
        lead=lead if erases else "The person is told what was done.",
        fields=(hidden("digest", planned.digest),),
        button="Carry out",
        grave=erases,
        opened=True,
    )


def settling(errands: Iterable[Errand]) -> Form:
    """That another place has done its part."""
    places = options((each.id, f"{each.target}: {each.kind}") for each in errands)
    return Form(
        act="settle",
        title="Another place has answered",
        fields=(
            Field(name="errand", label="Which", kind="choice", options=places, required=True),
            Field(
                name="proof", label="How one knows", required=True, help="The number of a ticket, the name of a log."
            ),
        ),
        button="It is done there",
    )


def verifying(request: RightsRequest) -> tuple[Form, ...]:
    """A proof of who sent it, asked for or seen, where it takes one."""
    speaks = request.identity if request.identity in SPEAKING else "staff"
    said = {
        "agent": "You saw that they may act for the person.",
        "guardian": "You saw that they are the guardian of the person.",
        "staff": "You saw a proof that the request is the person's own.",
    }
    follows = LOST[request.right in COPIES] if request.state in PLANNED else "The request is confirmed by it."
    seen = Form(
        act="verify",
        title="A proof was seen",
        lead=f"{said[speaks]} {follows}",
        fields=(hidden("identity", speaks),),
        button="I saw it",
    )
    lead = "The person is asked to answer with a proof. The clock stands still until then where the laws let it."
    ask = Form(act="ask_proof", title="Ask for a proof", lead=lead, button="Ask for it")
    return (seen, ask) if request.state == "received" and not request.paused_at else (seen,)


def extending(request: RightsRequest) -> tuple[Form, ...]:
    """More time, once."""
    if request.state in ENDS or request.extended_on:
        return ()
    reason = Field(name="reason", label="Why it takes longer", kind="long", required=True, longest=PAGE, help=LETTER)
    return (Form(act="extend", title="Put off the last day", fields=(reason,), button="Look at the letter"),)


def refusing(request: RightsRequest) -> tuple[Form, ...]:
    """A refusal, or that its sender took it back; before anything was begun."""
    if request.state not in ("received", *PLANNED):
        return ()
    known = options((name, REASONS[name]) for name in DENIALS)
    refuse = Form(
        act="refuse",
        title="Refuse",
        fields=(
            Field(name="denial", label="Because", kind="choice", options=known, required=True),
            Field(name="reason", label="In your words", kind="long", longest=PAGE, help=LETTER),
        ),
        button="Look at the letter",
        grave=True,
    )
    lead = "Its sender has taken it back: it ends, and no letter goes out."
    return refuse, Form(act="revoke", title="It was taken back", lead=lead, button="End it", grave=True)


def entering(rights: Iterable[str], languages: Iterable[str]) -> Form:
    """A request of somebody who phoned or wrote."""
    channels = options(CHANNELS.items(), "staff")
    speakers = options(
        [("", "themselves"), ("agent", "an agent, for somebody else"), ("guardian", "a guardian, for a child")], ""
    )
    known, spoken = (options((each, each) for each in some) for some in (rights, languages))
    return Form(
        act="enter",
        title="What they asked for",
        fields=(
            Field(name="right", label="The right", kind="choice", options=known, required=True),
            Field(name="address", label="Their e-mail address", required=True, help="It is answered there."),
            Field(name="channel", label="How it came", kind="choice", options=channels, required=True),
            Field(
                name="received_at",
                label="When it came, in UTC",
                kind="moment",
                help="The clock starts then. Empty: now.",
            ),
            Field(name="language", label="Language", kind="choice", options=spoken, required=True),
            Field(name="jurisdiction", label="Country", help="Such as GT or US-CA. Empty where nobody knows."),
            Field(name="note", label="What they said", kind="long", longest=PAGE, help="It is kept encrypted."),
            Field(name="identity", label="Who asks", kind="choice", options=speakers),
            Field(name="agent", label="Name of who asks for somebody else"),
            Field(name="authority", label="By what right"),
            Field(name="person", label="E-mail address of the person concerned"),
        ),
        button="Take it down",
        opened=True,
    )

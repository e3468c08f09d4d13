"""What staff see of a request and do about it: four eyes, letters and copies before they go out."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard import screens
from consentguard.crypto.keyring import VARIABLE
from consentguard.records import RightsRequest
from consentguard.rights import RightsError
from consentguard.screens import DESKS, PERMISSIONS, Form, Page, Part, Seat, Sent, Told
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop

ANNA = "anna@example.com"
DESK = DESKS["requests"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, where two people approve an erasure and one a copy."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    two = POLICY.replace("[rights.erasure]", '[rights.erasure]\napproval = "two"')
    return shop(tmp_path, two.replace("[rights.access]", '[rights.access]\napproval = "one"'))


def seat(site: Shop, by: str = "dana", may: tuple[str, ...] = PERMISSIONS) -> Seat:
    """Somebody who may do everything, unless said."""
    return Seat(site.guard(), by, may.__contains__)


def page(site: Shop, id_: str, may: tuple[str, ...] = PERMISSIONS, by: str = "dana") -> Page:
    """The page of a request as they see it."""
    return screens.opened(DESK, seat(site, by, may), id_)


def send(site: Shop, id_: str, name: str, by: str = "dana", **fields: str) -> Told | Page:
    """What comes of a form."""
    act = DESK.act(name)
    assert act
    return screens.done(DESK, seat(site, by), id_, act, Sent({key: [value] for key, value in fields.items()}))


def do(site: Shop, id_: str, name: str, by: str = "dana", **fields: str) -> Told:
    """What is told of a form that was sent as it should be."""
    came = send(site, id_, name, by, **fields)
    assert isinstance(came, Told), came.error
    return came


def refused(site: Shop, id_: str, name: str, by: str = "dana", **fields: str) -> str:
    """Why a form was not taken."""
    came = send(site, id_, name, by, **fields)
    assert isinstance(came, Page)
    assert came.error
    return came.error


def part(page: Page, title: str) -> Part:
    """The part of a page with a title."""
    return next(each for each in page.parts if each.title == title)


def forms(page: Page) -> dict[str, Form]:
    """What may be done on a page, by its act; the last of each."""
    return {form.act: form for part in page.parts for form in part.forms}


def hidden(page: Page, act: str, name: str) -> str:
    """What goes along with a form unseen."""
    return next(field.value for field in forms(page)[act].fields if field.name == name)


def taken(site: Shop, right: str = "erasure", by: str = "dana", **fields: str) -> RightsRequest:
    """A request that somebody took down, whose sender's proof was seen."""
    given = {"right": right, "address": ANNA, "channel": "staff", "language": "en", **fields}
    told = do(site, "", "enter", by, **given)
    if "identity" not in fields:
        do(site, told.id, "verify", by, identity="staff")
    return site.guard().rights.find(told.id)


def test_who_took_a_request_down_does_not_approve_it(site: Shop) -> None:
    """Neither in the admin, where there is no form for it, nor by any other way; two others do."""
    request = taken(site)
    assert "approve" not in forms(page(site, request.id))
    digest = hidden(page(site, request.id, by="ed"), "approve", "digest")
    assert "does not approve it" in refused(site, request.id, "approve", "Dana", digest=digest)
    with pytest.raises(RightsError, match="does not approve it"):
        site.guard().rights.approve(request.id, digest, " DANA ")
    assert "Another person" in do(site, request.id, "approve", "ed", digest=digest).sentence
    do(site, request.id, "approve", "ed", digest=digest)
    assert site.guard().rights.find(request.id).state == "confirmed"
    assert "carry_out" not in forms(page(site, request.id))
    do(site, request.id, "approve", "fay", digest=digest)
    approved = site.guard().rights.find(request.id)
    assert (approved.state, json.loads(approved.approved_by)) == ("approved", ["ed", "fay"])
    do(site, request.id, "carry_out", digest=digest)
    assert site.names("User") == [2]


def test_a_request_of_the_past_starts_its_clock_then(site: Shop) -> None:
    """When somebody phoned, not when it was written down; it is kept by whom, and answered at the address given."""
    received = site.clock.now() - dt.timedelta(days=3)
    told = do(
        site, "", "enter", right="access", address=ANNA, channel="help_desk", language="es",
        received_at=received.strftime("%Y-%m-%dT%H:%M"), jurisdiction="es",
    )  # fmt: skip
    request = site.guard().rights.find(told.id)
    assert request.received_at == received.replace(second=0, microsecond=0)
    assert (request.channel, request.language, request.jurisdiction) == ("help_desk", "es", "ES")
    assert site.outbox.messages[-1].to == ANNA
    assert site.guard().rights.means.details(request).entered_by == "dana"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"channel": "callback"}, "no way in which a request comes in"),
        ({"identity": "session"}, "no way in which a request comes in"),
        ({"address": "nobody"}, "no e-mail address"),
        ({"right": "everything"}, "cannot be asked for"),
        ({"received_at": "yesterday"}, "no moment"),
        ({"note": "x" * 4_001}, "too long"),
        ({"identity": "agent"}, "speaks for nobody"),
    ],
)
def test_what_was_filled_in_wrongly_comes_back(site: Shop, fields: dict[str, str], why: str) -> None:
    """With what was wrong, and with everything else as it was; nothing is kept."""
    given = {"right": "access", "address": ANNA, "channel": "staff", "language": "en", "note": "called", **fields}
    came = send(site, "", "enter", **given)
    assert isinstance(came, Page)
    assert why in came.error
    values = {field.name: field.value for field in forms(came)["enter"].fields}
    assert {name: values[name] for name in given} == given
    assert site.acts() == []


def test_nobody_without_a_name_does_anything(site: Shop) -> None:
    """Where the site does not tell who is signed in."""
    request = taken(site)
    assert "nobody knows who" in refused(site, request.id, "revoke", by="")
    assert site.guard().rights.find(request.id).state == "confirmed"


def test_the_page_shows_what_was_written_to_whoever_answers_it(site: Shop) -> None:
    """And an address to nobody; opening it is taken down."""
    request = taken(site, note="I am moving", agent="ignored", identity="agent", person="ben@example.com")
    shown = page(site, request.id, ("requests.review_export",))
    assert ("They wrote", "I am moving") in [
        (name, cell.text) for name, cell in part(shown, "What was asked for").facts
    ]
    looking = page(site, request.id, ())
    assert [each.title for each in looking.parts] == ["The request"]
    assert not [form for each in looking.parts for form in each.forms]
    for each in (shown, looking, page(site, request.id)):
        assert ANNA not in repr(each)
        assert "ben@example.com" not in repr(each)
    assert site.acts().count("records.viewed") == 3


def test_a_plan_that_changed_since_the_look_is_not_carried_out(site: Shop) -> None:
    """By whatever changed it: here an account that came to have the address; the page shows the new one."""
    request = taken(site, "objection")
    digest = hidden(page(site, request.id), "carry_out", "digest")
    site.rows["User"].rows.append({**site.rows["User"].rows[0], "id": 3})
    assert "another one by now" in refused(site, request.id, "carry_out", digest=digest)
    assert hidden(page(site, request.id), "carry_out", "digest") != digest


def test_the_plan_is_shown_with_its_rows_and_reasons(site: Shop) -> None:
    """And the letter that would go out, before anything is done."""
    request = taken(site)
    shown = page(site, request.id)
    rows = {cells[0].text: [cell.text for cell in cells[1:]] for cells in part(shown, "The plan").rows}
    assert rows["Order"] == ["deleted", "1", ""]
    letter = part(shown, "The letter that goes out then").letter
    assert letter
    assert letter.title == "Your data is deleted"
    assert site.outbox.messages[-1].subject != letter.title


@pytest.mark.parametrize(
    ("name", "fields", "act", "title"),
    [
        ("refuse", {"denial": "no_match"}, "request.denied", "We cannot carry out your request"),
        ("extend", {}, "request.extended", "We need more time for your request"),
    ],
)
def test_a_letter_is_looked_at_before_it_goes_out(
    site: Shop, name: str, fields: dict[str, str], act: str, title: str
) -> None:
    """The very same one: changed words are shown again, and nothing is sent or done before."""
    request, mails = taken(site), len(site.outbox.messages)
    looked = send(site, request.id, name, reason="Many boxes.", **fields)
    assert isinstance(looked, Page)
    letter = looked.parts[0].letter
    assert letter
    assert letter.title == title
    assert "The reason is: Many boxes." in letter.paragraphs
    seen = next(field.value for field in looked.parts[0].forms[0].fields if field.name == "seen")
    assert isinstance(send(site, request.id, name, reason="Other words.", seen=seen, **fields), Page)
    assert (len(site.outbox.messages), act in site.acts()) == (mails, False)
    do(site, request.id, name, reason="Many boxes.", seen=seen, **fields)
    assert act in site.acts()
    assert site.outbox.messages[-1] == letter.to(ANNA)


def test_a_refusal_needs_a_reason_and_an_extension_words(site: Shop) -> None:
    """Before there is a letter to look at."""
    request = taken(site)
    assert "why it is refused" in refused(site, request.id, "refuse", denial="because")
    assert "why it takes longer" in refused(site, request.id, "extend", reason=" ")


def test_a_copy_is_reviewed_and_released(site: Shop) -> None:
    """What is withheld is not in it and its reason is; a change makes an approval fall; the link goes out then."""
    request = taken(site, "access")
    shown = part(page(site, request.id), "The copy")
    assert {cells[0].text: cells[1].text for cells in shown.rows}["Order"] == "1"
    early = hidden(page(site, request.id, by="ed"), "approve", "digest")
    assert "nothing was chosen" in refused(site, request.id, "withhold", table="Order", reason="x")
    assert "gives no reason" in refused(site, request.id, "withhold", table="Order", column="note")
    do(site, request.id, "withhold", table="Order", column="note", reason="It names a friend")
    do(site, request.id, "withhold", table="Lead", whole="yes", reason="Under dispute")
    assert "another one by now" in refused(site, request.id, "approve", "ed", digest=early)
    which = hidden(page(site, request.id), "give_back", "which")
    do(site, request.id, "give_back", which=which)
    released = page(site, request.id, by="ed")
    told = do(site, request.id, "approve", "ed", digest=hidden(released, "approve", "digest"))
    assert told.sentence == "Released, and a link to the copy was mailed."
    link = next(word for word in site.outbox.messages[-1].text.split() if "/copy/" in word)
    delivery = site.guard().exports.for_token(link.rpartition("/")[2])
    assert delivery
    archive = zipfile.ZipFile(io.BytesIO(b"".join(delivery.chunks)))
    content = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".jsonl", ".json"))}
    assert "a gift" not in "".join(content.values())
    assert "It names a friend" in "".join(content.values())
    assert "call me" in "".join(content.values())


def test_what_is_left_is_shown_with_who_has_not_answered(site: Shop) -> None:
    """Until they have, with a proof; then the request goes on to its end."""
    request = taken(site, address="ben@example.com")
    digest = hidden(page(site, request.id, by="ed"), "approve", "digest")
    for name in ("ed", "fay"):
        do(site, request.id, "approve", name, digest=digest)
    do(site, request.id, "carry_out", digest=digest)
    shown = page(site, request.id)
    facts = {name: cell.text for name, cell in part(shown, "What is left").facts}
    assert facts == {
        "Invoice": "until 2031-03-01",
        "User": "as long as rows that stay refer to them",
        "mailbox": "has not answered",
    }
    (errand, *_) = site.guard().errands.unanswered(request.id)
    assert "nothing is said" in refused(site, request.id, "settle", errand=errand.id)
    assert "no errand of the request" in refused(site, request.id, "settle", errand="0" * 32, proof="T-1")
    do(site, request.id, "settle", errand=errand.id, proof="T-1")
    do(site, request.id, "carry_out")
    left = {name for name, _ in part(page(site, request.id), "What is left").facts}
    assert left == {"Invoice", "User"}
    assert site.guard().rights.find(request.id).state == "partial"


def test_a_mail_that_could_not_go_is_said_to_be_owed(site: Shop) -> None:
    """The deed stands."""
    request = taken(site)
    site.outbox.down = True
    looked = send(site, request.id, "refuse", denial="other")
    assert isinstance(looked, Page)
    seen = looked.parts[0].forms[0].fields[-1].value
    told = do(site, request.id, "refuse", denial="other", seen=seen)
    assert (told.good, "is owed" in told.sentence) == (False, True)
    assert site.guard().rights.find(request.id).state == "denied"


def test_a_proof_is_asked_for_and_the_clock_stands_still(site: Shop) -> None:
    """The list says so, and the page lets staff say that they saw it."""
    told = do(site, "", "enter", right="access", address=ANNA, channel="staff", language="en")
    do(site, told.id, "ask_proof")
    request = site.guard().rights.find(told.id)
    today = site.clock.now().date()
    assert screens.REQUESTS.column("clock").cell(request, today).tone == "soon"
    assert "ask_proof" not in forms(page(site, told.id))
    do(site, told.id, "verify", identity="staff")
    assert replace(site.guard().rights.find(told.id)).paused_at is None


def test_somebody_looks_after_it(site: Shop) -> None:
    """Or nobody in particular."""
    request = taken(site)
    assert do(site, request.id, "assign", to="fay").sentence == "fay looks after it."
    assert do(site, request.id, "assign", to="").sentence == "Nobody in particular looks after it."
    do(site, request.id, "revoke")
    assert "assign" not in forms(page(site, request.id))


@pytest.mark.parametrize(("right", "leads"), [("access", "link to the copy"), ("erasure", "carried out then")])
def test_a_proof_is_taken_for_a_request_that_waits_for_a_lost_factor(site: Shop, right: str, leads: str) -> None:
    """The form says what it leads to; it is there where the policy knows a second factor, and once."""
    policy = (site.folder / "privacy.toml").read_text("utf-8")
    for section, offered in (("", False), ("[twofactor]\n", True)):
        shop_ = shop(site.folder, policy + section)
        request = shop_.guard().rights.receive(right, ANNA, language="en", jurisdiction=None)
        shop_.guard().rights.confirm(shop_.token())
        assert ("verify" in forms(page(shop_, request.id))) is offered
    lead = forms(page(shop_, request.id))["verify"].lead
    assert leads in lead
    assert "lost their second factor" in lead
    do(shop_, request.id, "verify", identity="staff")
    assert shop_.guard().rights.find(request.id).identity == "staff"
    assert "verify" not in forms(page(shop_, request.id))

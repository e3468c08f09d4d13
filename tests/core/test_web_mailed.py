"""What a mailed link asks of somebody with a second factor: whoever has their mailbox alone gets nothing by it."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyotp
import pytest

from consentguard.assurance import Evidence
from consentguard.crypto.keyring import VARIABLE
from consentguard.guard import Guard
from consentguard.ports import StoreError
from consentguard.records import Passkey, RequestState, RightsRequest, SubjectRef
from consentguard.rights import Asked, Details, FactorNeededError, StateError
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.twofactor import otp
from consentguard.web import copies
from consentguard.web.answer import answer
from consentguard.web.assurance import Browser
from consentguard.web.circumstances import Circumstances
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights import ROUTES as REQUESTS
from tests.core import rights_kit
from tests.core.rights_kit import Shop, shop
from tests.web_policy import url_for

BY_NAME = {route.name: route for route in (*REQUESTS, *copies.ROUTES)}
ANNA, BEN, LEAD = SubjectRef("user", "1"), SubjectRef("user", "2"), SubjectRef("lead", "7")
PLAIN = f"""{rights_kit.POLICY}
[rights.rectification]
channels = ["page"]
[rights.restriction]
channels = ["page"]
[rights.withdrawal]
channels = ["page"]
[rights.opt_out]
channels = ["page"]
"""
POLICY = f"{PLAIN}\n[twofactor]\n"
MINUTE = dt.timedelta(minutes=1)
SENT = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Holder:
    """Whoever has the mailbox, in a browser: signed in as `who`, with a factor that was given `minutes` ago."""

    site: Shop
    who: SubjectRef | None = None
    minutes: float | None = None
    sign_in: str = "/login"
    guard: Callable[[], Guard] | None = None
    given: tuple[Evidence, ...] = ()

    def get(self, name: str, **params: str) -> Outbound:
        return self._send("GET", name, params)

    def post(self, name: str, **params: str) -> Outbound:
        return self._send("POST", name, params)

    def _send(self, method: str, name: str, params: dict[str, str], **content: Any) -> Outbound:
        guard = (self.guard or self.site.guard)()
        cookies: dict[str, str] = {}
        if self.who and self.minutes is not None:
            self.site.clock.tick(-self.minutes * MINUTE)
            browser = Browser(guard=guard, cookies={}, subject=lambda: self.who, circumstances=Circumstances())
            given = browser.given(epoch=guard.sessions.epoch(self.who), factor="0" * 32, method="otp")
            cookies = {cookie.name: cookie.value for cookie in given}
            self.site.clock.tick(self.minutes * MINUTE)
        inbound = Inbound(
            method=method,
            params={"language": "en", **params},
            headers=SENT,
            cookies=cookies,
            url_for=url_for,
            subject=lambda: self.who,
            circumstances=Circumstances(signed_in_at=self.site.clock.now, elsewhere=lambda: self.given),
            sign_in=lambda: self.sign_in,
            **content,
        )
        return answer(BY_NAME[name], guard, inbound)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, whose policy knows a second factor."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path, POLICY)


def enrol(site: Shop, who: SubjectRef = ANNA) -> None:
    """Set an authenticator app up."""
    factors = site.guard().twofactor
    key = factors.enrol(who).key.replace(" ", "")
    assert factors.activate(who, pyotp.HOTP(key).generate_otp(otp.step_at(site.clock.now()))).verdict == "ok"


def add_passkey(site: Shop, who: SubjectRef = ANNA) -> None:
    """Keep a passkey, and no app."""
    guard, credential = site.guard(), b"a credential"
    guard.stores.passkeys.add(
        Passkey(
            id=Passkey.id_of(credential),
            subject=guard.pseudonyms.of(who),
            credential=credential,
            public_key=b"a key",
            sign_count=0,
            created_at=site.clock.now(),
        )
    )


def ask(site: Shop, right: str = "erasure", address: str = "anna@example.com") -> str:
    """Ask for something on the form; the token that is mailed."""
    site.guard().rights.receive(right, address, language="en", jurisdiction=None, channel="email")
    return site.token()


def those(site: Shop, *states: RequestState) -> list[RightsRequest]:
    """The requests in these states."""
    return [each for state in states for each in site.guard().stores.requests.in_state(state, 9)]


@dataclass(frozen=True)
class Down:
    """A store of which nothing can be asked, or one thing cannot."""

    store: object
    one: str = ""

    def __getattr__(self, name: str) -> object:
        if self.one and name != self.one:
            return getattr(self.store, name)

        def fail(*_: object, **__: object) -> object:
            raise StoreError("the database is down")

        return fail


def without(site: Shop, *stores: str) -> Callable[[], Guard]:
    """What makes guards that cannot reach some of the stores, or one method of one, such as `tokens.find`."""

    def make() -> Guard:
        guard = site.guard()
        reached = copy.copy(guard.stores)
        for each in stores:
            store, _, one = each.partition(".")
            setattr(reached, store, Down(getattr(reached, store), one))
        return Guard(guard.site, reached)

    return make


def copied(site: Shop) -> str:
    """The token of a link to a copy that was confirmed by mail, before there was any second factor."""
    site.guard().rights.confirm(ask(site, "access"))
    [request] = site.guard().rights.waiting()
    token: str = site.guard().exports.issue(request)[0]
    return token


@pytest.mark.parametrize("send", ["get", "post"])
@pytest.mark.parametrize("right", ["access", "portability", "erasure", "rectification"])
def test_a_link_alone_neither_gives_out_nor_destroys(site: Shop, right: str, send: str) -> None:
    """Of who has a second factor. The page says how to go on and to whom to write; the link is not used up."""
    enrol(site)
    token = ask(site, right)
    before = site.acts()
    kept = getattr(Holder(site), send)("confirm", token=token)
    assert (kept.status, kept.private, kept.page.forms) == (403, True, ())
    assert [link.url for link in kept.page.onward] == [f"/login?next=/privacy/confirm/en/{token}"]
    assert [fact.value for fact in kept.page.facts] == ["privacy@shop.example.com"]
    assert (site.acts(), len(those(site, "received"))) == (before, 1)
    assert Holder(site, ANNA, 0).post("confirm", token=token).status == 303
    assert len(those(site, "confirmed")) == 1


@pytest.mark.parametrize("right", ["objection", "restriction", "withdrawal", "opt_out"])
def test_what_only_ends_a_use_is_as_easy_as_ever(site: Shop, right: str) -> None:
    """No law lets a site make that harder than it has to be."""
    enrol(site)
    assert Holder(site).post("confirm", token=ask(site, right)).status == 303


@pytest.mark.parametrize("protect", [enrol, add_passkey])
def test_any_factor_counts(site: Shop, protect: Callable[[Shop], None]) -> None:
    """An app or a passkey."""
    protect(site)
    assert Holder(site).post("confirm", token=ask(site)).status == 403


def test_a_factor_that_was_guessed_at_too_often_protects_still(site: Shop) -> None:
    """It takes no code any more: else a hundred wrong ones would be the way around it."""
    enrol(site)
    for _ in range(100):
        site.guard().twofactor.verify(ANNA, "000000")
        site.clock.tick(dt.timedelta(minutes=15))
    assert site.guard().twofactor.verify(ANNA, "000000").verdict == "disabled"
    assert Holder(site).post("confirm", token=ask(site)).status == 403


def test_who_has_no_factor_confirms_as_ever(site: Shop) -> None:
    """Whoever else has one, and though nobody is signed in."""
    enrol(site, BEN)
    token = ask(site, "access")
    assert Holder(site).get("confirm", token=token).page.forms
    assert Holder(site).post("confirm", token=token).redirect.startswith("/privacy/copy/en/")


@pytest.mark.parametrize("minutes", [None, 15.1])
def test_who_is_signed_in_gives_the_factor_and_comes_back(site: Shop, minutes: float | None) -> None:
    """A sign-in of this very moment is not enough, nor is a factor of before."""
    enrol(site)
    token = ask(site)
    kept = Holder(site, ANNA, minutes).post("confirm", token=token)
    assert kept.status == 403
    assert [link.url for link in kept.page.onward] == [
        f"/privacy/factor?again=1&next=%2Fprivacy%2Fconfirm%2Fen%2F{token}"
    ]


def test_the_factor_of_somebody_else_is_none(site: Shop) -> None:
    """Whoever has the mailbox, and an account of their own with a factor that they have just given."""
    enrol(site)
    enrol(site, BEN)
    token = ask(site)
    kept = Holder(site, BEN, 0).post("confirm", token=token)
    assert (kept.status, [link.label for link in kept.page.onward]) == (403, ["Sign in"])
    assert len(those(site, "received")) == 1


def test_no_link_speaks_for_several_who_have_a_factor(site: Shop) -> None:
    """Whoever has the mailbox could make an account of their own with the address, and a factor for it."""
    enrol(site)
    enrol(site, LEAD)
    token = ask(site, "access")
    for who in (ANNA, LEAD):
        kept = Holder(site, who, 0).post("confirm", token=token)
        assert (kept.status, kept.page.onward) == (403, ())


def test_any_row_of_the_address_counts(site: Shop) -> None:
    """Also one of another kind that the address leads to."""
    enrol(site, LEAD)
    assert Holder(site, ANNA, 0).post("confirm", token=ask(site)).status == 403
    assert Holder(site, LEAD, 0).post("confirm", token=ask(site)).status == 303


def test_without_a_page_to_sign_in_there_is_somebody_to_write_to(site: Shop) -> None:
    """And no link that leads nowhere."""
    enrol(site)
    kept = Holder(site, sign_in="").get("confirm", token=ask(site))
    assert (kept.status, kept.page.onward, len(kept.page.facts)) == (403, (), 1)


@pytest.mark.parametrize("send", ["get", "post"])
def test_the_link_to_a_copy_takes_the_factor_too(site: Shop, send: str) -> None:
    """Whatever was true when it was confirmed; the code of the request's page comes along, and nothing is used up."""
    token = copied(site)
    enrol(site)
    kept = getattr(Holder(site), send)("copy", token=token)
    assert (kept.status, kept.file) == (403, None)
    assert kept.page.onward[0].url == f"/login?next=/privacy/copy/en/{token}"
    assert Holder(site, BEN, 0).post("copy", token=token).file is None
    assert "export.begun" not in site.acts()
    assert Holder(site, ANNA, 0).get("copy", token=token).page.forms
    assert Holder(site, ANNA, 0).post("copy", token=token).file


def test_a_copy_that_was_asked_for_with_the_factor_is_not_mailed_around_it(site: Shop) -> None:
    """Whoever reads the mails of a session's request gets no copy by them either."""
    enrol(site)
    guard = site.guard()
    asked = Asked(
        right="access", address="anna@example.com", language="en", channel="staff", identity="session", subject=ANNA
    )
    token = guard.exports.issue(guard.rights.take(asked))[0]
    assert Holder(site).post("copy", token=token).status == 403


def test_no_proof_widens_the_request_of_an_account(site: Shop) -> None:
    """Whose copy ran out: it stays about that account, and nobody else's rows who has the same address come with it."""
    rights = site.guard().rights
    sent = Asked(
        right="access", address="anna@example.com", language="en", channel="account", identity="session", subject=ANNA
    )
    asked = rights.take(sent)
    until = rights.copy_until(asked)
    assert until
    site.clock.tick(until - site.clock.now())
    rights.expire()
    assert [each.id for each in those(site, "expired")] == [asked.id]
    with pytest.raises(StateError):
        rights.verify(asked.id, "staff", "Dana")
    assert [each.root for each in rights.people(rights.find(asked.id))] == ["User"]


def test_a_wrong_link_says_no_more_than_before(site: Shop) -> None:
    """Whether anybody has a factor is told to nobody who has no link."""
    enrol(site)
    token = ask(site)
    assert Holder(site).get("confirm", token=f"{token}x").status == 404
    assert Holder(site).post("copy", token=token).status == 410


def test_the_form_says_the_same_whoever_has_a_factor(site: Shop) -> None:
    """Neither its answer nor the mail tells; nobody is looked up for it."""
    enrol(site)
    answers, mails = [], []
    for address in ("anna@example.com", "ben@example.com", "nobody@example.com"):
        inbound = Inbound(
            method="POST", params={"language": "en"}, url_for=url_for, headers=SENT,
            form={"right": ["erasure"], "email": [address]},
        )  # fmt: skip
        answers.append(BY_NAME["request"].endpoint(without(site, "authenticators", "passkeys", "dataset")(), inbound))
        mails.append(site.outbox.messages[-1].text.replace(site.token(), ""))
    assert answers[0] == answers[1] == answers[2]
    assert mails[0] == mails[1] == mails[2]


def test_while_the_factors_cannot_be_read_nothing_is_confirmed(site: Shop) -> None:
    """It says so, and the link works later."""
    token, link = ask(site), copied(site)
    for name, sent in (("confirm", token), ("copy", link)):
        blind = Holder(site, guard=without(site, "authenticators"))
        assert {blind.get(name, token=sent).status, blind.post(name, token=sent).status} == {503}
    assert Holder(site).post("confirm", token=token).status == 303
    assert Holder(site).post("copy", token=link).file


def test_a_policy_without_second_factors_asks_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is looked up for the link, and no factor is."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    site = shop(tmp_path, PLAIN)
    token = ask(site)
    unasked = ("authenticators", "passkeys", "factor_sessions", "dataset")
    assert Holder(site, guard=without(site, *unasked)).get("confirm", token=token).page.forms
    assert Holder(site, guard=without(site, *unasked, "tokens.find")).post("confirm", token=token).status == 303


def test_code_of_the_host_s_own_cannot_confirm_around_it(site: Shop) -> None:
    """The room itself refuses, and its message names nobody; with who has shown the factor it goes on."""
    enrol(site)
    rights, token = site.guard().rights, ask(site)
    for refused in (rights.peek, rights.confirm):
        with pytest.raises(FactorNeededError) as caught:
            refused(token)
        assert "user" not in str(caught.value)
    assert rights.peek(token, lambda: ANNA)
    assert rights.confirm(token, lambda: ANNA)


def test_who_lost_the_factor_gets_a_copy_by_a_proof(site: Shop) -> None:
    """A member of staff says that they saw one. The mailed link ends; the copy's downloads without the factor."""
    enrol(site)
    token = ask(site, "access")
    [request] = site.guard().stores.requests.in_state("received", 9)
    verified = site.guard().rights.verify(request.id, "staff", "Dana")
    assert (verified.state, verified.identity) == ("confirmed", "staff")
    assert Holder(site).post("confirm", token=token).status == 404
    code = site.outbox.messages[-1].text.split("/privacy/status/en/")[1].split()[0]
    status = Inbound(
        method="POST", params={"language": "en", "code": code}, url_for=url_for, headers=SENT, form={"answer": ["mail"]}
    )
    BY_NAME["status"].endpoint(site.guard(), status)
    link = site.outbox.messages[-1].text.split("/privacy/copy/en/")[1].split()[0]
    assert Holder(site).post("copy", token=link).file


@pytest.mark.parametrize("right", ["erasure", "rectification"])
def test_who_lost_the_factor_has_the_rest_done_by_a_proof(site: Shop, right: str) -> None:
    """Also once the time of the link is over, or after staff asked for the proof."""
    enrol(site)
    for wait in (dt.timedelta(), dt.timedelta(days=8)):
        ask(site, right)
        site.clock.tick(wait)
        site.guard().rights.expire()
        [request] = those(site, "received", "expired")
        if request.state == "received":
            site.guard().rights.ask_proof(request.id, "Dana")
        assert site.guard().rights.verify(request.id, "staff", "Dana").state == "confirmed"


def test_a_proof_opens_the_link_of_a_copy_that_was_confirmed_already(site: Shop) -> None:
    """Once, by an entry of its own; its sender is told."""
    token = copied(site)
    enrol(site)
    assert Holder(site).post("copy", token=token).status == 403
    [request] = site.guard().rights.waiting()
    mails = len(site.outbox.messages)
    verified = site.guard().rights.verify(request.id, "staff", "Dana")
    assert replace(verified, identity=request.identity, owes=request.owes) == request
    assert site.acts().count("request.confirmed") == 2
    assert len(site.outbox.messages) == mails + 1
    with pytest.raises(StateError):
        site.guard().rights.verify(request.id, "staff", "Dana")
    assert Holder(site).post("copy", token=token).file


def test_a_proof_leaves_the_approval_of_a_copy_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looked at it need not look again."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    site = shop(tmp_path, POLICY.replace("[rights.access]", '[rights.access]\napproval = "one"'))
    site.guard().rights.confirm(ask(site, "access"))
    [request] = those(site, "confirmed")
    rights = site.guard().rights
    rights.approve(request.id, rights.plan(request.id).digest, "Dana")
    enrol(site)
    assert rights.verify(request.id, "staff", "Eve").state == "approved"


def moved(site: Shop) -> None:
    """Somebody with a factor has the address of a request from now on, which was nobody's before."""
    enrol(site)
    site.rows["User"].rows[0]["email"] = "new@example.com"


@pytest.mark.parametrize(("address", "becomes"), [("new@example.com", moved), ("anna@example.com", enrol)])
@pytest.mark.parametrize("right", ["erasure", "rectification"])
def test_a_link_destroys_nothing_of_who_is_protected_by_the_time_it_is_done(
    site: Shop, monkeypatch: pytest.MonkeyPatch, right: str, address: str, becomes: Callable[[Shop], None]
) -> None:
    """Whose row came after the link, or whose factor did. Staff see it with the plan, and a proof lets it go on."""
    monkeypatch.setitem(rights_kit.TAGS, "User", replace(rights_kit.TAGS["User"], rectifiable=("name",)))
    rights = site.guard().rights
    rights.confirm(ask(site, right, address))
    [request] = rights.waiting()
    if right == "rectification":
        rights.specify(request.id, Details(corrections={"User.name": "Mallory"}), "Eve")
    digest = rights.plan(request.id).digest
    becomes(site)
    before = site.acts()
    for refused in (
        lambda: rights.plan(request.id),
        lambda: rights.approve(request.id, digest, "Dana"),
        lambda: rights.carry_out(request.id, dry_run=True),
        lambda: rights.carry_out(request.id),
    ):
        with pytest.raises(FactorNeededError):
            refused()
    assert isinstance(rights.begin().failed[request.id], FactorNeededError)
    assert (site.acts(), [row["name"] for row in site.rows["User"].rows]) == (before, ["Anna", "Ben"])
    assert rights.verify(request.id, "staff", "Dana").state == "confirmed"
    rights.carry_out(request.id)
    names = ["Mallory", "Ben"] if right == "rectification" else ["Ben"]
    assert [row["name"] for row in site.rows["User"].rows] == names


def test_a_factor_that_was_given_for_the_link_counts_until_it_is_done(site: Shop) -> None:
    """It is kept sealed, and falls with the end. Somebody else who sets one up meanwhile has not given theirs."""
    enrol(site)
    assert Holder(site, ANNA, 0).post("confirm", token=ask(site)).status == 303
    [request] = site.guard().rights.waiting()
    rights = site.guard().rights
    assert rights.means.details(request).shown == str(ANNA)
    assert str(ANNA).encode() not in request.details
    rights.plan(request.id)
    enrol(site, LEAD)
    with pytest.raises(FactorNeededError):
        rights.carry_out(request.id)
    site.guard().stores.authenticators.remove([site.guard().pseudonyms.of(LEAD)])
    rights.carry_out(request.id)
    assert site.names("User") == [2]
    site.answer()
    assert rights.means.details(rights.find(request.id)).shown == ""


def test_who_gave_no_factor_for_the_link_is_stopped_once_they_have_one(site: Shop) -> None:
    """Though they were signed in: whoever took the account over by the mailbox was that too."""
    assert Holder(site, ANNA).post("confirm", token=ask(site)).status == 303
    enrol(site)
    [request] = site.guard().rights.waiting()
    with pytest.raises(FactorNeededError):
        site.guard().rights.carry_out(request.id)


def test_an_erasure_that_was_begun_is_not_stopped_half_way(site: Shop) -> None:
    """What is left of it after the process was killed goes, whoever sets a factor up meanwhile."""
    rights = site.guard().rights
    rights.confirm(ask(site))
    [request] = rights.waiting()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rights.carry_out(request.id, progress=killed)
    assert rights.find(request.id).state == "running"
    enrol(site)
    assert not rights.resume().failed
    assert site.names("User") == [2]


@pytest.fixture
def elsewhere(site: Shop) -> Shop:
    """The shop, where another package keeps a factor of Anna's."""
    return replace(site, protected=frozenset({ANNA.key}))


@pytest.mark.parametrize(
    ("who", "given", "status"),
    [
        (None, (), 403),
        (ANNA, (), 403),
        (ANNA, (Evidence(method="otp", source="django-otp"),), 403),
        (ANNA, (Evidence(method="otp", at=FrozenClock().now(), source="allauth"),), 303),
        (BEN, (Evidence(method="otp", at=FrozenClock().now(), source="allauth"),), 403),
    ],
    ids=["not signed in", "a password alone", "of no moment", "lately", "somebody else's"],
)
def test_a_factor_that_another_package_keeps_protects_as_ours_does(
    elsewhere: Shop, who: SubjectRef | None, given: tuple[Evidence, ...], status: int
) -> None:
    """A password of this moment is none: whoever has the mailbox sets a new one by it."""
    assert Holder(elsewhere, who, given=given).post("confirm", token=ask(elsewhere)).status == status


def test_a_factor_that_another_package_keeps_is_heeded_to_the_end(site: Shop, elsewhere: Shop) -> None:
    """Of a copy when it is downloaded, of the rest when it is done; a proof, or a factor given to us, will do."""
    token = copied(site)
    assert Holder(elsewhere, ANNA).post("copy", token=token).status == 403
    site.guard().rights.confirm(ask(site))
    [request] = (each for each in site.guard().rights.waiting() if each.right == "erasure")
    with pytest.raises(FactorNeededError):
        elsewhere.guard().rights.carry_out(request.id)
    enrol(elsewhere)
    assert Holder(elsewhere, ANNA, 0).post("copy", token=token).file
    elsewhere.guard().rights.verify(request.id, "staff", "Dana")
    elsewhere.guard().rights.carry_out(request.id)
    assert elsewhere.names("User") == [2]


def test_a_key_of_another_table_is_not_taken_for_a_user_s(site: Shop) -> None:
    """The lead has the number 7, and so has a user who is somebody else."""
    busy = replace(site, protected=frozenset({LEAD.key}))
    assert Holder(busy).post("confirm", token=ask(busy)).status == 303


def test_a_copy_for_an_agent_is_theirs_to_download(site: Shop) -> None:
    """A member of staff saw that they may: the factor of the person is not asked of somebody else."""
    enrol(site)
    details = Details(person="anna@example.com", agent="Eva", authority="attorney")
    asked = Asked(
        right="access", address="eva@example.com", language="en", channel="staff", identity="agent", details=details
    )
    request = site.guard().rights.take(asked)
    verified = site.guard().rights.verify(request.id, "agent", "Dana")
    assert Holder(site).post("copy", token=site.guard().exports.issue(verified)[0]).file

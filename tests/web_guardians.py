"""What a guardian's consent opens to who is too young, whatever the framework: each adapter runs these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import httpx
import pytest

from consentguard.records import LET_IN, USE, SubjectRef
from consentguard.web.age.signup import TRIES
from tests.web_ages import CHILD, COOKIE, SCREEN, VIEWS, Build, Site, asked

GUARDED = f'{SCREEN}retry_after = "P0D"\n[age.guardian]\n'
KIM, EVA = "kim@example.com", "eva@example.com"
HINT = "The address for which your parent or guardian has agreed."


def agreed(
    site: Site, child: SubjectRef | str, scopes: Collection[str] = (USE,), ends_on: dt.date | None = None
) -> str:
    """Let a guardian agree to something; the code by which they take it back."""
    room = site.guard().guardians
    consent = room.ask(child, "maria@example.com", language="en", ends_on=ends_on)
    with room.stores.transactions.atomic():
        _, code = room.mails.letter(consent)
    answer = room.grant(code, scopes)
    assert answer
    return answer.code


def signed_up(site: Site, child: httpx.Client, address: str = KIM) -> SubjectRef:
    """The account that somebody gets, signed in."""
    made = child.post("/sign-up", data={"name": "Kim", "email": address})
    assert made.status_code == 200, made.text
    child.get("/sign-in", params={"key": made.text})
    return SubjectRef(site.subject, made.text)


def is_in(child: httpx.Client) -> tuple[int, str]:
    """How a view answers, and what a template is told."""
    return child.get("/function").status_code, child.get("/told").text


class Guarded:
    """The tests. A subclass has the fixture `build`, which makes a site of a section `[age]`."""

    @pytest.mark.parametrize("view", VIEWS)
    def test_a_guardian_lets_in_who_signs_up_with_the_address(self, build: Build, view: str) -> None:
        """The form asks no age again, the account is let in, and what was agreed to is its own from then on."""
        site = build(GUARDED)
        child = site.screened("7", "2019")
        assert (child.get(f"/{view}").status_code, "An" in child.get("/sign-up").text) == (403, False)
        agreed(site, KIM)
        form = child.get("/sign-up")
        assert (form.status_code, asked(form), HINT in form.text) == (200, [], True)
        who = signed_up(site, child, KIM.upper())
        assert (child.get(f"/{view}").text, child.get("/told").text) == ("Welcome", "guardian")
        guard = site.guard()
        assert (guard.guardians.granted(who), guard.guardians.granted(KIM)) == ({USE}, frozenset())
        claim = guard.stores.age_claims.latest(guard.pseudonyms.of(who))
        assert claim is not None
        assert (claim.outcome, claim.method, claim.recheck_on is None) == ("under", "screen", False)

    def test_the_question_is_answered_in_the_same_form(self, build: Build) -> None:
        """In another browser than the one in which they were refused."""
        site = build(GUARDED)
        agreed(site, KIM)
        child = site.visitor()
        made = child.post("/sign-up", data={"name": "Kim", "email": KIM, **CHILD})
        assert (made.status_code, COOKIE in child.cookies) == (200, True)

    def test_their_account_is_let_in_from_every_browser(self, build: Build) -> None:
        """And there they are no older than they were."""
        site = build(GUARDED)
        agreed(site, KIM)
        who = signed_up(site, site.screened("7", "2019"))
        other = site.screened("7", "1931")
        other.get("/sign-in", params={"key": who.key})
        assert is_in(other) == (200, "guardian")

    def test_their_account_opens_no_other(self, build: Build) -> None:
        """What a guardian agreed to for one account is no consent to the next, whoever is signed in meanwhile."""
        site = build(GUARDED)
        agreed(site, KIM)
        child = site.screened("7", "2019")
        signed_up(site, child)
        assert is_in(child) == (200, "guardian")
        assert child.post("/sign-up", data={"name": "Eva", "email": EVA}).status_code == 302

    @pytest.mark.parametrize("address", [EVA, "", "nobody"])
    def test_no_other_address_lets_in(self, build: Build, address: str) -> None:
        """Neither one that nobody was asked for, nor one whose guardian has not answered, nor what is none."""
        site = build(GUARDED)
        agreed(site, KIM)
        site.guard().guardians.ask(EVA, "maria@example.com", language="en")
        child = site.screened("7", "2019")
        sent = child.post("/sign-up", data={"name": "Kim", "email": address})
        assert sent.status_code in (302, 422)
        assert "Not yet" in child.get("/privacy/en/age").text
        assert len(site.claims()) == 1

    def test_it_is_closed_at_once_when_it_is_taken_back(self, build: Build) -> None:
        """With the next request; the page says kindly why."""
        site = build(GUARDED)
        code = agreed(site, KIM)
        child = site.screened("7", "2019")
        who = signed_up(site, child)
        assert is_in(child)[1] in LET_IN
        assert site.guard().guardians.withdraw(code)
        assert is_in(child) == (403, "under")
        assert "Not yet" in child.get("/function").text
        agreed(site, who)
        assert is_in(child) == (200, "guardian")

    def test_it_is_over_on_the_day_from_which_they_decide(self, build: Build) -> None:
        """Whether or not the job has run, and then the job ends it."""
        site = build(GUARDED)
        child = site.screened("7", "2019")
        agreed(site, KIM)
        who = signed_up(site, child)
        today = site.guard().clock.now().date()
        assert site.guard().guardians.granted(who)
        agreed(site, EVA, ends_on=today + dt.timedelta(1))
        agreed(site, EVA, ends_on=today)
        assert site.guard().guardians.expire() == 1
        other = site.screened("7", "2019", "192.0.2.2")
        theirs = signed_up(site, other, EVA)
        assert is_in(other) == (200, "guardian")
        (left,) = site.guard().stores.guardian_consents.of([site.guard().guardians.pseudonym(theirs)])
        assert left.ends_on == today + dt.timedelta(1)

    def test_a_form_with_mistakes_tells_nothing_of_an_address(self, build: Build) -> None:
        """Whether or not a guardian has agreed for it, the same form comes back."""
        site = build(GUARDED)
        agreed(site, KIM)
        child = site.screened("7", "2019")
        pages = [child.post("/sign-up", data={"name": "", "email": each}) for each in (KIM, EVA)]
        assert [page.status_code for page in pages] == [422, 422]
        assert pages[0].text.replace(KIM, EVA) == pages[1].text

    def test_nobody_tries_address_after_address(self, build: Build) -> None:
        """A client that asked for too many is told no more, wherever it finds one."""
        site = build(GUARDED)
        child = site.screened("7", "2019")
        for number in range(int(TRIES.partition("/")[0])):
            assert child.post("/sign-up", data={"name": "Kim", "email": f"{number}@example.com"}).status_code == 302
        agreed(site, KIM)
        assert child.post("/sign-up", data={"name": "Kim", "email": KIM}).status_code == 302
        elsewhere = site.screened("7", "2019", "192.0.2.9")
        assert elsewhere.post("/sign-up", data={"name": "Kim", "email": KIM}).status_code == 200

    def test_a_policy_that_asks_no_guardian_has_a_closed_form(self, build: Build) -> None:
        """At once, and not only once it is sent."""
        child = build(SCREEN).screened("7", "2019")
        assert child.get("/sign-up").status_code == 302

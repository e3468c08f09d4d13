"""Passkeys: what becomes of a browser's answers, right and wrong, and of the recovery codes beside them."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Barrier
from typing import Any

import pyotp
import pytest

from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms, row_sealer
from consentguard.errors import SettingsError
from consentguard.evidence import Evidence
from consentguard.memory import MemoryStores
from consentguard.ports import InsideTransactionError
from consentguard.records import SubjectRef
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.testing.races import PATIENCE, threads
from consentguard.twofactor import FactorError, Result, TwoFactor, otp
from consentguard.twofactor.letters import News
from consentguard.twofactor.party import Party, UserVerification, check, party
from consentguard.twofactor.passkeys import ANSWER_WITHIN, LONGEST_NAME, MOST, Passkeys
from consentguard.twofactor.protection import Protection
from tests.core.neutral import policy
from tests.core.passkey_kit import Authenticator, padless
from tests.web_policy import POLICY, BareHost

ANA = SubjectRef("user", "12")
EVA = SubjectRef("user", "13")
ORIGIN = "https://shop.example.com"


class Shop:
    """The features on stores in memory, under a frozen clock."""

    def __init__(self, verification: UserVerification = "preferred") -> None:
        self.clock = FrozenClock()
        self.ring = keyring()
        self.told: list[tuple[SubjectRef, News]] = []
        self.stores = MemoryStores()
        self.party: Party | None = Party(
            id="shop.example.com", name="Example Shop", origins=(ORIGIN,), verification=verification
        )

    @property
    def passkeys(self) -> Passkeys:
        """Made anew each time, as for each request."""
        return Passkeys(
            party=self.party,
            protection=Protection(self.stores, self.witness, KeyedMacs(self.ring, "recovery_code"), self.clock),
            stores=self.stores,
            witness=self.witness,
            pseudonyms=KeyedPseudonyms(self.ring),
            clock=self.clock,
            tell=self.tell,
        )

    def tell(self, subject: SubjectRef, news: News, language: str = "", *, left: int = 0) -> bool:
        """What would be mailed is kept."""
        self.told.append((subject, news))
        return True

    @property
    def codes(self) -> TwoFactor:
        """One-time codes, on the same stores."""
        return TwoFactor(
            issuer="Example Shop",
            stores=self.stores,
            witness=self.witness,
            pseudonyms=KeyedPseudonyms(self.ring),
            sealer=row_sealer(self.ring, "consentguard_authenticator", "secret"),
            macs=KeyedMacs(self.ring, "recovery_code"),
            clock=self.clock,
            tell=self.tell,
        )

    @property
    def witness(self) -> Evidence:
        macs = KeyedMacs(self.ring, "evidence")
        return Evidence(stores=self.stores, macs=macs, clock=self.clock, version=lambda: "0" * 16)

    def register(self, who: SubjectRef = ANA, device: Authenticator | None = None, **given: Any) -> Result:
        """Set a passkey up, by a device of somebody's."""
        verified = given.pop("verified", False)
        name = given.pop("name", "")
        options = self.passkeys.ask_new(who, verified=verified)
        answer = (device or Authenticator()).make(options, **given)
        return self.passkeys.add(who, answer, name=name, verified=verified)

    def registered(self, who: SubjectRef = ANA, **how: bool) -> Authenticator:
        device = Authenticator(**how)
        assert self.register(who, device, verified=True).verdict == "ok"
        return device

    def sign_in(self, device: Authenticator, who: SubjectRef = ANA, **wrong: Any) -> Result:
        """Ask for a passkey, and answer with that of a device."""
        options = self.passkeys.ask(who)
        assert options is not None
        return self.passkeys.verify(who, device.use(options, **wrong))

    def app(self, who: SubjectRef = ANA, **how: bool) -> Result:
        """Set an authenticator app up."""
        key = self.codes.enrol(who, **how).key.replace(" ", "")
        code = pyotp.HOTP(key).generate_otp(otp.step_at(self.clock.now()))
        return self.codes.activate(who, code, **how)

    def acts(self) -> list[tuple[str, str]]:
        """The evidence: each act with its details."""
        return [(entry.act, entry.details) for entry in self.stores.entries.unsealed(None, 100)]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_passkey_is_set_up_and_signs_in(shop: Shop) -> None:
    """From nothing to a verified person, with recovery codes and evidence; the day of use is noted."""
    device = Authenticator()
    assert shop.passkeys.ask(ANA) is None
    made = shop.register(ANA, device, name="  blue\u202e \n key ")
    assert (made.verdict, len(made.recovery_codes), shop.codes.codes_left(ANA)) == ("ok", 10, 10)
    assert shop.sign_in(device) == Result(verdict="ok", factor=made.factor)
    (kept,) = shop.passkeys.of(ANA)
    assert (kept.id, kept.name, kept.transports, kept.sign_count) == (made.factor, "blue key", "nfc usb", 2)
    assert kept.last_used_on == shop.clock.now().date()
    assert shop.acts() == [("factor.enrolled", '{"kind":"webauthn"}')]


def test_a_browser_is_told_who_asks_and_what_it_has(shop: Shop) -> None:
    """The domain and the name of the site, a challenge of 256 bits, minutes to answer, no attestation; and by a hash
    whose passkey it will be.
    """
    device = shop.registered()
    made, used = shop.passkeys.ask_new(ANA, verified=True), shop.passkeys.ask(ANA)
    assert made["rp"] == {"id": "shop.example.com", "name": "Example Shop"}
    assert (made["attestation"], made["timeout"], len(made["challenge"])) == ("none", 300_000, 43)
    assert made["user"]["name"] == "12"
    assert KeyedPseudonyms(shop.ring).of(ANA) not in json.dumps(made)
    assert [each["id"] for each in made["excludeCredentials"]] == [padless(device.credential)]
    assert used is not None
    assert (used["rpId"], used["userVerification"], used["timeout"]) == ("shop.example.com", "preferred", 300_000)
    assert used["allowCredentials"] == [
        {"id": padless(device.credential), "type": "public-key", "transports": ["nfc", "usb"]}
    ]
    assert used["challenge"] != made["challenge"]


WRONG: dict[str, dict[str, Any]] = {
    "another site": {"origin": "https://shop.example.com.evil.example"},
    "without TLS": {"origin": "http://shop.example.com"},
    "another port": {"origin": "https://shop.example.com:8443"},
    "another domain": {"rp_id": "example.com"},
    "another challenge": {"challenge": padless(b"x" * 32)},
    "no challenge": {"challenge": ""},
    "the other ceremony": {"type": "webauthn.other"},
    "in a frame of another site's": {"framed": True},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_an_answer_from_elsewhere_signs_nobody_in(shop: Shop, wrong: dict[str, Any]) -> None:
    """However rightly it is signed; and nothing is kept of it."""
    device = shop.registered()
    before = shop.passkeys.of(ANA)
    assert shop.sign_in(device, **wrong).verdict == "bad"
    assert shop.passkeys.of(ANA) == before
    assert shop.sign_in(device).verdict == "ok"


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_an_answer_from_elsewhere_sets_nothing_up(shop: Shop, wrong: dict[str, Any]) -> None:
    """No passkey, no recovery codes, no evidence."""
    assert shop.register(**wrong).verdict == "bad"
    assert (list(shop.passkeys.of(ANA)), shop.codes.codes_left(ANA), shop.acts()) == ([], 0, [])


@pytest.mark.parametrize("wrong", [{"tampered": True}, {"handle": b"somebody else"}])
def test_a_wrong_signature_or_owner_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    """As is a passkey that its device keeps for another person."""
    assert shop.sign_in(shop.registered(), **wrong).verdict == "bad"


def test_another_persons_passkey_is_refused(shop: Shop) -> None:
    """It answers Ana's challenge rightly, and is Eva's."""
    shop.registered()
    evas = shop.registered(EVA)
    assert shop.sign_in(evas).verdict == "bad"
    assert shop.sign_in(evas, EVA).verdict == "ok"


def test_a_challenge_is_its_own_persons(shop: Shop) -> None:
    """Eva cannot answer Ana's, and Ana still can."""
    device, evas = shop.registered(), shop.registered(EVA)
    options = shop.passkeys.ask(ANA)
    assert options is not None
    assert shop.passkeys.verify(EVA, evas.use(options)).verdict == "bad"
    assert shop.passkeys.verify(ANA, device.use(options)).verdict == "ok"


def test_a_challenge_is_for_one_ceremony(shop: Shop) -> None:
    """What was asked to make a passkey is no question to sign in by."""
    device = shop.registered()
    options = shop.passkeys.ask_new(ANA, verified=True)
    answer = device.use({"challenge": options["challenge"], "rpId": options["rp"]["id"]})
    assert shop.passkeys.verify(ANA, answer).verdict == "bad"


def test_a_replayed_answer_is_refused(shop: Shop) -> None:
    """The challenge is used up by the first, right or wrong."""
    device = shop.registered()
    options = shop.passkeys.ask(ANA)
    assert options is not None
    answer = device.use(options)
    assert [shop.passkeys.verify(ANA, answer).verdict for _ in range(2)] == ["ok", "bad"]
    options = shop.passkeys.ask(ANA)
    assert options is not None
    shop.passkeys.verify(ANA, device.use(options, tampered=True))
    assert shop.passkeys.verify(ANA, device.use(options)).verdict == "bad"


def test_a_replayed_registration_is_refused(shop: Shop) -> None:
    """One credential, once; also under a new challenge, and for whoever else brings it."""
    device = Authenticator()
    options = shop.passkeys.ask_new(ANA)
    answer = device.make(options)
    assert shop.passkeys.add(ANA, answer).verdict == "ok"
    assert shop.passkeys.add(ANA, answer, verified=True).verdict == "bad"
    assert shop.register(ANA, device, verified=True).verdict == "bad"
    assert shop.register(EVA, device).verdict == "bad"
    assert (len(shop.passkeys.of(ANA)), len(shop.passkeys.of(EVA)), shop.codes.codes_left(EVA)) == (1, 0, 0)
    assert len(shop.acts()) == 1


def test_a_challenge_ends_after_minutes(shop: Shop) -> None:
    """At the very moment; a second before it counts."""
    device = shop.registered()
    for wait, verdict in ((ANSWER_WITHIN - dt.timedelta(seconds=1), "ok"), (ANSWER_WITHIN, "bad")):
        options = shop.passkeys.ask(ANA)
        assert options is not None
        shop.clock.tick(wait)
        assert shop.passkeys.verify(ANA, device.use(options)).verdict == verdict


def test_a_copied_device_is_refused_and_taken_down(shop: Shop) -> None:
    """Whose count lies behind that of the one which signed last: nothing is changed, and the other still signs in."""
    device = shop.registered()
    copy_at = device.count
    assert shop.sign_in(device).verdict == "ok"
    ahead, device.count = device.count, copy_at
    assert shop.sign_in(device).verdict == "replay"
    assert ("factor.copied", '{"kind":"webauthn"}') in shop.acts()
    device.count = ahead
    assert shop.sign_in(device).verdict == "ok"


def test_a_device_that_does_not_count_signs_in_again_and_again(shop: Shop) -> None:
    """As phones do whose passkeys are on several devices."""
    device = shop.registered(counts=False)
    assert [shop.sign_in(device).verdict for _ in range(3)] == ["ok"] * 3
    assert shop.passkeys.of(ANA)[0].sign_count == 0


@pytest.mark.parametrize(("verification", "verdict"), [("preferred", "ok"), ("required", "bad")])
def test_a_policy_may_want_the_device_to_ask_for_its_owner(verification: UserVerification, verdict: str) -> None:
    """By a PIN, a finger or a face: a device that did not is refused where the policy requires it."""
    shop = Shop(verification)
    assert shop.passkeys.ask_new(ANA)["authenticatorSelection"]["userVerification"] == verification
    assert shop.register(ANA, Authenticator(verifies=False)).verdict == verdict
    device = shop.registered()
    device.verifies = False
    assert shop.sign_in(device).verdict == verdict


ANSWERS = [
    "",
    "null",
    "[]",
    "{}",
    '{"response": 1}',
    '{"response": {"clientDataJSON": "e30"}}',
    '{"response": {"clientDataJSON": "' + "A" * 10_240 + '"}}',
    "[" * 10_240,
    '{"id": "' + "x" * 20_000 + '"}',
    "\ud800",
    "é" * 10_240,
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_what_is_no_answer_is_refused(shop: Shop, answer: str) -> None:
    """Ten kilobytes of anything, half an answer, none at all: bad, with nothing kept and nothing raised."""
    device = shop.registered()
    before = (shop.passkeys.of(ANA), shop.acts())
    shop.passkeys.ask_new(ANA, verified=True)
    assert shop.passkeys.verify(ANA, answer).verdict == "bad"
    assert shop.passkeys.add(ANA, answer, verified=True).verdict == "bad"
    assert (shop.passkeys.of(ANA), shop.acts()) == before
    assert shop.sign_in(device).verdict == "ok"


@pytest.mark.parametrize("part", ["rawId", "id", "type", "response"])
@pytest.mark.parametrize("content", [None, 7, "", "=", {}, ["x"], "A" * 10_240])
def test_an_answer_with_something_else_in_a_part_is_refused(shop: Shop, part: str, content: object) -> None:
    """Whatever the library makes of it."""
    device = shop.registered()
    options = shop.passkeys.ask(ANA)
    assert options is not None
    answer = json.loads(device.use(options)) | {part: content}
    assert shop.passkeys.verify(ANA, json.dumps(answer)).verdict == "bad"


@pytest.mark.parametrize("part", ["authenticatorData", "signature", "userHandle", "clientDataJSON"])
@pytest.mark.parametrize("content", [7, "=", {}, "AAAA", "A" * 10_240])
def test_a_response_with_something_else_in_it_is_refused(shop: Shop, part: str, content: object) -> None:
    """The same, one floor down."""
    device = shop.registered()
    options = shop.passkeys.ask(ANA)
    assert options is not None
    answer = json.loads(device.use(options))
    answer["response"][part] = content
    assert shop.passkeys.verify(ANA, json.dumps(answer)).verdict == "bad"


def test_somebody_may_have_several(shop: Shop) -> None:
    """Each signs in; recovery codes come with the first alone."""
    device = Authenticator()
    first, second = shop.register(ANA, device), shop.register(verified=True)
    assert (len(first.recovery_codes), second.verdict, second.recovery_codes) == (10, "ok", ())
    assert len(shop.passkeys.of(ANA)) == 2
    assert shop.sign_in(device).factor == first.factor


def test_there_is_an_end_to_them(shop: Shop) -> None:
    """All of them are named to the browser at each sign-in."""
    for _ in range(MOST):
        shop.registered()
    with pytest.raises(FactorError, match=str(MOST)):
        shop.passkeys.ask_new(ANA, verified=True)


def test_whoever_has_the_first_factor_alone_adds_none(shop: Shop) -> None:
    """Where there is a second one, of whatever kind, it is asked for: also by who began before there was one."""
    begun, app_begun = shop.passkeys.ask_new(ANA), shop.codes.enrol(EVA)
    shop.app(ANA)
    shop.register(EVA)
    for who in (ANA, EVA):
        with pytest.raises(FactorError, match="already"):
            shop.passkeys.ask_new(who)
        with pytest.raises(FactorError, match="already"):
            shop.codes.enrol(who)
    with pytest.raises(FactorError, match="already"):
        shop.passkeys.add(ANA, Authenticator().make(begun))
    code = pyotp.HOTP(app_begun.key.replace(" ", "")).generate_otp(otp.step_at(shop.clock.now()))
    assert shop.codes.activate(EVA, code).verdict == "absent"
    assert (len(shop.passkeys.of(ANA)), len(shop.passkeys.of(EVA))) == (0, 1)


def test_an_app_and_a_passkey_stand_beside_each_other(shop: Shop) -> None:
    """In either order; the codes of the first stay, and the state is the app's."""
    made = shop.register()
    app = shop.app(verified=True)
    assert (app.verdict, app.recovery_codes) == ("ok", ())
    state = shop.codes.state(ANA)
    assert state is not None
    assert (state.id, state.state, state.passkeys, state.takes_codes) == (app.factor, "active", (made.factor,), True)
    assert len(shop.app(EVA).recovery_codes) == 10
    assert shop.register(EVA, verified=True).recovery_codes == ()


def test_a_passkey_alone_is_a_second_factor(shop: Shop) -> None:
    """Active since it was made, without codes of an app."""
    made = shop.register()
    state = shop.codes.state(ANA)
    assert state is not None
    assert (state.id, state.state, state.since) == (made.factor, "active", shop.clock.now())
    assert not state.takes_codes
    assert shop.codes.verify(ANA, "123456").verdict == "absent"


def test_a_recovery_code_opens_the_way_without_an_app(shop: Shop) -> None:
    """To who lost the only passkey; once, and never a wrong one."""
    made = shop.register()
    code = made.recovery_codes[0]
    assert shop.codes.recover(ANA, "AAAA-" * 6 + "AA").verdict == "bad"
    assert shop.codes.recover(ANA, code) == Result(verdict="ok", factor=made.factor, left=9)
    assert shop.codes.recover(ANA, code).verdict == "bad"


def test_a_passkey_renews_the_recovery_codes(shop: Shop) -> None:
    """An answer that holds, and no other: the old codes count no more, the owner is told, and the evidence has it."""
    device = Authenticator()
    (old, *_) = shop.register(ANA, device).recovery_codes
    options = shop.passkeys.ask(ANA)
    assert options is not None
    assert shop.passkeys.renew_codes(ANA, device.use(options, tampered=True)) == Result(verdict="bad")
    answer = device.use(shop.passkeys.ask(ANA) or {})
    result = shop.passkeys.renew_codes(ANA, answer)
    assert (result.verdict, len(result.recovery_codes)) == ("ok", 10)
    assert shop.passkeys.renew_codes(ANA, answer).verdict == "bad", "an answer counts once"
    assert shop.told[-1] == (ANA, "codes")
    assert [entry.act for entry in shop.stores.entries.unsealed(None, 99)].count("factor.codes_renewed") == 1
    assert shop.codes.recover(ANA, old).verdict == "bad"
    assert shop.codes.recover(ANA, result.recovery_codes[0]).verdict == "ok"


def test_the_recovery_codes_go_with_the_last_factor(shop: Shop) -> None:
    """Not before; and each is taken down."""
    first, second = shop.register(), shop.register(verified=True)
    shop.app(verified=True)
    assert shop.passkeys.remove(ANA, first.factor)
    assert shop.codes.remove_app(ANA) == 1
    assert shop.codes.codes_left(ANA) == 10
    assert not shop.passkeys.remove(ANA, first.factor)
    assert not shop.passkeys.remove(EVA, second.factor)
    assert shop.passkeys.remove(ANA, second.factor)
    assert (shop.codes.codes_left(ANA), shop.codes.state(ANA)) == (0, None)
    removed = sorted(details for act, details in shop.acts() if act == "factor.removed")
    assert removed == ['{"kind":"totp"}', '{"kind":"webauthn"}', '{"kind":"webauthn"}']


def test_to_remove_the_second_factor_removes_all_of_it(shop: Shop) -> None:
    """Whatever it is made of; nobody else's."""
    shop.register()
    shop.app(verified=True)
    shop.register(EVA)
    assert shop.codes.remove(ANA) == 2
    assert (shop.codes.state(ANA), shop.codes.codes_left(ANA)) == (None, 0)
    assert shop.codes.codes_left(EVA) == 10


def test_a_passkey_bears_the_name_that_its_owner_gives_it(shop: Shop) -> None:
    """On one line, of a bounded length; nobody else's."""
    made = shop.register(name="phone")
    assert shop.passkeys.rename(ANA, made.factor, "x" * 1000)
    assert not shop.passkeys.rename(EVA, made.factor, "mine")
    assert shop.passkeys.of(ANA)[0].name == "x" * LONGEST_NAME
    assert "phone" not in repr(shop.passkeys.of(ANA))


def test_what_must_last_is_refused_inside_a_transaction(shop: Shop) -> None:
    """Before anything is looked at: the same answer is taken after it."""
    device = shop.registered()
    options = shop.passkeys.ask(ANA)
    assert options is not None
    answer = device.use(options)
    with shop.stores.transactions.atomic():
        with pytest.raises(InsideTransactionError):
            shop.passkeys.verify(ANA, answer)
        with pytest.raises(InsideTransactionError):
            shop.passkeys.add(ANA, answer)
    assert shop.passkeys.verify(ANA, answer).verdict == "ok"


def test_of_one_answer_sent_eight_times_at_once_one_counts(shop: Shop) -> None:
    """The others come to a challenge that is used."""
    device = shop.registered()
    options = shop.passkeys.ask(ANA)
    assert options is not None
    answer = device.use(options)
    barrier = Barrier(8)

    def send(*_: object) -> str:
        barrier.wait(PATIENCE)
        return shop.passkeys.verify(ANA, answer).verdict

    assert Counter(map(str, threads(shop.stores)(send))) == {"ok": 1, "bad": 7}


def test_a_site_that_no_browser_makes_passkeys_for_says_so(shop: Shop) -> None:
    """In one error for each way in."""
    shop.party = None
    assert not shop.passkeys.possible
    for act in (shop.passkeys.ask_new, shop.passkeys.ask):
        with pytest.raises(FactorError, match="no browser") as raised:
            act(ANA)
        assert "base_url" in raised.value.hint


@pytest.mark.parametrize(
    ("base_url", "hosts", "trusted", "origins"),
    [
        (ORIGIN, [], (), [ORIGIN]),
        (f"{ORIGIN}:8443", [], (), [f"{ORIGIN}:8443"]),
        (
            ORIGIN,
            ["shop.example.com", "my.shop.example.com", "example.com", "evilshop.example.com"],
            ("https://app.shop.example.com", "http://old.shop.example.com", "https://other.example"),
            [ORIGIN, "https://my.shop.example.com", "https://app.shop.example.com"],
        ),
        ("http://localhost:8000", [], (), ["http://localhost:8000"]),
        ("http://shop.example.com", [], (), None),
        ("http://127.0.0.1:8000", [], (), None),
        ("https://[::1]:8000", [], (), None),
        ("", ["shop.example.com"], (), None),
    ],
)
def test_passkeys_are_made_for_where_the_site_answers(
    base_url: str, hosts: list[str], trusted: tuple[str, ...], origins: list[str] | None
) -> None:
    """Its domain and what lies below it, over TLS; the check tells where that cannot be."""
    manifest = policy(site={"hosts": hosts}, twofactor={"methods": ["webauthn"]})
    found = party(manifest, base_url, trusted)
    assert (list(found.origins) if found else None) == origins
    assert [each.id for each in check(manifest, base_url)] == ([] if origins else ["P-PASSKEYS"])


def test_nothing_is_said_of_passkeys_that_nobody_offers() -> None:
    """A site may well answer at an IP address."""
    assert list(check(policy(twofactor={}), "http://127.0.0.1:8000")) == []


def test_the_library_is_loaded_where_it_is_needed() -> None:
    """Neither by the room of second factors nor by a list of somebody's passkeys."""
    code = "import sys, consentguard.twofactor.passkeys; sys.exit('webauthn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_policy_that_offers_them_without_the_library_stops_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the extra; a policy without passkeys starts."""
    monkeypatch.setattr("consentguard.extras.find_spec", lambda _: None)
    (tmp_path / "privacy.toml").write_text(f"{POLICY}[twofactor]\n", "utf-8")
    assert Site(BareHost(tmp_path)).base_url == ""
    (tmp_path / "privacy.toml").write_text(f'{POLICY}[twofactor]\nmethods = ["webauthn"]\n', "utf-8")
    with pytest.raises(SettingsError, match="py_webauthn") as raised:
        Site(BareHost(tmp_path))
    assert "consentguard[webauthn]" in raised.value.hint


@pytest.mark.parametrize(("base_url", "said"), [("http://127.0.0.1:8000", True), (ORIGIN, False)])
def test_a_check_tells_of_a_site_that_no_browser_makes_any_for(tmp_path: Path, base_url: str, *, said: bool) -> None:
    """Before visitors do."""
    (tmp_path / "privacy.toml").write_text(f'{POLICY}[twofactor]\nmethods = ["webauthn"]\n', "utf-8")
    found = Site(BareHost(tmp_path), {"base_url": base_url}).findings()
    assert any(each.id == "P-PASSKEYS" for each in found) == said

"""The second factor: what becomes of codes, right and wrong, one after another and at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, local

import pyotp
import pytest

from consentguard.crypto.errors import DecryptionError
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms, KeyedRowSealer
from consentguard.evidence import Evidence
from consentguard.memory import MemoryStores
from consentguard.ports import Clock, InsideTransactionError
from consentguard.records import Authenticator, EvidenceEntry, SubjectRef
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.testing.races import PATIENCE, RACERS, threads
from consentguard.twofactor import FactorError, Result, TwoFactor, Verdict, otp
from consentguard.twofactor.letters import News

ANA = SubjectRef("user", "12")
EVA = SubjectRef("user", "13")
WRONG = "000000"
STEP = dt.timedelta(seconds=otp.PERIOD)
LONG = dt.timedelta(minutes=15)


class Phone:
    """An authenticator app that was given a key."""

    def __init__(self, key: str, clock: Clock) -> None:
        self._codes = pyotp.HOTP(key.replace(" ", ""))
        self._clock = clock

    def code(self, steps_away: int = 0) -> str:
        """What it shows now, or shows some steps from now."""
        return self._codes.generate_otp(otp.step_at(self._clock.now()) + steps_away)

    def wrong(self) -> str:
        """Six digits that none of the steps around has."""
        near = {self.code(away) for away in range(-2, 3)}
        return next(code for code in (f"{number:06}" for number in range(10)) if code not in near)


class Site:
    """The feature on stores in memory, under a frozen clock."""

    def __init__(self, clock: FrozenClock | None = None, ring: Keyring | None = None) -> None:
        self.clock = clock or FrozenClock()
        self.ring = ring or keyring()
        self.stores = MemoryStores()
        self.told: list[tuple[SubjectRef, News, str, int]] = []
        self.pseudonym = KeyedPseudonyms(self.ring).of(ANA)

    @property
    def feature(self) -> TwoFactor:
        """Made anew each time, as for each request."""
        return self.with_clock(self.clock)

    def with_clock(self, clock: Clock) -> TwoFactor:
        macs = KeyedMacs(self.ring, "evidence")
        return TwoFactor(
            issuer="Example Shop",
            stores=self.stores,
            witness=Evidence(stores=self.stores, macs=macs, clock=clock, version=lambda: "0" * 16),
            pseudonyms=KeyedPseudonyms(self.ring),
            sealer=self.sealer,
            macs=KeyedMacs(self.ring, "recovery_code"),
            clock=clock,
            tell=self.tell,
        )

    def tell(self, subject: SubjectRef, news: News, language: str = "", *, left: int = 0) -> bool:
        """What would be mailed is kept."""
        self.told.append((subject, news, language, left))
        return True

    @property
    def sealer(self) -> KeyedRowSealer:
        """What seals the secrets."""
        return KeyedRowSealer(self.ring, "consentguard_authenticator", "secret")

    def enrolled(self, who: SubjectRef = ANA) -> tuple[Phone, tuple[str, ...]]:
        """Somebody's phone and recovery codes, a step after they set it up."""
        phone = Phone(self.feature.enrol(who).key, self.clock)
        codes = self.feature.activate(who, phone.code()).recovery_codes
        self.clock.tick(STEP)
        return phone, codes

    def disabled(self, who: SubjectRef = ANA) -> tuple[Phone, tuple[str, ...]]:
        """The same, after somebody guessed a hundred times."""
        phone, codes = self.enrolled(who)
        for _ in range(100):
            self.feature.verify(who, phone.wrong())
            self.clock.tick(LONG)
        return phone, codes

    def row(self, who: SubjectRef = ANA) -> Authenticator:
        [row] = self.stores.authenticators.of(KeyedPseudonyms(self.ring).of(who))
        return row

    def evidence(self) -> list[EvidenceEntry]:
        return list(self.stores.entries.unsealed(None, 100))

    def acts(self) -> list[str]:
        return [entry.act for entry in self.evidence()]


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_factor_is_set_up_by_a_code_of_it(site: Site) -> None:
    """Pending until the phone proves that it has the secret, active from then on, and taken down as evidence."""
    assert site.feature.state(ANA) is None
    enrolment = site.feature.enrol(ANA)
    pending = site.feature.state(ANA)
    assert pending is not None
    assert (pending.state, pending.id, site.acts()) == ("pending", enrolment.id, ["factor.begun"])
    result = site.feature.activate(ANA, Phone(enrolment.key, site.clock).code())
    active = site.feature.state(ANA)
    assert active is not None
    assert (result.verdict, result.factor, active.state) == ("ok", enrolment.id, "active")
    assert (len(result.recovery_codes), site.feature.codes_left(ANA)) == (10, 10)
    assert (sorted(site.acts()), site.told) == (["factor.begun", "factor.enrolled"], [(ANA, "added", "", 0)])


def test_the_set_up_page_reads_the_same_secret_again(site: Site) -> None:
    """What an app needs is opened from the sealed row, so no cookie has to carry it."""
    assert site.feature.pending(ANA) is None
    enrolment = site.feature.enrol(ANA)
    assert site.feature.pending(ANA) == enrolment
    assert site.feature.pending(EVA) is None


def test_a_wrong_code_activates_nothing(site: Site) -> None:
    """The factor stays pending, without recovery codes."""
    phone = Phone(site.feature.enrol(ANA).key, site.clock)
    assert site.feature.activate(ANA, phone.wrong()) == Result(verdict="bad")
    assert (site.row().state, site.row().failures, site.feature.codes_left(ANA)) == ("pending", 1, 0)


def test_a_set_up_ends_after_ten_minutes(site: Site) -> None:
    """To the moment: then there is nothing to show and nothing to activate."""
    enrolment = site.feature.enrol(ANA)
    phone = Phone(enrolment.key, site.clock)
    site.clock.tick(dt.timedelta(minutes=10) - dt.timedelta(microseconds=1))
    assert site.feature.pending(ANA) == enrolment
    site.clock.tick(dt.timedelta(microseconds=1))
    assert site.clock.now() == enrolment.until
    assert (site.feature.pending(ANA), site.feature.state(ANA)) == (None, None)
    assert site.feature.activate(ANA, phone.code()).verdict == "absent"


def test_beginning_again_replaces_what_was_begun(site: Site) -> None:
    """Only the secret that was shown last activates."""
    first = Phone(site.feature.enrol(ANA).key, site.clock)
    second = Phone(site.feature.enrol(ANA).key, site.clock)
    assert site.feature.activate(ANA, first.code()).verdict == "bad"
    assert site.feature.activate(ANA, second.code()).verdict == "ok"


@pytest.mark.parametrize("begin", [Site.enrolled, Site.disabled])
def test_no_second_one_takes_the_place_of_a_factor(site: Site, begin: Callable[[Site], object]) -> None:
    """Whoever knows the password alone cannot put their own phone in place, not even after guessing it disabled."""
    begin(site)
    before = site.row()
    with pytest.raises(FactorError, match="already") as raised:
        site.feature.enrol(ANA)
    assert raised.value.hint
    assert site.row() == before


def test_a_set_up_that_another_was_faster_than_activates_nothing(site: Site) -> None:
    """Begun in the moment before: whoever has only the first factor must not get recovery codes by it."""
    _, codes = site.enrolled()
    secret = otp.new_secret()
    sealed = site.sealer.seal(secret, f"{site.pseudonym}.{'9' * 32}")
    late = Authenticator(
        id="9" * 32, subject=site.pseudonym, state="pending", secret=sealed, created_at=site.clock.now()
    )
    site.stores.authenticators.add(late)
    assert site.feature.activate(ANA, Phone(otp.base32(secret), site.clock).code()).verdict == "absent"
    assert site.feature.recover(ANA, codes[0]).verdict == "ok"


def test_the_code_that_set_it_up_does_not_sign_in(site: Site) -> None:
    """Each code counts once, the first one too (RFC 6238 section 5.2)."""
    phone = Phone(site.feature.enrol(ANA).key, site.clock)
    code = phone.code()
    assert site.feature.activate(ANA, code).verdict == "ok"
    assert site.feature.verify(ANA, code).verdict == "replay"


def test_a_code_counts_once(site: Site) -> None:
    """The same code again is a replay, the next one is right."""
    phone, _ = site.enrolled()
    code = phone.code()
    assert [site.feature.verify(ANA, code).verdict for _ in range(2)] == ["ok", "replay"]
    site.clock.tick(STEP)
    assert site.feature.verify(ANA, phone.code()) == Result(verdict="ok", factor=site.row().id)


def test_after_a_later_code_an_earlier_one_is_a_replay(site: Site) -> None:
    """Also when the clock is set back: steps that were passed do not come again."""
    phone, _ = site.enrolled()
    assert site.feature.verify(ANA, phone.code(1)).verdict == "ok"
    assert site.feature.verify(ANA, phone.code()).verdict == "replay"
    site.clock.tick(-10 * STEP)
    assert site.feature.verify(ANA, phone.code()).verdict == "replay"


def test_a_right_code_forgets_the_wrong_ones(site: Site) -> None:
    """Failures count in a row."""
    phone, _ = site.enrolled()
    for _ in range(2):
        site.feature.verify(ANA, phone.wrong())
    assert site.feature.verify(ANA, phone.code()).verdict == "ok"
    assert (site.row().failures, site.row().next_at) == (0, None)


@pytest.mark.parametrize(("failures", "seconds"), [(3, 1), (4, 2), (5, 4), (12, 512), (13, 900), (14, 900), (99, 900)])
def test_wrong_codes_cost_more_and_more_time(site: Site, failures: int, seconds: int) -> None:
    """After the third there is a wait, which doubles up to fifteen minutes; then one attempt is free again."""
    phone, _ = site.enrolled()
    for _ in range(failures - 1):
        site.feature.verify(ANA, phone.wrong())
        site.clock.tick(LONG)
    began = site.clock.now()
    assert site.feature.verify(ANA, phone.wrong()).verdict == "bad"
    site.clock.tick(dt.timedelta(seconds=seconds, microseconds=-1))
    retry_at = began + dt.timedelta(seconds=seconds)
    assert site.feature.verify(ANA, phone.code()) == Result(verdict="throttled", retry_at=retry_at)
    assert site.row().failures == failures
    site.clock.tick(dt.timedelta(microseconds=1))
    assert site.feature.verify(ANA, phone.code()).verdict == "ok"


def test_two_wrong_codes_cost_no_time(site: Site) -> None:
    """Everybody mistypes."""
    phone, _ = site.enrolled()
    assert [site.feature.verify(ANA, phone.wrong()).verdict for _ in range(3)] == ["bad"] * 3
    assert site.feature.verify(ANA, phone.wrong()).verdict == "throttled"


def test_a_hundred_wrong_codes_disable_it(site: Site) -> None:
    """For good: the right code does not help any more, and the evidence says when it happened."""
    phone, _ = site.enrolled()
    verdicts = []
    for _ in range(100):
        verdicts.append(site.feature.verify(ANA, phone.wrong()).verdict)
        site.clock.tick(LONG)
    assert verdicts == ["bad"] * 99 + ["disabled"]
    assert site.feature.verify(ANA, phone.code()).verdict == "disabled"
    assert site.acts()[2:] == [*["factor.locked"] * 97, "factor.disabled"]
    assert site.told == [(ANA, "added", "", 0), (ANA, "disabled", "", 0)]


def test_the_hundredth_attempt_may_still_be_right(site: Site) -> None:
    """It is counted before it is compared, and forgotten when it is right."""
    phone, _ = site.enrolled()
    for _ in range(99):
        site.feature.verify(ANA, phone.wrong())
        site.clock.tick(LONG)
    assert site.feature.verify(ANA, phone.code()).verdict == "ok"
    assert (site.row().state, site.acts()[-2:]) == ("active", ["factor.locked", "factor.unlocked"])


def test_a_replay_is_counted_like_a_wrong_code(site: Site) -> None:
    """Whoever saw a code over a shoulder cannot try it for ever."""
    phone, _ = site.enrolled()
    code = phone.code()
    site.feature.verify(ANA, code)
    assert [site.feature.verify(ANA, code).verdict for _ in range(4)] == ["replay", "replay", "replay", "throttled"]


def test_the_hundredth_attempt_may_be_a_replay(site: Site) -> None:
    """It disables the factor like a wrong code, and says so."""
    phone, _ = site.enrolled()
    code = phone.code()
    site.feature.verify(ANA, code)
    for _ in range(99):
        site.stores.authenticators.begin_attempt(site.row().id, site.clock.now(), site.clock.now(), 100)
    assert site.feature.verify(ANA, code).verdict == "disabled"
    assert site.acts()[-1] == "factor.disabled"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "+12345", "\N{FULLWIDTH DIGIT ONE}" * 6, "1" * 10_000])
def test_what_is_no_code_is_not_even_counted(site: Site, typed: str) -> None:
    """It guesses nothing, so it costs nothing and writes nothing."""
    site.enrolled()
    before = site.row()
    assert site.feature.verify(ANA, typed) == Result(verdict="bad")
    assert site.feature.recover(ANA, typed) == Result(verdict="bad")
    assert site.row() == before


def test_nobody_else_s_code_counts(site: Site) -> None:
    """Neither that of another's phone nor another's recovery code."""
    site.enrolled()
    phone, codes = site.enrolled(EVA)
    assert site.feature.verify(ANA, phone.code()).verdict == "bad"
    assert site.feature.recover(ANA, codes[0]).verdict == "bad"
    assert (site.feature.verify(EVA, phone.code()).verdict, site.feature.recover(EVA, codes[0]).left) == ("ok", 9)


def test_without_a_factor_there_is_nothing_to_compare(site: Site) -> None:
    """Said as such, whether nobody ever set one up or it is pending: a pending one opens nothing."""
    assert (site.feature.verify(ANA, WRONG).verdict, site.feature.recover(ANA, "A" * 26).verdict) == (
        "absent",
        "absent",
    )
    assert site.feature.activate(ANA, WRONG).verdict == "absent"
    phone = Phone(site.feature.enrol(ANA).key, site.clock)
    assert site.feature.verify(ANA, phone.code()).verdict == "absent"


def test_a_recovery_code_counts_once(site: Site) -> None:
    """However it is typed; the result and the evidence tell how many are left."""
    _, codes = site.enrolled()
    typed = codes[3].lower().replace("-", " ")
    assert site.feature.recover(ANA, typed) == Result(verdict="ok", factor=site.row().id, left=9)
    assert site.feature.recover(ANA, codes[3]).verdict == "bad"
    assert site.feature.codes_left(ANA) == 9
    assert (site.acts()[-1], site.evidence()[-1].details) == ("factor.recovered", '{"left":9}')


def test_wrong_recovery_codes_are_counted(site: Site) -> None:
    """With those of the app: there is no way round the wait."""
    phone, codes = site.enrolled()
    site.feature.verify(ANA, phone.wrong())
    assert [site.feature.recover(ANA, "A" * 26).verdict for _ in range(3)] == ["bad", "bad", "throttled"]
    assert site.feature.recover(ANA, codes[0]).verdict == "throttled"


def test_a_recovery_code_opens_a_disabled_factor(site: Site) -> None:
    """Whoever guesses cannot lock the owner out for good. The factor itself stays disabled."""
    phone, codes = site.disabled()
    assert site.feature.recover(ANA, "A" * 26).verdict == "bad"
    assert site.feature.recover(ANA, codes[0]).verdict == "ok"
    assert site.feature.verify(ANA, phone.code()).verdict == "disabled"
    assert site.acts().count("factor.disabled") == 1


def test_both_kinds_of_code_outlast_a_rotation_of_keys() -> None:
    """What was sealed and hashed under the key of then is found under the new one."""
    site = Site()
    phone, codes = site.enrolled()
    site.ring = site.ring.with_new_key()
    assert site.feature.verify(ANA, phone.code()).verdict == "ok"
    assert [site.feature.recover(ANA, codes[0]).verdict for _ in range(2)] == ["ok", "bad"]


def test_every_change_of_a_factor_s_state_is_taken_down(site: Site) -> None:
    """From nothing to a wait and back, to one that is disabled, and to nothing again."""
    phone, codes = site.enrolled()
    for _ in range(3):
        site.feature.verify(ANA, phone.wrong())
    site.clock.tick(LONG)
    assert site.feature.verify(ANA, phone.code()).verdict == "ok"
    assert sorted(site.acts()[:2]) == ["factor.begun", "factor.enrolled"]
    assert site.acts()[2:] == ["factor.locked", "factor.unlocked"]
    assert site.evidence()[2].details == '{"failures":3}'
    site.clock.tick(STEP)
    site.feature.recover(ANA, codes[0])
    site.clock.tick(STEP)
    site.feature.remove(ANA)
    assert site.acts()[4:] == ["factor.recovered", "factor.removed"]


def test_the_owner_is_told_of_every_change(site: Site) -> None:
    """In the language of the page, once it is done; of a wrong code and a right one they are not."""
    phone, codes = site.enrolled()
    site.feature.verify(ANA, phone.wrong(), language="es")
    site.feature.verify(ANA, phone.code(), language="es")
    site.feature.recover(ANA, codes[0], language="es")
    site.clock.tick(STEP)
    site.feature.renew_codes(ANA, phone.code(), language="es")
    site.feature.remove(ANA, language="es")
    site.feature.remove(ANA, language="es")
    heard = [("added", "", 0), ("recovered", "es", 9), ("codes", "es", 0), ("removed", "es", 0)]
    assert site.told == [(ANA, *each) for each in heard]


def test_somebody_who_is_locked_out_is_told_once(site: Site) -> None:
    """By the code that did it, and not by every one after it."""
    phone, _ = site.disabled()
    site.feature.verify(ANA, phone.code())
    assert [news for _, news, _, _ in site.told] == ["added", "disabled"]


def test_new_recovery_codes_need_a_right_code_first(site: Site) -> None:
    """Then the old ones count no more; a wrong code is counted like any other, and changes nothing."""
    phone, old = site.enrolled()
    assert site.feature.renew_codes(ANA, phone.wrong()) == Result(verdict="bad")
    assert (site.row().failures, site.told) == (1, [(ANA, "added", "", 0)])
    result = site.feature.renew_codes(ANA, phone.code())
    assert (result.verdict, len(result.recovery_codes), site.feature.codes_left(ANA)) == ("ok", 10, 10)
    assert site.acts()[-1] == "factor.codes_renewed"
    assert site.feature.renew_codes(ANA, phone.code()).verdict == "replay"
    assert site.feature.recover(ANA, old[0]).verdict == "bad"
    assert site.feature.recover(ANA, result.recovery_codes[0]).verdict == "ok"


def test_removing_leaves_nothing(site: Site) -> None:
    """Factor and codes are gone, which the evidence tells once; what others have stays."""
    _, codes = site.enrolled()
    site.enrolled(EVA)
    assert [site.feature.remove(ANA), site.feature.remove(ANA)] == [1, 0]
    assert (site.feature.state(ANA), site.feature.codes_left(ANA)) == (None, 0)
    assert site.feature.recover(ANA, codes[0]).verdict == "absent"
    assert (site.acts().count("factor.removed"), site.feature.codes_left(EVA)) == (1, 10)


def test_a_new_factor_brings_new_recovery_codes(site: Site) -> None:
    """The old ones are worth nothing from then on."""
    _, old = site.enrolled()
    site.feature.remove(ANA)
    _, new = site.enrolled()
    assert site.feature.recover(ANA, old[0]).verdict == "bad"
    assert site.feature.recover(ANA, new[0]).verdict == "ok"


@pytest.mark.parametrize("moved", [{"id": "0" * 32}, {"subject": "theirs"}, {}], ids=["id", "person", "neither"])
def test_a_secret_opens_for_its_person_and_its_id_alone(site: Site, moved: dict[str, str]) -> None:
    """Whoever can write to the database cannot give somebody their own phone: both are authenticated with it."""
    phone, _ = site.enrolled(EVA)
    row = site.row(EVA)
    site.stores.authenticators.remove([row.subject])
    owner = {"subject": site.pseudonym} if "subject" in moved else {}
    site.stores.authenticators.add(replace(row, last_step=-1, **{**moved, **owner}))
    who = ANA if owner else EVA
    if not moved:
        assert site.feature.verify(who, phone.code()).verdict == "ok"
        return
    with pytest.raises(DecryptionError) as raised:
        site.feature.verify(who, phone.code())
    assert who.key not in str(raised.value)


@pytest.mark.parametrize("method", ["activate", "verify", "recover", "renew_codes"])
def test_inside_a_transaction_nothing_is_compared(site: Site, method: str) -> None:
    """A count that could be undone counts nothing, so the caller is told before the code is even looked at."""
    site.enrolled()
    before = site.row()
    for code in (WRONG, "no code"):
        with pytest.raises(InsideTransactionError), site.stores.transactions.atomic():
            getattr(site.feature, method)(ANA, code)
    assert site.row() == before


def test_a_copy_of_the_tables_is_of_no_use(site: Site) -> None:
    """Neither the secret nor a recovery code stands in them, nor who they belong to."""
    enrolment = site.feature.enrol(ANA)
    secret = otp.base32(b"").join(enrolment.key.split())
    codes = site.feature.activate(ANA, Phone(enrolment.key, site.clock).code()).recovery_codes
    row, entry = site.row(), next(entry for entry in site.evidence() if entry.act == "factor.enrolled")
    assert secret.encode() not in row.secret
    assert row.subject == entry.subject == site.pseudonym != ANA.key
    assert entry.details == '{"kind":"totp"}'
    assert site.stores.recovery_codes.spend(site.pseudonym, codes[0].replace("-", ""), site.clock.now()) is False


def test_a_result_does_not_show_its_recovery_codes(site: Site) -> None:
    """A log that prints one holds none."""
    result = site.feature.activate(ANA, Phone(site.feature.enrol(ANA).key, site.clock).code())
    assert result.recovery_codes[0] not in repr(result)


class Together(FrozenClock):
    """A clock that, when it is first asked, answers nobody before everybody has asked: all have read by then."""

    def __init__(self, at: dt.datetime) -> None:
        super().__init__(at)
        self._barrier = Barrier(RACERS)
        self._met = local()

    def now(self) -> dt.datetime:
        if not hasattr(self._met, "once"):
            self._met.once = True
            self._barrier.wait(PATIENCE)
        return super().now()


def raced(site: Site, act: Callable[[TwoFactor], Result]) -> Counter[Verdict]:
    """The verdicts on an act of as many threads at once, each of which has read before any writes."""
    feature = site.with_clock(Together(site.clock.now()))
    results = threads(site.stores)(lambda stores, number: act(feature))
    return Counter(result.verdict for result in results if isinstance(result, Result))


def test_of_a_code_sent_eight_times_at_once_one_counts(site: Site) -> None:
    """Exactly one, and the others are replays."""
    phone, _ = site.enrolled()
    code = phone.code()
    assert raced(site, lambda feature: feature.verify(ANA, code)) == {"ok": 1, "replay": 7}


def test_eight_wrong_codes_at_once_are_eight_failures(site: Site) -> None:
    """None slips through uncounted because another was being counted."""
    phone, _ = site.enrolled()
    wrong = phone.wrong()
    assert raced(site, lambda feature: feature.verify(ANA, wrong)) == {"bad": 8}
    assert site.row().failures == 8


def test_of_a_recovery_code_sent_eight_times_at_once_one_counts(site: Site) -> None:
    """Exactly one, and one is gone."""
    _, codes = site.enrolled()
    assert raced(site, lambda feature: feature.recover(ANA, codes[0])) == {"ok": 1, "bad": 7}
    assert site.feature.codes_left(ANA) == 9

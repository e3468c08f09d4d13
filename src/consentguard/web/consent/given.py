"""Consent that a host's own form asks for: the words of its box, whether they are what was read, and the record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from consentguard.consent import ConsentError, PreTickedError
from consentguard.manifest.texts import localised
from consentguard.manifest.vocabulary import Text
from consentguard.records import ConsentRecord, SubjectRef
from consentguard.site import Site
from consentguard.web.privacy import Visit, jurisdiction_of, sends_signal
from consentguard.words import N_, spoken

TICKED = frozenset({"on", "true", "y", "yes", "1"})
"""What a box sends that the host wrote by hand, which does not say which words it stood beside."""
UNTICKED = frozenset({"", "off", "false", "n", "no", "0"})
CHANGED = N_("These words have changed since you opened the page. Please read them again.")
_MARK = 16


@dataclass(frozen=True, slots=True)
class Agreed:
    """What somebody ticked: a purpose, by which words, in which language."""

    purpose: str
    text: str
    language: str


def words_to_agree(site: Site, purpose: str, language: str) -> str:
    """What a box says where its form gives no words of its own. Raises ConsentError where nobody is asked for that."""
    from consentguard.consent.wording import Wording  # the texts of the policy, for a form that is shown

    asked = (*site.consent_policy.purposes, *site.form_purposes)
    if purpose not in asked:
        hint = f"those that wait for consent are {', '.join(asked) or 'none'}"
        raise ConsentError(f"nobody is asked for consent to {purpose!r}", hint=hint)
    manifest, say = site.policy.manifest, spoken(language).say
    wording, controller = Wording(manifest, language), manifest.controller
    what = wording.purpose(purpose)
    agree = (
        say("I agree that {controller} uses my data for this: {purpose}.", controller=controller.name, purpose=what)
        if controller
        else say("I agree that my data is used for this: {purpose}.", purpose=what)
    )
    return " ".join(filter(None, (agree, wording.purpose_text(purpose), say("I can take this back at any time."))))


def said(site: Site, purpose: str, text: Text, language: str) -> str:
    """The words of a box: the form's own, one text or one for each language; else those of the policy.

    Raises ConsentError where nobody is asked for that.
    """
    own, _ = localised(text, language, site.policy.manifest.site.languages[0])
    return own or words_to_agree(site, purpose, language)


def in_each(site: Site, language: str, say: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The words of a box in each of the site's languages, the one of this request first, as `say` gives them."""
    for each in dict.fromkeys((language, *site.policy.manifest.site.languages)):
        yield each, say(each)


def is_ticked(sent: str) -> bool:
    """Whether a box was ticked that sends this."""
    return sent.strip().lower() not in UNTICKED


def mark_of(text: str) -> str:
    """What a box sends when it is ticked: a hash of the words beside it, so that a form knows which were read."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:_MARK]


def agreed(purpose: str, sent: str, texts: Iterable[tuple[str, str]]) -> Agreed | None:
    """What was ticked, as the box `sent` it; None where the words that were read are none of `texts` any more.

    `texts` are languages with the words in each, the one of this request first: a page may have been opened in another.
    """
    for language, text in texts:
        if sent.lower() in TICKED or sent == mark_of(text):
            return Agreed(purpose, text, language)
    return None


def check_unticked(purpose: str, initial: object) -> None:
    """Raises PreTickedError where a box would be ticked before anybody has ticked it."""
    if initial:
        raise PreTickedError(
            f"the box that asks for consent to {purpose!r} is ticked beforehand, which is no consent (recital 32 GDPR)",
            hint="leave `initial` or `default` out; what somebody has agreed to stands on the page `agreements`",
        )


def take_down(
    visit: Visit, given: Iterable[Agreed], who: SubjectRef | str | None, *, address: str = "", component: str
) -> Mapping[str, ConsentRecord]:
    """Record what was ticked on a form, by purpose: all of it or nothing, in the caller's transaction.

    It is the consent of `who`: a data subject or an e-mail address; else of who is signed in; else of whoever keeps the
    record's id, as a receipt. Mails to the `address`, where one is given, are suppressed no more for these purposes.
    Raises ConsentError, StoreError.
    """
    guard, headers, found = visit.guard(), visit.headers(), dict[str, ConsentRecord]()
    place, gpc = jurisdiction_of(guard.site, headers, visit.address()), sends_signal(headers)
    whose = who or visit.subject() or address or None
    mailed = address or (whose if isinstance(whose, str) else "")
    account = None if isinstance(whose, str) else whose
    with guard.stores.transactions.atomic():
        for each in given:
            record = (
                partial(guard.unsubscribe.resume, mailed, each.purpose, account)
                if mailed
                else partial(guard.consent.give, [each.purpose], whose)
            )
            found[each.purpose] = record(
                text=each.text, component=component, language=each.language, jurisdiction=place, gpc=gpc
            )
    return found

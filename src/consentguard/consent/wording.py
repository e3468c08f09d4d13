"""What visitors are asked with: the words of a policy, or ours, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consentguard.manifest.schema import Manifest
from consentguard.manifest.texts import localised
from consentguard.manifest.vocabulary import Text
from consentguard.words import N_, spoken

TITLES: Mapping[str, str] = {
    "necessary": N_("Necessary"),
    "essential": N_("Necessary"),
    "preferences": N_("Preferences"),
    "functional": N_("Preferences"),
    "analytics": N_("Statistics"),
    "statistics": N_("Statistics"),
    "marketing": N_("Marketing"),
    "advertising": N_("Advertising"),
    "social_media": N_("Social media"),
    "media": N_("Videos and maps"),
    "newsletter": N_("Newsletter"),
    "security": N_("Security"),
}
"""What purposes are called that many sites have, where the policy gives no title."""
DESCRIPTIONS: Mapping[str, str] = {
    "preferences": N_("Remembers how you like the site, such as its language."),
    "functional": N_("Remembers how you like the site, such as its language."),
    "analytics": N_("Counts visits, so that we see which pages help and which do not."),
    "statistics": N_("Counts visits, so that we see which pages help and which do not."),
    "marketing": N_("Shows you offers by what you look at, and measures whether they work."),
    "advertising": N_("Shows you offers by what you look at, and measures whether they work."),
    "social_media": N_("Shows posts and buttons of social networks, which learn that you are here."),
    "media": N_("Shows videos and maps of other sites, which learn that you are here."),
}
TITLE = N_("Your privacy")
TEXT = N_(
    "We would like to use cookies and similar techniques for {purposes}. You decide, and can change it at any time."
)
ACCEPT = N_("Accept all")
REFUSE = N_("Refuse all")
SETTINGS = N_("Choose in detail")


@dataclass(frozen=True)
class Wording:
    """The words of `manifest` in a language."""

    manifest: Manifest
    language: str

    def text(self, value: Text) -> str:
        """A text of the policy in this language, else in the site's first, else in any."""
        return localised(value, self.language, self.manifest.site.languages[0])[0]

    def say(self, message: str, **values: str) -> str:
        """A message of ours in this language."""
        return spoken(self.language).say(message, **values)

    def purpose(self, name: str) -> str:
        """What a purpose is called."""
        return self.text(self.manifest.purposes[name].title) or self._ours(TITLES, name) or self._plain(name)

    def purpose_text(self, name: str) -> str:
        """What a purpose is; empty where nobody said."""
        return self.text(self.manifest.purposes[name].description) or self._ours(DESCRIPTIONS, name)

    def service(self, name: str) -> str:
        """What a service is called: its title, or who provides it."""
        cookie = (self.manifest.cookies or {})[name]
        provider = self.manifest.recipients.get(cookie.provider or "")
        return self.text(cookie.title) or (self.text(provider.title) if provider else "") or self._plain(name)

    def service_text(self, name: str) -> str:
        """What a service does; empty where nobody said."""
        return self.text((self.manifest.cookies or {})[name].description)

    def provider(self, name: str) -> str:
        """Who provides a service; empty for the site itself."""
        cookie = (self.manifest.cookies or {})[name]
        provider = self.manifest.recipients.get(cookie.provider or "")
        return (self.text(provider.title) or self._plain(cookie.provider or "")) if provider else ""

    def banner(self, purposes: tuple[str, ...]) -> dict[str, str]:
        """The words of the banner that asks about `purposes`: `title`, `text`, `accept`, `refuse`, `settings`."""
        consent, titles = self.manifest.consent, map(self.purpose, purposes)
        ours = self.say(TEXT, purposes=spoken(self.language).all_of(f"“{title}”" for title in titles))
        return {
            "title": self.text(consent.title) or self.say(TITLE),
            "text": self.text(consent.text) or ours,
            "accept": self.text(consent.accept) or self.say(ACCEPT),
            "refuse": self.text(consent.refuse) or self.say(REFUSE),
            "settings": self.text(consent.settings) or self.say(SETTINGS),
        }

    def _ours(self, table: Mapping[str, str], name: str) -> str:
        return self.say(table[name]) if name in table else ""

    def _plain(self, name: str) -> str:
        text = self.text(self.manifest.terms.get(name, "")) or name.replace("_", " ")
        return text[:1].upper() + text[1:]

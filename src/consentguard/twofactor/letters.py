"""What somebody is told by mail when their second factor changes, or a recovery code is used: in time to act."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from consentguard.letters import Letter
from consentguard.words import N_, spoken

News = Literal["added", "removed", "disabled", "recovered", "codes", "reset"]
"""What a letter is about."""
TITLES: dict[News, str] = {
    "added": N_("A second factor was added to your account"),
    "removed": N_("A second factor was removed from your account"),
    "disabled": N_("Your second factor was locked"),
    "recovered": N_("A recovery code was used"),
    "codes": N_("You have new recovery codes"),
    "reset": N_("Your second factor was taken away"),
}
WHAT: dict[News, str] = {
    "added": N_("On {day} at {time} (UTC) a second factor was added to your account."),
    "removed": N_("On {day} at {time} (UTC) a second factor was removed from your account."),
    "disabled": N_("On {day} at {time} (UTC) your second factor was locked: there were too many wrong codes in a row."),
    "recovered": N_("On {day} at {time} (UTC) somebody used a recovery code to enter your account."),
    "codes": N_("On {day} at {time} (UTC) new recovery codes were made for your account. The old ones count no more."),
    "reset": N_("On {day} at {time} (UTC) our staff took the second factor of your account away."),
}
NEXT: dict[News, str] = {
    "disabled": N_("A recovery code lets you in. Then remove the second factor, and set up a new one."),
    "reset": N_("Sign in with your password, and set up a new one."),
}
"""What to do, where there is something."""


def letter(news: News, language: str, at: dt.datetime, *, contact: str = "", link: str = "", left: int = 0) -> Letter:
    """The letter, in a language. `contact` is where to write to if it was somebody else; `left` counts codes."""
    w, moment = spoken(language), at.astimezone(dt.UTC)
    left_over = w.say("Recovery codes left: {count}.", count=str(left)) if news == "recovered" else ""
    to_do = w.say(NEXT[news]) if news in NEXT else ""
    when = {"day": w.date(moment.date()), "time": f"{moment:%H:%M}"}
    alarm = w.say("If it was not you, change your password now, and write to {contact}.", contact=contact)
    return Letter(
        language=language,
        title=w.say(TITLES[news]),
        paragraphs=tuple(filter(None, (w.say(WHAT[news], **when), left_over, to_do))),
        link=link,
        link_label=w.say("Look at your second factor") if link else "",
        closing=alarm if contact else w.say("If it was not you, change your password now."),
    )

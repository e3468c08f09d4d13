"""Recovery codes on the one page that shows them, which prints them alone, and as a file to download."""

from __future__ import annotations

from consentguard.web.links import Link
from consentguard.web.messages import Cookie, File, Outbound
from consentguard.web.sheet import Form, Option
from consentguard.web.twofactor.visit import Visit

DOWNLOAD = "download"
"""What the button that downloads them answers."""
FILE = "recovery-codes.txt"


def codes_sheet(
    visit: Visit, codes: tuple[str, ...], cookies: tuple[Cookie, ...], *, renewed: bool = False
) -> Outbound:
    """The recovery codes, this one time."""
    say = visit.speech.say
    on, new = say("Your second factor is on."), say("The old recovery codes count no more.")
    return visit.show(
        "factor_setup",
        say("Your recovery codes"),
        cookies=cookies,
        notice=new if renewed else on,
        lead=(
            say("Keep these codes where you can find them without your phone. Each lets you in once."),
            say("They are shown this one time. Download them, print this page, or write them down."),
        ),
        codes=codes,
        codes_label=say("Recovery codes"),
        forms=(
            Form(
                action=visit.at("factor"),
                hidden={"codes": " ".join(codes)},
                buttons=(Option(value=DOWNLOAD, label=say("Download as a text file")),),
            ),
        ),
        onward=(Link(url=visit.onward or visit.at("factor"), label=say("I have saved them"), language=visit.language),),
    )


def codes_file(visit: Visit) -> Outbound:
    """The codes that the page holds, as a file. They are kept nowhere: the browser sends what it was shown.

    404 for what are no codes, so that nobody makes a file of other words with it.
    """
    from consentguard.twofactor import recovery  # whose room brings libraries that no start-up loads

    sent = visit.inbound.value("codes").split()
    if not 0 < len(sent) <= recovery.COUNT or not all(map(recovery.cleaned, sent)):
        return Outbound(status=404)
    speech, controller = visit.speech, visit.guard.site.policy.manifest.controller
    name = controller.name if controller else visit.guard.site.base_url
    lines = (
        speech.say("Recovery codes"),
        *filter(None, (name,)),
        speech.date(visit.guard.clock.now().date()),
        "",
        *sent,
        "",
        speech.say("Each lets you in once, in place of a code of the app."),
    )
    content = "".join(f"{line}\r\n" for line in lines).encode()
    return Outbound(file=File(content=content, name=FILE, media_type="text/plain; charset=utf-8"), private=True)

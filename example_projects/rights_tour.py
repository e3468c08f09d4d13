"""Stops of the tour that both sites have alike: somebody uses their rights, and staff answer from the admin."""

import base64
import datetime as dt
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from secrets import token_hex
from zipfile import ZipFile

from example_projects.visitor import StopFailedError, Visitor

META_SECRET = "demo-app-secret"
DISCONNECTS, DELETES = "700000000003", "700000000004"
"""Whom Meta names: who connected a channel of the demo's fourth account, and of its fifth."""


@dataclass(frozen=True)
class Place:
    """How a site differs from the other: where things stand, and how somebody gets there.

    `key_of` finds the primary key of whoever has an address, `find_request` opens their request as staff, `forget`
    looks for them where they should be no more. `approves` says whether somebody looks at a plan before it is done.
    """

    sign_up: Callable[[Visitor, str], str]
    log_in: Callable[[Visitor], None]
    log_in_staff: Callable[[Visitor], None]
    key_of: Callable[[Visitor, str], str]
    find_request: Callable[[Visitor, str], None]
    forget: Callable[[Visitor, str], None]
    kind: str
    outbox: str
    name_field: str
    approves: bool


def copy(visitor: Visitor, place: Place, email: str) -> None:
    """Asks for a copy, downloads it, and sees that the link works once."""
    visitor.visit("/")
    visitor.follow("Ask about your data")
    ask(visitor, "access", email)
    confirm_from_outbox(visitor, place.outbox)
    visitor.should_see("Your copy is ready")
    visitor.send("Download")
    _should_hold_rows_of(visitor.file, email)
    visitor.follow("Your request")
    visitor.should_see("State")


def erase(visitor: Visitor, place: Place) -> None:
    """Asks to be erased; staff hold it, begin, release the hold, have other places answer, and end it."""
    email = place.sign_up(visitor, "erasure")
    visitor.follow("Ask about your data")
    ask(visitor, "erasure", email)
    confirm_from_outbox(visitor, place.outbox)
    visitor.should_see("we are working on it")
    status = visitor.address
    visitor.come_anew()
    place.log_in_staff(visitor)
    key = place.key_of(visitor, email)
    _hold(visitor, place.kind, key)
    place.find_request(visitor, email)
    if place.approves:
        visitor.send("Approve")
    visitor.send("Carry out")
    visitor.should_see("done in part")
    request = visitor.address
    visitor.visit("/admin/")
    visitor.follow("Legal holds")
    visitor.open_row(f"{place.kind}:{key}")
    visitor.send("Release")
    visitor.visit(request)
    while visitor.can_press("It is done there"):
        visitor.send("It is done there", proof=f"ticket {token_hex(3)}")
    visitor.send("Go on with it")
    visitor.should_see("done")
    visitor.should_not_see("done in part")
    place.forget(visitor, email)
    visitor.come_anew()
    visitor.visit(status)
    visitor.should_see("Done")


def account(visitor: Visitor, place: Place) -> None:
    """Sees what is held, until when and why, has a name corrected, and takes everything along."""
    email = place.sign_up(visitor, "account")
    visitor.visit("/privacy/en/account")
    visitor.should_see("What we hold about you", "Kept as long as the account is active")
    visitor.follow("Correct your data")
    visitor.send("Correct it", **{place.name_field: "Another Name"})
    visitor.visit("/privacy/en/account/rights/rectification")
    visitor.should_hold_value(place.name_field, "Another Name")
    visitor.visit("/privacy/en/account")
    visitor.follow("Download your data")
    visitor.send("Download")
    _should_hold_rows_of(visitor.file, email)


def object_to_a_use(visitor: Visitor, place: Place) -> None:
    """Objects to one use; the contract's is not among those that can be chosen."""
    place.log_in(visitor)
    visitor.visit("/privacy/en/account")
    visitor.follow("Object to uses of your data")
    visitor.should_see("It is needed for the contract with you")
    visitor.send("Object", purposes="improvement")
    place.log_in_staff(visitor)
    visitor.visit("/admin/")
    visitor.follow("Restrictions and objections")
    visitor.should_see("improvement")


def retention(visitor: Visitor, place: Place) -> None:
    """Sees what is due, and that nobody has accepted the rules."""
    place.log_in_staff(visitor)
    visitor.visit("/admin/")
    visitor.follow("Retention")
    visitor.should_see("Rows that are due", "somebody has to accept them")


def keys(visitor: Visitor, place: Place) -> None:
    """Replaces an API key, sees the new one once, and revokes it."""
    place.log_in(visitor)
    visitor.visit("/privacy/en/account")
    visitor.follow("API keys")
    visitor.send("Replace", key=visitor.value("key"))
    visitor.should_see("This is the new key")
    visitor.send("Revoke", key=visitor.value("key"))
    visitor.should_see("What we hold about you")


def platform(visitor: Visitor) -> None:
    """Calls as Meta does: a good envelope is answered, twice alike; a forged one is refused."""
    good = _signed(DISCONNECTS, META_SECRET)
    answer = visitor.call("/privacy/platforms/meta/deauthorise", signed_request=good)
    _should_be(answer, HTTPStatus.OK, {"disconnected": 1})
    forged = _signed(DISCONNECTS, "another secret")
    answer = visitor.call("/privacy/platforms/meta/deauthorise", signed_request=forged)
    _should_be(answer, HTTPStatus.BAD_REQUEST)
    envelope = _signed(DELETES, META_SECRET)
    first, second = (visitor.call("/privacy/platforms/meta/delete", signed_request=envelope) for _ in range(2))
    _should_be(first, HTTPStatus.OK)
    _should_be(second, HTTPStatus.OK, first[1])
    visitor.visit(first[1]["url"])
    visitor.should_see("Your request", "Deletion")


def ask(visitor: Visitor, right: str, email: str) -> None:
    """Sends the form by which anybody asks."""
    visitor.send("Send the request", right=right, email=email)
    visitor.should_see("Please confirm your request")


def confirm_from_outbox(visitor: Visitor, outbox: str) -> None:
    """Opens the newest mail's link, and confirms."""
    visitor.visit(outbox)
    visitor.follow_to("/requests/confirm/")
    visitor.should_see("Confirm your request", "Answer no later than")
    visitor.send("Confirm")


def _hold(visitor: Visitor, kind: str, key: str) -> None:
    visitor.visit("/admin/")
    visitor.follow("Legal holds")
    visitor.follow_to("/begin")
    review = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=90)
    visitor.send("Hold it", kind=kind, subject=key, reason="A dispute", review_on=review.isoformat())
    visitor.should_see(f"{kind}:{key}")


def _signed(user: str, secret: str) -> str:
    """An envelope as Meta signs it: HMAC-SHA256 over the payload as it is sent."""
    now = int(dt.datetime.now(dt.UTC).timestamp())
    payload = _encoded(json.dumps({"user_id": user, "algorithm": "HMAC-SHA256", "issued_at": now}).encode())
    return f"{_encoded(hmac.digest(secret.encode(), payload.encode(), 'sha256'))}.{payload}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _should_be(answer: tuple[int, dict[str, object]], status: int, body: dict[str, object] | None = None) -> None:
    if answer[0] != status or (body is not None and answer[1] != body):
        raise StopFailedError(f"the callback answered {answer[0]}, {answer[1]}")


def _should_hold_rows_of(file: bytes, email: str) -> None:
    """Looks into a downloaded copy. Raises StopFailedError where the person is not in it, or somebody else is."""
    with ZipFile(BytesIO(file)) as copied:
        lines = [
            json.loads(line)
            for name in copied.namelist()
            if name.startswith("data/") and name.endswith(".jsonl")
            for line in copied.read(name).splitlines()
        ]
    addresses = {row["email"] for row in lines if "email" in row}
    if addresses != {email}:
        raise StopFailedError(f"the copy holds the addresses {', '.join(sorted(addresses)) or 'of nobody'}")

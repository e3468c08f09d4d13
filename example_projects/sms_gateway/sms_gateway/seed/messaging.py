"""Demo carriers, messages and delivery logs."""

from collections.abc import Iterator
from datetime import timedelta

from sms_gateway.models import Base, Carrier, DeliveryLog, Message
from sms_gateway.seed.source import COUNTRIES, Row, Source

BODIES = (
    "Your parcel {n} is on its way and arrives today between 14:00 and 16:00.",
    "Parcel {n} waits for you at the locker. Your code is {code}.",
    "Your sign-in code is {code}. It is valid for ten minutes.",
    "We could not deliver parcel {n}. Choose a new day: https://lantern.example.com/p/{n}",
    "Payment received for order {n}. Thank you.",
)
CODES = {"sent": "ACCEPTD", "delivered": "DELIVRD", "failed": "UNDELIV"}


def messaging_rows(source: Source) -> Iterator[tuple[type[Base], list[Row]]]:
    """Carriers, messages, then what carriers answered."""
    messages = [_message(source, index) for index in range(source.share(30))]
    yield (
        Carrier,
        [
            {"id": n + 1, "name": f"Example Telecom {country}", "country": country}
            for n, country in enumerate(COUNTRIES)
        ],
    )
    yield Message, messages
    yield DeliveryLog, [log for message in messages for log in _logs(source, message)]


def _message(source: Source, index: int) -> Row:
    queued = source.past(60)
    status = source.random.choices(("delivered", "failed", "sent", "queued"), (88, 6, 4, 2))[0]
    delivered = queued + timedelta(seconds=source.random.randrange(2, 90)) if status == "delivered" else None
    body = source.random.choice(BODIES).format(n=100000 + index, code=source.random.randrange(100000, 1000000))
    return {
        "id": index + 1,
        "customer_id": source.owner(index),
        "to_number": source.phone(index % source.share(12)),
        "body": body,
        "status": status,
        "queued_at": queued,
        "delivered_at": delivered,
        "details": {"parts": 1 + len(body) // 160, "client": f"ref-{index:06}"},
    }


def _logs(source: Source, message: Row) -> Iterator[Row]:
    """An acceptance for each message that left the queue, and the outcome where there is one."""
    if message["status"] == "queued":
        return
    row = {"message_id": message["id"], "carrier_id": source.random.randrange(len(COUNTRIES)) + 1}
    yield row | {"status_code": CODES["sent"], "at": message["queued_at"] + timedelta(seconds=1)}
    if message["status"] != "sent":
        at = message["delivered_at"] or message["queued_at"] + timedelta(seconds=60)
        yield row | {"status_code": CODES[message["status"]], "at": at}

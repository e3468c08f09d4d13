"""Demo support requests, usage figures and access log."""

from collections.abc import Iterator
from datetime import timedelta

from sms_gateway.models import AccessLog, Base, SupportRequest, UsageStat
from sms_gateway.seed.accounts import DEMO_LOGINS
from sms_gateway.seed.source import DEMO_ID, Row, Source

SUBJECTS = ("Slow delivery to one country", "How do I rotate a key?", "Change of billing address", "Copy of an invoice")
ENDPOINTS = ("POST /v1/messages", "GET /v1/messages", "POST /v1/payments")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
)
PATHS = ("/", "/messages", "/account", "/campaigns", "/support")


def operation_rows(source: Source) -> Iterator[tuple[type[Base], list[Row]]]:
    """Support requests, usage, then the access log."""
    yield SupportRequest, [_request(source, index) for index in range(source.share(2))]
    yield UsageStat, [_usage(source, index) for index in range(source.share(10))]
    yield AccessLog, [_access(source, index) for index in range(source.share(12))]


def _request(source: Source, index: int) -> Row:
    """Every third writer is the demo customer, the others have no account."""
    subject = SUBJECTS[index % len(SUBJECTS)]
    return {
        "email": DEMO_LOGINS[0][1] if index % 3 == 0 else f"visitor{index:04}@example.com",
        "subject": subject,
        "body": f"{subject}. Please advise.",
        "created_at": source.past(120),
    }


def _usage(source: Source, index: int) -> Row:
    """Accounts in turn, so that no account has two rows for one endpoint and day."""
    accounts = [DEMO_ID, *range(3, source.customer_count + 1)]
    turn, place = divmod(index, len(accounts))
    days_ago, endpoint = divmod(turn, len(ENDPOINTS))
    return {
        "customer_id": accounts[place],
        "day": (source.now - timedelta(days=days_ago)).date(),
        "endpoint": ENDPOINTS[endpoint],
        "calls": source.random.randrange(1, 5000),
    }


def _access(source: Source, index: int) -> Row:
    """Addresses from the ranges reserved for documentation (RFC 5737, RFC 3849)."""
    host = source.random.randrange(1, 255)
    ip = f"203.0.113.{host}" if index % 4 else f"2001:db8:0:{index % 64:x}::{host:x}"
    return {
        "customer_id": source.owner(index) if index % 5 else None,
        "ip": ip,
        "user_agent": AGENTS[index % len(AGENTS)],
        "path": PATHS[index % len(PATHS)],
        "at": source.past(120),
    }

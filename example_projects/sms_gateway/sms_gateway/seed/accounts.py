"""Demo accounts and API keys."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from werkzeug.security import generate_password_hash

from sms_gateway.models import CUSTOMER, PRIVACY, STAFF, SUPPORT, ApiKey, Base, Customer
from sms_gateway.seed.source import COUNTRIES, DEMO_ID, STAFF_ID, Row, Source

DEMO_LOGINS = (
    ("customer", "demo@example.com", "demo-password"),
    ("staff", "admin@example.com", "admin-password"),
    ("support", "support@example.com", "support-password"),
    ("privacy officer", "privacy@example.com", "privacy-password"),
)
# Reserved for drama by the British regulator, and unlike every other number here: only its sealed form is stored.
DEMO_PHONE = "+442079460123"
NO_PASSWORD = "!"  # no password hashes to this: the account exists, but nobody can sign in to it


def account_rows(source: Source) -> Iterator[tuple[type[Base], list[Row]]]:
    """Accounts, then their keys."""
    others = (_customer(source, number) for number in range(3, source.customer_count + 1))
    owner, support, officer = DEMO_LOGINS[1:]
    last = source.customer_count
    staff = (_staff(source, last + 1, SUPPORT, support), _staff(source, last + 2, PRIVACY, officer))
    yield Customer, [_demo(source), _staff(source, STAFF_ID, STAFF, owner), *others, *staff]
    yield ApiKey, [_key(source, index) for index in range(source.share(3))]


def _customer(source: Source, number: int) -> Row:
    country = COUNTRIES[number % len(COUNTRIES)]
    created = source.past(900)
    closed = created + timedelta(days=30) if number % 17 == 0 else None
    return {
        "id": number,
        "email": f"customer{number:04}@example.org",
        "password_hash": NO_PASSWORD,
        "role": CUSTOMER,
        "contact_name": f"Contact {number:04}",
        "company": f"Company {number:04}",
        "phone": source.phone(number),
        "billing_address": f"{number} Example Street, Sampletown",
        "tax_id": f"{country}-{number:08}",
        "country": country,
        "created_at": created,
        "closed_at": closed,
    }


def _demo(source: Source) -> Row:
    return _customer(source, DEMO_ID) | {
        "email": DEMO_LOGINS[0][1],
        "password_hash": generate_password_hash(DEMO_LOGINS[0][2]),
        "company": "Lantern Parcel",
        "contact_name": "Demo contact",
        "phone": DEMO_PHONE,
        "closed_at": None,
    }


def _staff(source: Source, number: int, role: str, login: tuple[str, str, str]) -> Row:
    name, email, password = login
    return _customer(source, number) | {
        "email": email,
        "password_hash": generate_password_hash(password),
        "role": role,
        "company": "Pebblewire",
        "contact_name": f"Demo {name}",
        "tax_id": None,
        "closed_at": None,
    }


def _key(source: Source, index: int) -> Row:
    created = source.past(400)
    return {
        "customer_id": DEMO_ID if index < 3 else source.owner(2 * index + 1),
        "label": ("Production", "Staging", "Reports")[index % 3],
        "prefix": f"pw_{source.random.getrandbits(40):010x}",
        "secret_hash": sha256(source.random.randbytes(24)).hexdigest(),
        "created_at": created,
        "last_used_at": source.past(20) if index % 3 != 2 else None,
        "revoked_at": created + timedelta(days=200) if index % 3 == 2 else None,
    }

"""Generates organisations, their users, and the traces users leave."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import Account, ActivityLog, FeatureUsage, LoginSession, User

DEMO_LOGINS = {
    "demo@example.com": "demo-password",
    "admin@example.com": "admin-password",
    "support@example.com": "support-password",
    "privacy@example.com": "privacy-password",
}
COUNTRIES = ("GT", "US", "ES", "DE", "KE", "GB")
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1",
)
FEATURES = ("inbox.list", "inbox.search", "inbox.reply", "labels", "reports")
ACTIONS = ("login", "message.reply", "conversation.assign", "label.add", "profile.update")


def accounts(count: int, now: datetime) -> Iterator[Account]:
    """Yield accounts on every plan; the first is the one of the demo log-in."""
    for number in range(count):
        yield Account(
            name=f"Company {number:04}" if number else "Demo Company",
            legal_name=f"Company {number:04} Ltd." if number else "Demo Company Ltd.",
            tax_id=f"TAX-{number:06}",
            address=f"{number + 1} Example Street\nExample City {10000 + number}",
            country=COUNTRIES[number % len(COUNTRIES)],
            plan=Account.Plan.values[(number + 2) % len(Account.Plan)],
            created_at=now - timedelta(days=7 * 365 - number),
            closed_at=now - timedelta(days=40) if number % 9 == 8 else None,
        )


def users(accounts: list[Account], now: datetime) -> Iterator[User]:
    """Yield the two demo log-ins, then an owner and two agents for every other account."""
    demo, admin, *_ = DEMO_LOGINS
    yield User(email=demo, name="Demo Owner", account=accounts[0], role=User.Role.OWNER, phone="+1 202 555 0100",
               password=make_password(DEMO_LOGINS[demo]), date_joined=now - timedelta(days=900))  # fmt: skip
    yield User(email=admin, name="Site Admin", is_staff=True, is_superuser=True,
               password=make_password(DEMO_LOGINS[admin]), date_joined=now - timedelta(days=1200))  # fmt: skip
    roles = (User.Role.OWNER, User.Role.AGENT, User.Role.AGENT)
    for number in range(1, 3 * len(accounts)):
        account, role = accounts[number // 3], roles[number % 3]
        yield User(
            email=f"user{number:04}@example.com",
            name=f"{role.label} {number:04}",
            phone=f"+1 202 555 01{number % 100:02}",
            account=account,
            role=role,
            is_active=account.closed_at is None,
            password=make_password(None),
            date_joined=now - timedelta(days=800 - number % 700),
        )


def staff(now: datetime) -> Iterator[User]:
    """Yield the members of the staff who are no superusers."""
    for email in list(DEMO_LOGINS)[2:]:
        yield User(email=email, name=email.partition("@")[0].capitalize(), is_staff=True,
                   password=make_password(DEMO_LOGINS[email]), date_joined=now - timedelta(days=600))  # fmt: skip


def address(rng: Random) -> str:
    """Return an IP address from the ranges reserved for documentation (RFC 5737)."""
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}"


def logins(users: list[User], rng: Random, now: datetime) -> Iterator[LoginSession]:
    """Yield two log-ins of every user within the last 120 days."""
    for user in users * 2:
        started = now - timedelta(days=rng.randrange(1, 120), minutes=rng.randrange(1440))
        yield LoginSession(
            user=user,
            ip=address(rng),
            user_agent=rng.choice(BROWSERS),
            started_at=started,
            last_seen_at=started + timedelta(minutes=rng.randrange(1, 480)),
        )


def activity(users: list[User], count: int, rng: Random, now: datetime) -> Iterator[ActivityLog]:
    """Yield ``count`` log entries of the last 120 days."""
    for number in range(count):
        yield ActivityLog(
            user=rng.choice(users),
            action=rng.choice(ACTIONS),
            ip=address(rng),
            at=now - timedelta(days=rng.randrange(120), minutes=rng.randrange(1, 1440)),
            detail={"request": f"req-{number:06}"},
        )


def usage(users: list[User], rng: Random, now: datetime) -> Iterator[FeatureUsage]:
    """Yield what every user used on three days."""
    for user in users:
        for day, feature in enumerate(rng.sample(FEATURES, 3), start=1):
            used_on = (now - timedelta(days=day)).date()
            yield FeatureUsage(user=user, feature=feature, used_on=used_on, uses=rng.randrange(1, 40))
        # older than the policy keeps it
        yield FeatureUsage(user=user, feature=FEATURES[0], used_on=(now - timedelta(days=400)).date(), uses=1)

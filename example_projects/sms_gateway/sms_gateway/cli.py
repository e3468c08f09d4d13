"""Commands of the site: `flask --app sms_gateway init-db`, `seed`, `report-usage`, `send-news` and `stored`."""

from datetime import UTC, datetime, time

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_mailman import EmailMessage
from sqlalchemy import func, inspect, select, text

import consentguard
from consentguard import SubjectRef
from consentguard.crypto.keyring import Keyring
from sms_gateway.extensions import db
from sms_gateway.models import Customer, UsageStat, utc_now
from sms_gateway.seed import DEMO_LOGINS, is_seeded, open_cases, seed_all
from sms_gateway.seed.source import DEMO_ID


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (init_db, seed, report_usage, send_news, stored):
        app.cli.add_command(command)


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Create the tables that do not exist yet, and the demo's keys; a real site runs `consentguard keys new` once."""
    db.create_all()
    keyring = current_app.config["CONSENTGUARD_KEYRING"]
    if not keyring.exists():
        Keyring.generate().write(keyring)
    click.echo(f"The database is ready: {current_app.config['DATABASE_PATH']}")


@click.command("seed")
@click.option("--rows", type=click.IntRange(min=100), default=1000, show_default=True, help="At least this many rows.")
@with_appcontext
def seed(rows: int) -> None:
    """Fill an empty database with demo data; a filled one is left as it is."""
    if not inspect(db.engine).has_table("customer"):
        raise click.ClickException("There are no tables yet. Run `flask --app sms_gateway init-db` first.")
    if is_seeded():
        click.echo("The database holds the demo data already; nothing was changed.")
    else:
        total = 0
        for table, count in seed_all(rows, _midnight(), current_app.config["UPLOAD_FOLDER"]):
            total += count
            click.echo(f"{table:<20}{count:>9,}")
        click.echo(f"{'total':<20}{total:>9,}")
        open_cases()
    for role, email, password in DEMO_LOGINS:
        click.echo(f"Sign in as {role}: {email} / {password}")


def _midnight() -> datetime:
    """The start of today: the same day always gives the same data."""
    return datetime.combine(utc_now().date(), time(), UTC)


@click.command("report-usage")
@with_appcontext
def report_usage() -> None:
    """Show how often each part of the API is called, without those who objected to such counts."""
    customers = func.count(UsageStat.customer_id.distinct())
    everybody = db.session.scalar(select(customers)) or 0
    by_endpoint = select(UsageStat.endpoint, func.sum(UsageStat.calls), customers).group_by(UsageStat.endpoint)
    with consentguard.purpose("improvement"):
        for endpoint, calls, counted in db.session.execute(by_endpoint.order_by(UsageStat.endpoint)):
            click.echo(f"{endpoint:<20}{calls:>10,} calls, by {counted} customers")
        counted = db.session.scalar(select(customers)) or 0
    click.echo(f"{everybody - counted} left out, who objected")


@click.command("send-news")
@click.argument("subject")
@click.argument("body")
@with_appcontext
def send_news(subject: str, body: str) -> None:
    """Mail product news to those who agreed to it, each mail with a way out."""
    lists = current_app.extensions["consentguard"].at().unsubscribe
    customers = db.session.scalars(select(Customer).where(Customer.closed_at.is_(None)))
    people = {customer.email: SubjectRef("customer", str(customer.id)) for customer in customers}
    allowed = lists.allowed("news", people)
    for address in sorted(allowed):
        link = lists.link(address, "news", people[address])
        headers = dict(lists.headers(address, "news", people[address]))
        EmailMessage(subject, f"{body}\n\nUnsubscribe: {link}\n", to=[address], headers=headers).send()
    click.echo(f"{len(allowed)} of {len(people)} customers get the news.")


@click.command("stored")
@with_appcontext
def stored() -> None:
    """Show what the database holds of the phone number that the demo customer's account page shows."""
    if not (inspect(db.engine).has_table("customer") and is_seeded()):
        raise click.ClickException("There is no demo data yet. Run `flask --app sms_gateway init-db` and `seed` first.")
    value = db.session.scalar(text("SELECT phone FROM customer WHERE id = :id"), {"id": DEMO_ID})
    number = db.session.get_one(Customer, DEMO_ID).phone
    held = number.encode() in current_app.config["DATABASE_PATH"].read_bytes()
    click.echo(f"{number} is stored as {value.hex()}")
    click.echo(f"The number is {'' if held else 'not '}in its file: {current_app.config['DATABASE_PATH']}")

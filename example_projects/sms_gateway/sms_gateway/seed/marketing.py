"""Demo campaigns, recipients, and the files they were imported from."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sms_gateway.models import Base, Campaign, CampaignRecipient, Recipient, RecipientImport
from sms_gateway.recipients import folder_of
from sms_gateway.seed.source import DEMO_ID, Row, Source

TEMPLATES = (
    ("Winter opening hours", "Our pick-up points open at 8:00 this winter. Reply STOP to opt out."),
    ("New parcel lockers", "There is a new locker near you: https://lantern.example.com/l. Reply STOP to opt out."),
    ("Rate your delivery", "How was your last delivery? Answer with 1 to 5. Reply STOP to opt out."),
    ("Holiday cut-off dates", "Send by 18 December to arrive in time. Reply STOP to opt out."),
)
IMPORT_COUNT = 5


def marketing_rows(source: Source) -> Iterator[tuple[type[Base], list[Row]]]:
    """Recipients, campaigns, who got which campaign, and the imports."""
    recipients = [_recipient(source, index) for index in range(source.share(12))]
    campaigns = [_campaign(source, index) for index in range(max(len(TEMPLATES), source.share(1)))]
    yield Recipient, recipients
    yield Campaign, campaigns
    yield CampaignRecipient, list(_deliveries(source, campaigns, recipients))
    yield RecipientImport, [_import(source, index) for index in range(IMPORT_COUNT)]


def _recipient(source: Source, index: int) -> Row:
    return {
        "id": index + 1,
        "customer_id": source.owner(index),
        "phone": source.phone(index),
        "name": f"Recipient {index + 1:04}",
        "opted_out_at": source.past(100) if index % 13 == 4 else None,
    }


def _campaign(source: Source, index: int) -> Row:
    name, template = TEMPLATES[index % len(TEMPLATES)]
    return {
        "id": index + 1,
        "customer_id": DEMO_ID if index < len(TEMPLATES) else source.owner(2 * index + 1),
        "name": name,
        "template": template,
        "created_at": source.now - timedelta(days=10 + 20 * (index % 6)),
    }


def _deliveries(source: Source, campaigns: list[Row], recipients: list[Row]) -> Iterator[Row]:
    """Each campaign goes to its owner's recipients who had not opted out before it."""
    by_owner: dict[int, list[Row]] = {}
    for recipient in recipients:
        by_owner.setdefault(recipient["customer_id"], []).append(recipient)
    for campaign in campaigns:
        for recipient in by_owner.get(campaign["customer_id"], ()):
            if recipient["opted_out_at"] is None or recipient["opted_out_at"] > campaign["created_at"]:
                yield _delivery(source, campaign, recipient)


def _delivery(source: Source, campaign: Row, recipient: Row) -> Row:
    delivered = campaign["created_at"] + timedelta(seconds=source.random.randrange(5, 600))
    reached, clicked = source.random.random() < 0.94, source.random.random() < 0.3
    return {
        "campaign_id": campaign["id"],
        "recipient_id": recipient["id"],
        "delivered_at": delivered if reached else None,
        "clicked_at": delivered + timedelta(minutes=source.random.randrange(1, 600)) if reached and clicked else None,
    }


def _import(source: Source, index: int) -> Row:
    return {
        "customer_id": _importer(source, index),
        "original_name": f"recipients-{index + 1}.csv",
        "stored_name": f"seed-{index + 1}.csv",
        "row_count": 20,
        "uploaded_at": source.past(200),
    }


def _importer(source: Source, index: int) -> int:
    return DEMO_ID if index < 2 else source.owner(2 * index + 1)


def write_uploads(source: Source, folder: Path) -> None:
    """Write the files that the imports name."""
    for index in range(IMPORT_COUNT):
        lines = (f"{source.phone(n)},Recipient {n + 1:04}" for n in range(20 * index, 20 * index + 20))
        own = folder_of(folder, _importer(source, index))
        own.mkdir(exist_ok=True)
        (own / f"seed-{index + 1}.csv").write_text("\n".join(("phone,name", *lines, "")), encoding="utf-8")

"""Generates channels, correspondents and what they write."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.core.files.base import ContentFile

from accounts.models import Account, User
from inbox.models import Attachment, ConnectedChannel, Contact, Conversation, Label, Message, Platform

LABELS = ("Orders", "Delivery", "Returns", "Questions")
RECEIVED = (
    "Hello, is order {} on its way?",
    "Do you have the blue one in size M?",
    "Thank you, parcel {} arrived today.",
    "Can I pick it up on Saturday morning?",
    "The box of order {} was damaged. What should I do?",
    "¿Hacen envíos a Guatemala?",
    "Could you send me the invoice of order {} again?",
    "Which payment methods do you accept?",
)
SENT = (
    "Thanks for writing. We are looking into order {}.",
    "It is in stock, and we can ship it tomorrow.",
    "We are glad to hear that.",
    "Sorry about that: a replacement is on its way under number {}.",
    "Yes, we are open from 9 to 13 on Saturdays.",
)


def channels(accounts: list[Account], users: list[User], now: datetime) -> Iterator[ConnectedChannel]:
    """Yield two channels for every account, which its owner connected; those of closed accounts are disconnected."""
    owners = {user.account_id: user for user in users if user.role == User.Role.OWNER}
    for number, account in enumerate(accounts):
        for platform in Platform:
            yield ConnectedChannel(
                account=account,
                platform=platform,
                page_id=f"{1 + Platform.values.index(platform)}000000{number:06}",
                page_name=account.name,
                app_user_id=f"7000{number:08}" if platform == Platform.MESSENGER else "",
                connected_by=owners[account.pk],
                connected_at=now - timedelta(days=500),
                disconnected_at=account.closed_at,
            )


def labels(accounts: list[Account]) -> Iterator[Label]:
    """Yield the usual labels for every account."""
    return (Label(account=account, name=name) for account in accounts for name in LABELS)


def contacts(channels: list[ConnectedChannel], count: int, now: datetime) -> Iterator[Contact]:
    """Yield ``count`` correspondents, every third one of the demo account, whose channels come first."""
    for number in range(count):
        channel = channels[number % 2] if number % 3 == 0 else channels[number % len(channels)]
        yield Contact(
            account=channel.account,
            platform=channel.platform,
            platform_user_id=f"9000{number:08}",
            sender_name=f"Contact {number:04}",
            username=f"contact_{number:04}" if channel.platform == Platform.INSTAGRAM else "",
            first_seen_at=now - timedelta(days=450),
        )


def conversations(
    contacts: list[Contact], channels: list[ConnectedChannel], users: list[User], rng: Random, now: datetime
) -> Iterator[Conversation]:
    """Yield one conversation with every contact, most of them recent, the oldest over a year old."""
    channel_of = {(channel.account_id, channel.platform): channel for channel in channels}
    staff: dict[int | None, list[User | None]] = {}
    for user in users:
        staff.setdefault(user.account_id, [None]).append(user)
    for contact in contacts:
        age = rng.choice((2, 6, 20, 60, 200, 420))
        started = now - timedelta(days=rng.randrange(age, age * 2) % 450 + 1, minutes=rng.randrange(1440))
        yield Conversation(
            channel=channel_of[contact.account_id, contact.platform],
            contact=contact,
            assigned_to=rng.choice(staff[contact.account_id]),
            is_open=age < 60 or rng.random() < 0.5,
            started_at=started,
            last_message_at=started,
        )


def conversation_labels(conversations: list[Conversation], labels: list[Label], rng: Random) -> Iterator[object]:
    """Yield the link rows that give every conversation one or two labels of its account."""
    link = Conversation.labels.through
    by_account: dict[int, list[Label]] = {}
    for label in labels:
        by_account.setdefault(label.account_id, []).append(label)
    for conversation in conversations:
        for label in rng.sample(by_account[conversation.contact.account_id], rng.choice((1, 1, 2))):
            yield link(conversation=conversation, label=label)


def messages(conversations: list[Conversation], count: int, rng: Random) -> Iterator[Message]:
    """Yield ``count`` messages in turns, and move each conversation's last message along."""
    for number in range(count):
        conversation = conversations[number % len(conversations)]
        turn = number // len(conversations)
        if turn:
            conversation.last_message_at += timedelta(minutes=rng.randrange(1, 180))
        yield message(conversation, inbound=turn % 2 == 0, number=number, rng=rng)


def message(conversation: Conversation, *, inbound: bool, number: int, rng: Random) -> Message:
    """Build a message with the payload its platform would deliver."""
    contact, page, sent_at = conversation.contact, conversation.channel.page_id, conversation.last_message_at
    text = rng.choice(RECEIVED if inbound else SENT).format(100000 + number)
    sender, recipient = (contact.platform_user_id, page) if inbound else (page, contact.platform_user_id)
    author = None if inbound else conversation.assigned_to
    return Message(
        conversation=conversation,
        direction=Message.Direction.INBOUND if inbound else Message.Direction.OUTBOUND,
        sender_name=contact.sender_name if inbound else (author.name if author else conversation.channel.page_name),
        sent_by=author,
        text=text,
        sent_at=sent_at,
        received_at=sent_at + timedelta(seconds=rng.randrange(1, 20)),
        payload={
            "sender": {"id": sender},
            "recipient": {"id": recipient},
            "timestamp": int(sent_at.timestamp() * 1000),
            "message": {"mid": f"m_{number:010}", "text": text},
        },
    )


def attachments(messages: list[Message], count: int) -> Iterator[Attachment]:
    """Yield ``count`` small text files, spread over the messages."""
    step = max(1, len(messages) // count)
    for number, message in enumerate(messages[::step][:count]):
        content = f"Delivery note {number:04}\nSent with a generated message.\n".encode()
        name = f"delivery-note-{number:04}.txt"
        yield Attachment(
            message=message, file=ContentFile(content, name), name=name, content_type="text/plain", size=len(content)
        )

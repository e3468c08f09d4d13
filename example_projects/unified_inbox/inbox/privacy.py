"""What the models hold, in the words of privacy.toml; accounts.models says it beside its own classes."""

from accounts.models import ActivityLog, FeatureUsage, LoginSession
from billing.models import Invoice, InvoiceLine
from consentguard import Match, not_personal, register
from inbox.models import Attachment, ConnectedChannel, Contact, Conversation, Label, Message
from support.models import SupportTicket

register(LoginSession, "security_logs", subjects={"user": "user"}, anchors={"recorded": "last_seen_at"})
register(
    ActivityLog,
    "security_logs",
    subjects={"user": "user"},
    on_erase={"user": "detach"},
    anchors={"recorded": "at"},
)
register(
    "admin.LogEntry",
    "security_logs",
    subjects={"user": "user"},
    not_personal={"content_type": "the table of the row that was changed", "action_flag": "added, changed or deleted"},
    anchors={"recorded": "action_time"},
)
register(FeatureUsage, "usage", subjects={"user": "user"}, anchors={"recorded": "used_on"})

register(
    Invoice,
    "invoices",
    subjects={"user": "account.users"},
    on_erase={"user": "keep"},
    anchors={"fiscal_year_end": "fiscal_year_end"},
    place="account.country",
)
register(
    InvoiceLine,
    "invoices",
    subjects={"user": "invoice.account.users"},
    on_erase={"user": "keep"},
    anchors={"fiscal_year_end": "invoice.fiscal_year_end"},
    place="invoice.account.country",
)

register(
    ConnectedChannel,
    "channels",
    subjects={"user": "account.users"},
    on_erase={"user": "keep"},
    anchors={"account.closed": "account.closed_at"},
    scopes={"channel": "self"},
)
register(
    Contact,
    "messages",
    subjects={"correspondent": "self"},
    anchors={"received": "last_message_at", "plan.changed": "account.plan_changed_at"},
    plan="account.plan",
)
register(
    Conversation,
    "messages",
    subjects={"user": "channel.account.users", "correspondent": "contact"},
    on_erase={"user": "keep", "correspondent": "delete"},
    anchors={"received": "last_message_at", "plan.changed": "channel.account.plan_changed_at"},
    scopes={"channel": "channel"},
    plan="channel.account.plan",
)
register(
    Message,
    "messages",
    subjects={"user": "conversation.channel.account.users", "correspondent": "conversation.contact"},
    on_erase={"user": "keep", "correspondent": "redact"},
    anchors={"received": "received_at", "plan.changed": "conversation.channel.account.plan_changed_at"},
    scopes={"channel": "conversation.channel"},
    plan="conversation.channel.account.plan",
)
register(
    Attachment,
    "messages",
    subjects={
        "user": "message.conversation.channel.account.users",
        "correspondent": "message.conversation.contact",
    },
    on_erase={"user": "keep", "correspondent": "delete"},
    anchors={"received": "message.received_at", "plan.changed": "message.conversation.channel.account.plan_changed_at"},
    scopes={"channel": "message.conversation.channel"},
    plan="message.conversation.channel.account.plan",
)
not_personal(Label, "words that an account sorts conversations by, such as “order” or “return”")

register(
    SupportTicket,
    "support",
    subjects={"inquirer": "self", "user": Match("email", "accounts.User.email")},
    anchors={"received": "opened_at"},
)

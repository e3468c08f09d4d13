"""Connected channels, the people who write through them, and what is written."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account


class Platform(models.TextChoices):
    """Platforms whose messages the inbox brings together."""

    INSTAGRAM = "instagram", "Instagram"
    MESSENGER = "messenger", "Messenger"


class ChannelQuerySet(models.QuerySet["ConnectedChannel"]):
    """Selects channels."""

    def connected(self) -> "ChannelQuerySet":
        """Channels that still receive messages."""
        return self.filter(disconnected_at=None)


class ConnectedChannel(models.Model):
    """A page or professional profile on a platform that an account has connected."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="channels", verbose_name=_("account"))
    platform = models.CharField(_("platform"), max_length=12, choices=Platform)
    page_id = models.CharField(_("page ID"), max_length=32, unique=True)
    page_name = models.CharField(_("page name"), max_length=120)
    app_user_id = models.CharField(
        _("app-scoped user ID"),
        max_length=32,
        blank=True,
        db_index=True,
        help_text=_("By which the platform names, to this site alone, the person who connected the channel."),
    )
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("connected by"),
    )
    connected_at = models.DateTimeField(_("connected"), default=timezone.now)
    disconnected_at = models.DateTimeField(_("disconnected"), null=True, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("platform", "page_name")

    def __str__(self) -> str:
        return f"{self.get_platform_display()} · {self.page_name}"


class Contact(models.Model):
    """A correspondent: someone who writes to an account through a platform."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("account"))
    platform = models.CharField(_("platform"), max_length=12, choices=Platform)
    platform_user_id = models.CharField(_("platform user ID"), max_length=32)
    sender_name = models.CharField(_("sender name"), max_length=120)
    username = models.CharField(_("username"), max_length=64, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), default=timezone.now)
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("sender_name",)
        constraints = [
            models.UniqueConstraint(
                fields=("account", "platform", "platform_user_id"), name="one_contact_per_platform_user"
            )
        ]

    def __str__(self) -> str:
        return self.sender_name


class Label(models.Model):
    """A word an account sorts its conversations by."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="labels", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("account", "name"), name="one_label_per_account_and_name")]

    def __str__(self) -> str:
        return self.name


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Selects conversations and what their list shows."""

    def for_account(self, account_id: int | None) -> "ConversationQuerySet":
        """Conversations of one account; of none when ``account_id`` is ``None``."""
        return self.filter(channel__account=account_id)

    def with_preview(self) -> "ConversationQuerySet":
        """Add ``preview`` (text of the latest message) and load all that a list row shows."""
        latest = Message.objects.filter(conversation=models.OuterRef("pk")).order_by("-sent_at")
        return (
            self.select_related("contact", "channel", "assigned_to")
            .prefetch_related("labels")
            .annotate(preview=models.Subquery(latest.values("text")[:1]))
        )


class Conversation(models.Model):
    """An exchange of messages with one contact on one channel."""

    channel = models.ForeignKey(
        ConnectedChannel, on_delete=models.CASCADE, related_name="conversations", verbose_name=_("channel")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="conversations", verbose_name=_("contact")
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="assigned_conversations",
        null=True,
        blank=True,
        verbose_name=_("assigned to"),
    )
    labels = models.ManyToManyField(Label, related_name="conversations", blank=True, verbose_name=_("labels"))
    is_open = models.BooleanField(_("open"), default=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now, db_index=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-last_message_at", "-pk")

    def __str__(self) -> str:
        return f"#{self.pk}"


class Message(models.Model):
    """One message, as the platform delivered it or as staff sent it."""

    class Direction(models.TextChoices):
        INBOUND = "in", _("Received")
        OUTBOUND = "out", _("Sent")

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", verbose_name=_("conversation")
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    sender_name = models.CharField(_("sender name"), max_length=120)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="sent_messages",
        null=True,
        blank=True,
        verbose_name=_("sent by"),
    )
    text = models.TextField(_("text"))
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    payload = models.JSONField(_("raw payload"), default=dict, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("sent_at", "pk")
        indexes = [models.Index(fields=("conversation", "sent_at"), name="message_by_time")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Attachment(models.Model):
    """A file that came or went with a message."""

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="attachments", verbose_name=_("message")
    )
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m")
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(_("content type"), max_length=80)
    size = models.PositiveIntegerField(_("size in bytes"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

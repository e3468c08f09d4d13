"""Tickets; known by e-mail address alone, because anyone may write, with or without a log-in."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SupportTicket(models.Model):
    """A question or problem that someone sent from the support page."""

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")

    email = models.EmailField(_("e-mail address"), db_index=True)
    subject = models.CharField(_("subject"), max_length=120)
    body = models.TextField(_("message"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.NEW)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("support ticket")
        verbose_name_plural = _("support tickets")
        ordering = ("-opened_at",)

    def __str__(self) -> str:
        return self.subject

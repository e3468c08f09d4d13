"""Invoices as they were issued: they keep their own copy of the customer's legal data."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account


class Invoice(models.Model):
    """A tax document; protected, because the law asks to keep it after an account is gone."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("account"))
    number = models.CharField(_("number"), max_length=24, unique=True)
    legal_name = models.CharField(_("legal name"), max_length=160)
    tax_id = models.CharField(_("tax ID"), max_length=32)
    billing_address = models.TextField(_("billing address"), blank=True)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=2, help_text=_("ISO 3166-1 code of two letters."))
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    total = models.DecimalField(_("total"), max_digits=10, decimal_places=2)
    issued_on = models.DateField(_("issued"))
    fiscal_year_end = models.DateField(_("fiscal year end"))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ("-issued_on", "-number")

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """One position of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", verbose_name=_("invoice"))
    description = models.CharField(_("description"), max_length=160)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit_price = models.DecimalField(_("unit price"), max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.description

"""Admin of invoices with their lines."""

from django.contrib import admin

from billing.models import Invoice, InvoiceLine


class InvoiceLineInline(admin.TabularInline):
    """Lines on the page of their invoice."""

    model = InvoiceLine
    extra = 0


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    """Issued invoices, newest first."""

    list_display = ("number", "account", "legal_name", "tax_id", "total", "currency", "issued_on", "jurisdiction")
    list_filter = ("jurisdiction", "currency")
    list_select_related = ("account",)
    search_fields = ("number", "legal_name", "tax_id")
    date_hierarchy = "issued_on"
    autocomplete_fields = ("account",)
    inlines = (InvoiceLineInline,)

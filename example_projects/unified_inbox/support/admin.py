"""Admin of support tickets."""

from django.contrib import admin

from support.models import SupportTicket


@admin.register(SupportTicket)
class SupportTicketAdmin(admin.ModelAdmin):
    """Tickets, newest first."""

    list_display = ("subject", "email", "status", "opened_at", "closed_at")
    list_filter = ("status",)
    search_fields = ("email", "subject", "body")
    date_hierarchy = "opened_at"

"""Admin of channels, contacts, conversations and messages."""

from django.contrib import admin

from inbox.models import Attachment, ConnectedChannel, Contact, Conversation, Label, Message


@admin.register(ConnectedChannel)
class ConnectedChannelAdmin(admin.ModelAdmin):
    """Channels of all accounts."""

    list_display = ("page_name", "platform", "page_id", "account", "connected_at", "disconnected_at")
    list_filter = ("platform", ("disconnected_at", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("page_name", "page_id", "account__name")
    autocomplete_fields = ("account",)


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):
    """Correspondents of all accounts."""

    list_display = ("sender_name", "username", "platform", "platform_user_id", "account", "first_seen_at")
    list_filter = ("platform",)
    list_select_related = ("account",)
    search_fields = ("sender_name", "username", "platform_user_id")
    autocomplete_fields = ("account",)


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin):
    """Labels of all accounts."""

    list_display = ("name", "account")
    list_select_related = ("account",)
    search_fields = ("name", "account__name")
    autocomplete_fields = ("account",)


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin):
    """Conversations, the latest first."""

    list_display = ("__str__", "contact", "channel", "assigned_to", "is_open", "last_message_at")
    list_filter = ("is_open", "channel__platform")
    list_select_related = ("contact", "channel", "assigned_to")
    search_fields = ("contact__sender_name", "contact__username", "channel__page_name")
    date_hierarchy = "last_message_at"
    autocomplete_fields = ("channel", "contact", "assigned_to", "labels")


class AttachmentInline(admin.TabularInline):
    """Files on the page of their message."""

    model = Attachment
    extra = 0


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """Messages; the list leaves out what they say."""

    list_display = ("__str__", "conversation", "direction", "sender_name", "sent_at", "received_at")
    list_filter = ("direction", "conversation__channel__platform")
    list_select_related = ("conversation",)
    search_fields = ("sender_name", "text")
    ordering = ("-sent_at",)
    date_hierarchy = "sent_at"
    autocomplete_fields = ("conversation", "sent_by")
    inlines = (AttachmentInline,)

"""Admin of accounts, users, log-ins, activity and feature usage."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ActivityLog, FeatureUsage, LoginSession, User
from consentguard_django.admin.site import StepUpAdmin
from consentguard_django.masking import SealedAdminMixin

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(StepUpAdmin, DjangoGroupAdmin):
    """What the staff may do, by groups; changed right after a second factor."""


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):
    """Organisations, by plan and country."""

    list_display = ("name", "plan", "country", "tax_id", "created_at", "closed_at")
    list_filter = ("plan", "country", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "legal_name", "tax_id")
    date_hierarchy = "created_at"

    def save_model(self, request: HttpRequest, obj: Account, form: ModelForm, change: bool) -> None:
        """Save an account; the privacy policy counts its grace from the moment at which a plan changes."""
        if change and "plan" in form.changed_data:
            obj.plan_changed_at = timezone.now()
        super().save_model(request, obj, form, change)


class UserCreationForm(BaseUserCreationForm):
    """The add form of a user who is known by an e-mail address."""

    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(StepUpAdmin, SealedAdminMixin, DjangoUserAdmin):
    """People who log in, with the account they work for; changed right after a second factor."""

    add_form = UserCreationForm
    list_display = ("email", "name", "phone", "account", "role", "is_active", "is_staff", "last_login")
    list_filter = ("role", "is_active", "is_staff", "account__plan")
    list_select_related = ("account",)
    search_fields = ("email", "name", "account__name", "=phone")
    ordering = ("email",)
    autocomplete_fields = ("account",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "phone", "account", "role")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)


@admin.register(LoginSession)
class LoginSessionAdmin(admin.ModelAdmin):
    """Log-ins, newest first."""

    list_display = ("user", "ip", "user_agent", "started_at", "last_seen_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    date_hierarchy = "started_at"
    autocomplete_fields = ("user",)


@admin.register(ActivityLog)
class ActivityLogAdmin(admin.ModelAdmin):
    """The activity log; nobody edits it by hand."""

    list_display = ("at", "action", "user", "ip")
    list_filter = ("action",)
    list_select_related = ("user",)
    search_fields = ("user__email", "action", "ip")
    date_hierarchy = "at"

    def has_add_permission(self, request: object) -> bool:
        """Entries come from the site alone."""
        return False

    def has_change_permission(self, request: object, obj: ActivityLog | None = None) -> bool:
        """Entries stay as they were written."""
        return False


@admin.register(FeatureUsage)
class FeatureUsageAdmin(admin.ModelAdmin):
    """Which features are used, by day."""

    list_display = ("used_on", "feature", "user", "uses")
    list_filter = ("feature",)
    list_select_related = ("user",)
    search_fields = ("user__email", "feature")
    date_hierarchy = "used_on"
    autocomplete_fields = ("user",)

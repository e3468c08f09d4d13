"""Organisations, the people who work for them, and what these people did."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.managers import UserManager
from consentguard import personal_data
from consentguard_django.fields import Encrypted


@personal_data(
    "organisation",
    subjects={"user": "users"},
    not_personal={
        "country": "by which tax law the invoices of the account are kept, also after its data is gone",
        "plan": "one of four words, which decides how long messages are kept",
        "created_at": "when an organisation signed up",
    },
    on_erase={"user": "keep"},
    anchors={"account.closed": "closed_at"},
)
class Account(models.Model):
    """An organisation that subscribes to the service (the tenant)."""

    class Plan(models.TextChoices):
        FREE = "free", _("Free")
        BASIC = "basic", _("Basic")
        PRO = "pro", _("Pro")
        SCALE = "scale", _("Scale")

    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=160, blank=True)
    tax_id = models.CharField(_("tax ID"), max_length=32, blank=True)
    address = models.TextField(_("address"), blank=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166-1 code of two letters."))
    plan = models.CharField(_("plan"), max_length=8, choices=Plan, default=Plan.FREE)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    plan_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


@personal_data(
    "contact",
    subjects={"user": "self"},
    columns={"password": "credentials", "phone": "phone"},
    address="email",
    rectifiable=["name", "phone"],
    anchors={"account.closed": "account.closed_at", "created": "date_joined"},
)
class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in; staff of the service itself belong to no account."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Manager")
        AGENT = "agent", _("Agent")

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    phone = Encrypted(models.CharField(_("phone"), max_length=32, blank=True), search="phone:US")
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="users", null=True, blank=True, verbose_name=_("account")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.AGENT)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("email",)

    def __str__(self) -> str:
        return self.email

    @property
    def manages_account(self) -> bool:
        """Whether the user may change channels and see invoices."""
        return self.account_id is not None and self.role in (self.Role.OWNER, self.Role.MANAGER)


class LoginSession(models.Model):
    """One log-in of a user, from one browser; for security, it survives the account without naming anybody."""

    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="login_sessions", verbose_name=_("user")
    )
    ip = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=400, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("log-in")
        verbose_name_plural = _("log-ins")
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.user_id} {self.started_at:%Y-%m-%d %H:%M}"


class ActivityLog(models.Model):
    """What a user did, for security and support; survives the user without naming them."""

    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="activity", verbose_name=_("user")
    )
    action = models.CharField(_("action"), max_length=64)
    ip = models.GenericIPAddressField(_("IP address"), null=True)
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activity log")
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"


class FeatureUsageQuerySet(models.QuerySet["FeatureUsage"]):
    """Counts uses per user, feature and day."""

    def record(self, user: Any, feature: str) -> None:
        """Count one more use of ``feature`` today."""
        self.update_or_create(
            user=user,
            feature=feature,
            used_on=timezone.localdate(),
            defaults={"uses": models.F("uses") + 1},
            create_defaults={"uses": 1},
        )


class FeatureUsage(models.Model):
    """How often a user used a feature on one day; a count of nobody once the account is gone."""

    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="feature_usage", verbose_name=_("user")
    )
    feature = models.CharField(_("feature"), max_length=40)
    used_on = models.DateField(_("day"))
    uses = models.PositiveIntegerField(_("uses"), default=0)

    objects = FeatureUsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("feature usage")
        verbose_name_plural = _("feature usage")
        ordering = ("-used_on", "feature")
        constraints = [
            models.UniqueConstraint(fields=("user", "feature", "used_on"), name="one_usage_row_per_user_feature_day")
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.used_on} x{self.uses}"

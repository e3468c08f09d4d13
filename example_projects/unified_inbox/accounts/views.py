"""The account page and what can be done on it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms import ProfileForm, SignUpForm
from accounts.models import User
from accounts.requests import UserRequest
from accounts.tracking import log_activity
from billing.models import Invoice
from inbox.models import ConnectedChannel


def sign_up(request: HttpRequest) -> HttpResponse:
    """Make an account and log its owner in; whoever is too young is told so by the page about age."""
    form = SignUpForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            form.record_age(user)
            form.record_consents(request, user, address=user.email)
        login(request, user)
        messages.success(request, _("Welcome. Your account is ready."))
        return redirect("account")
    if form.age_refused:
        return redirect("consentguard:age", language=get_language())
    return render(request, "accounts/sign_up.html", {"form": form})


@login_required
def account(request: UserRequest) -> HttpResponse:
    """Show the profile, the plan, channels, log-ins and invoices; save the profile on POST."""
    # Bound to a copy: an invalid form must not change the user that the page's header shows.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        log_activity(request, request.user, "profile.update", fields=form.changed_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("account")
    return render(request, "accounts/account.html", {"form": form, **_overview(request.user)})


def _overview(user: User) -> dict[str, Any]:
    """What the account page lists; invoices are for those who manage the account."""
    invoices = Invoice.objects.filter(account=user.account_id) if user.manages_account else Invoice.objects.none()
    return {
        "channels": ConnectedChannel.objects.filter(account=user.account_id),
        "logins": user.login_sessions.all()[:5],
        "invoices": invoices[:12],
    }


@login_required
@require_POST
def disconnect_channel(request: UserRequest, pk: int) -> HttpResponse:
    """Disconnect one of the account's channels: what came through it is seen no more, and goes within the hour."""
    managed = request.user.account_id if request.user.manages_account else None
    channel = get_object_or_404(ConnectedChannel.objects.connected(), pk=pk, account=managed)
    with transaction.atomic():
        channel.disconnected_at = timezone.now()
        channel.save(update_fields=["disconnected_at"])
        log_activity(request, request.user, "channel.disconnect", channel=channel.pk, platform=channel.platform)
        request.privacy.guard.retention.happened("channel.disconnected", "channel", str(channel.pk))
    messages.success(request, _("%(channel)s is disconnected.") % {"channel": channel})
    return redirect("account")

"""The demo's outbox: the mails that the site has sent, for whoever tries it out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from demo.outbox import mails


@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """List the mails, the newest first."""
    return render(request, "demo/outbox.html", {"mails": mails()})

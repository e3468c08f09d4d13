"""Pages of the inbox: the list, one conversation, its files, and how the list looks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import FeatureUsage
from accounts.requests import UserRequest
from accounts.tracking import log_activity
from inbox.forms import ReplyForm
from inbox.models import Attachment, Contact, Conversation, Message

PAGE_SIZE = 25
VIEW_COOKIE = "inbox_view"
VIEWS = ("comfortable", "compact")
ONE_YEAR = 365 * 24 * 60 * 60


@login_required
def conversation_list(request: UserRequest) -> HttpResponse:
    """List the account's conversations, open ones unless asked, found by contact when searched."""
    show, query = request.GET.get("show", "open"), request.GET.get("q", "").strip()
    found = Conversation.objects.for_account(request.user.account_id).with_preview()
    if show != "all":
        found = found.filter(is_open=show != "closed")
    if query:
        found = found.filter(contact__sender_name__icontains=query)
    FeatureUsage.objects.record(request.user, "inbox.search" if query else "inbox.list")
    context = {
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "show": show,
        "query": query,
        "view": chosen_view(request),
    }
    return render(request, "inbox/list.html", context)


def chosen_view(request: HttpRequest) -> str:
    """How this browser wants the list: the first view unless its cookie names another."""
    wanted = request.COOKIES.get(VIEW_COOKIE)
    return wanted if wanted in VIEWS else VIEWS[0]


@login_required
@require_POST
def choose_view(request: HttpRequest) -> HttpResponse:
    """Remember in a cookie how the list should look."""
    response = redirect("inbox:list")
    if request.POST.get("view") in VIEWS:
        response.set_cookie(
            VIEW_COOKIE,
            request.POST["view"],
            max_age=ONE_YEAR,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


@login_required
def conversation(request: UserRequest, pk: int) -> HttpResponse:
    """Show the messages of a conversation; on POST, add a reply unless its channel is disconnected."""
    chosen = get_object_or_404(Conversation.objects.for_account(request.user.account_id).with_preview(), pk=pk)
    form = ReplyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and chosen.channel.disconnected_at is None and form.is_valid():
        add_reply(request, chosen, form)
        messages.success(request, _("Your reply is saved."))
        return redirect("inbox:conversation", pk=pk)
    context = {"conversation": chosen, "thread": chosen.messages.prefetch_related("attachments"), "form": form}
    return render(request, "inbox/conversation.html", context)


@transaction.atomic
def add_reply(request: UserRequest, conversation: Conversation, form: ReplyForm) -> Message:
    """Store a valid reply with its file, and note who wrote it."""
    reply = Message.objects.create(
        conversation=conversation,
        direction=Message.Direction.OUTBOUND,
        sender_name=request.user.name,
        sent_by=request.user,
        text=form.cleaned_data["text"],
    )
    if file := form.cleaned_data["file"]:
        reply.attachments.create(file=file, name=file.name[:120], content_type=file.content_type, size=file.size)
    conversation.last_message_at = reply.sent_at
    conversation.save(update_fields=["last_message_at"])
    Contact.objects.filter(pk=conversation.contact_id).update(last_message_at=reply.sent_at)
    log_activity(request, request.user, "message.reply", conversation=conversation.pk)
    return reply


@login_required
def attachment(request: UserRequest, pk: int) -> FileResponse:
    """Send a file as a download: what strangers upload is never shown as a page of this site."""
    found = get_object_or_404(Attachment, pk=pk, message__conversation__channel__account=request.user.account_id)
    return FileResponse(found.file.open(), as_attachment=True, filename=found.name)

"""The public support page."""

from django.contrib.messages.views import SuccessMessageMixin
from django.forms import ModelForm
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import CreateView

from support.models import SupportTicket


class SupportView(SuccessMessageMixin, CreateView):
    """Take a ticket from anyone; who is logged in finds their address filled in."""

    model = SupportTicket
    fields = ("email", "subject", "body")
    template_name = "support/new.html"
    success_url = reverse_lazy("support")
    success_message = _("Thank you. We answer within one working day.")

    def get_initial(self) -> dict[str, str]:
        """Start with the address of the user, if there is one."""
        user = self.request.user
        return {"email": user.email} if user.is_authenticated else {}

    def get_form(self, form_class: type[ModelForm] | None = None) -> ModelForm:
        """Let browsers fill the address in."""
        form = super().get_form(form_class)
        form.fields["email"].widget.attrs["autocomplete"] = "email"
        return form

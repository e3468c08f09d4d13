"""Forms of the account pages."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.db import transaction

from accounts.models import Account, User
from consentguard_django.forms import AgeFormMixin, ConsentField, ConsentFormMixin


class LoginForm(AuthenticationForm):
    """Log-in with e-mail and password; errors point at the form, never at which of the two was wrong."""

    username = forms.EmailField(
        label=User._meta.get_field("email").verbose_name,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class ProfileForm(forms.ModelForm):
    """What users may change about themselves."""

    class Meta:
        model = User
        fields = ("name", "phone")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }


class SignUpForm(AgeFormMixin, ConsentFormMixin, BaseUserCreationForm):
    """A new account and the log-in of its owner, who is old enough and may want to hear what is new."""

    organisation = Account._meta.get_field("name").formfield()
    country = Account._meta.get_field("country").formfield()
    news = ConsentField("news")
    field_order = ("birth_month", "birth_year", "email", "name", "organisation", "country")

    class Meta:
        model = User
        fields = ("email", "name")
        widgets = {
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
        }

    def clean_email(self) -> str:
        """Take an address in whatever case, as the log-in does."""
        return self.cleaned_data["email"].lower()

    def clean_country(self) -> str:
        """Write the country's code as the standard does."""
        return self.cleaned_data["country"].upper()

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        """Save the account and its owner."""
        self.instance.role = User.Role.OWNER
        name = self.cleaned_data["organisation"]
        self.instance.account = Account.objects.create(name=name, legal_name=name, country=self.cleaned_data["country"])
        return super().save(commit)

"""Forms of the account pages."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from accounts.models import User


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

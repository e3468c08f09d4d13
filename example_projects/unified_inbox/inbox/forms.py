"""Form of a reply."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

MAX_UPLOAD = 5 * 1024 * 1024


class ReplyForm(forms.Form):
    """A text, with a file if wanted."""

    text = forms.CharField(label=_("Your reply"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label=_("Attach a file"), required=False, help_text=_("At most 5 MB."))

    def clean_file(self) -> UploadedFile | None:
        """Refuse what the platforms would refuse."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file and (file.size or 0) > MAX_UPLOAD:
            raise ValidationError(_("This file is larger than 5 MB. Choose a smaller one."))
        return file

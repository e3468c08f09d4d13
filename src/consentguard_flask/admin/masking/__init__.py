"""Sealed values in Flask-Admin: masked, shown to whoever may see them and says why, and never saved as a mask."""

from consentguard_flask.admin.masking.forms import SealedConverter as SealedConverter
from consentguard_flask.admin.masking.view import SealedModelView as SealedModelView

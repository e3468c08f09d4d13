"""`Encrypted`, the column type whose values are sealed before they reach the database, and what is done with it."""

from consentguard.crypto.binding import sealed_for as sealed_for
from consentguard_flask.sqlalchemy.encrypted import attaching as attaching
from consentguard_flask.sqlalchemy.encrypted import checks as checks
from consentguard_flask.sqlalchemy.encrypted import mapping as mapping
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError as EncryptedColumnError
from consentguard_flask.sqlalchemy.encrypted.keys import aheld as aheld
from consentguard_flask.sqlalchemy.encrypted.keys import aprefetch as aprefetch
from consentguard_flask.sqlalchemy.encrypted.searching import asearch as asearch
from consentguard_flask.sqlalchemy.encrypted.searching import search as search
from consentguard_flask.sqlalchemy.encrypted.types import Encrypted as Encrypted

"""How a migration writes the indexes of an encrypted field."""

from __future__ import annotations

from django.db.migrations.serializer import BaseSerializer, Serializer

from consentguard.crypto.index.kinds import Index


class _IndexSerializer(BaseSerializer):
    """An index in a migration: the call that declares it."""

    def serialize(self) -> tuple[str, set[str]]:
        """Its Python, and the import that this needs."""
        package, _, module = type(self.value).__module__.rpartition(".")
        return f"{module}.{self.value!r}", {f"from {package} import {module}"}


Serializer.register(Index, _IndexSerializer)

"""The time of this machine, as the port `Clock`."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """What time it is here."""

    def now(self) -> dt.datetime:
        """The moment, aware and in UTC."""
        return dt.datetime.now(dt.UTC)

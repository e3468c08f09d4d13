"""A clock that stands still until a test moves it."""

from __future__ import annotations

import datetime as dt

MOMENT = dt.datetime(2026, 3, 28, 12, 0, 0, 123456, tzinfo=dt.UTC)


class FrozenClock:
    """The port `Clock` for tests: the moment that it was told."""

    def __init__(self, at: dt.datetime = MOMENT) -> None:
        """Raises ValueError for a moment without a time zone."""
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware moment, such as datetime(2026, 3, 28, tzinfo=UTC)")
        self._at = at.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """The moment, aware and in UTC."""
        return self._at

    def tick(self, by: dt.timedelta = dt.timedelta(seconds=1)) -> dt.datetime:
        """Move on by a second, or by what is given, and say what time it is then."""
        self._at += by
        return self._at

"""What all demo data is drawn from: one seeded random source and the size of each table."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]

SEED = 20260101
# Area codes whose numbers 555-0100 to 555-0199 are reserved for fiction.
AREA_CODES = (202, 212, 213, 303, 305, 312, 404, 415, 503, 512, 602, 615, 617, 702, 713, 808)
COUNTRIES = ("US", "DE", "FR", "IE", "GB", "KE", "ES", "CA")
DEMO_ID, STAFF_ID = 1, 2


@dataclass
class Source:
    """Random draws and table sizes for about `rows` rows, in times that end at `now`."""

    rows: int
    now: datetime
    random: Random = field(default_factory=lambda: Random(SEED))

    def share(self, percent: int) -> int:
        """How many rows a table gets, rounded up, so that the shares together reach `rows`."""
        return -(-self.rows * percent // 100)

    @property
    def customer_count(self) -> int:
        """The demo account, the staff account, and others.

        The number of the others ends in 1: sharing no divisor with the 1,600 phone numbers, it keeps an account from
        meeting the same number twice when rows are dealt out in turn.
        """
        return 2 + self.share(2) // 10 * 10 + 1

    def owner(self, index: int) -> int:
        """The account of the row: the demo account has every second row of the first 1,000, the others share."""
        if index < 1000 and index % 2 == 0:
            return DEMO_ID
        return 3 + index % (self.customer_count - 2)

    def phone(self, index: int) -> str:
        """A number reserved for fiction; distinct for the first 1,600."""
        return f"+1{AREA_CODES[index // 100 % len(AREA_CODES)]}55501{index % 100:02}"

    def past(self, days: int) -> datetime:
        """A moment in the last `days` days, to the second."""
        return self.now - timedelta(seconds=self.random.randrange(days * 86400))

"""How many of the staff have a second factor, whichever package keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the staff have one, in words and as numbers, and which `packages` keep them."""

    enrolled: int
    staff: int
    packages: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Such as `3 of 4 members of the staff have a second factor (75%), kept by consentguard.`; without staff ""."""
        if not self.staff:
            return ""
        percent, kept = self.enrolled * 100 // self.staff, " and ".join(self.packages)
        many = f"{self.enrolled} of {self.staff} members of the staff"
        return f"{many} have a second factor ({percent}%), kept by {kept}."

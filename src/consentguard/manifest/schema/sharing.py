"""Who else gets data, on which ground, and how it is protected across borders."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from msgspec import Meta

from consentguard.manifest.schema.section import Section, When
from consentguard.manifest.vocabulary import (
    STATED_COUNTRY,
    CategoryName,
    Country,
    OneStatedCountry,
    PurposeName,
    RecipientName,
    RecipientRole,
    Region,
    StatedCountry,
    Text,
)


class Agreement(Section, frozen=True):
    """The contract with a recipient (Art. 28(3) GDPR)."""

    document: str
    until: dt.date | None = None


class Recipient(Section, frozen=True):
    """Somebody outside who receives personal data (Art. 13(1)(e), 30(1)(d) GDPR)."""

    role: RecipientRole
    title: Text = ""
    named: Annotated[bool, Meta(description="False where the policy gives a category of recipients only.")] = True
    country: OneStatedCountry | list[Country] = "unstated"
    receives: Annotated[
        dict[CategoryName, list[str]], Meta(description="What it gets: a category, and which items (empty: all).")
    ] = {}
    purposes: list[PurposeName] = []
    deidentified: Literal["no", "pseudonymised", "anonymised"] = "no"
    agreement: Agreement | Literal["unstated"] = "unstated"
    when: When = When()

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec reports with its path, for a country that is written like none."""
        if isinstance(self.country, str) and not re.search(STATED_COUNTRY, self.country):
            raise ValueError("country is no ISO 3166-1 alpha-2 code")


class Safeguard(Section, frozen=True):
    """What protects data that goes to a third country (Art. 45-49 GDPR)."""

    instrument: Annotated[str, Meta(description="`scc`, `uk_idta`, `uk_addendum`, `adequacy`, `bcr`, `dpf`, ...")]
    module: str = ""
    document: str = ""
    until: dt.date | None = None


class Transfer(Section, frozen=True):
    """Data that crosses a border (Chapter V GDPR; EDPB Guidelines 05/2021)."""

    kind: Annotated[
        Literal["onward", "direct_collection"],
        Meta(description="`direct_collection`: the person sends it there themselves, which is no transfer."),
    ]
    to: StatedCountry
    via: RecipientName | None = None
    of: Annotated[list[Region], Meta(description="Whose data: the regions of the people concerned.")] = []
    safeguards: list[Safeguard] = []


class Disclosure(Section, frozen=True):
    """A ground on which data may be disclosed outside the list of recipients."""

    text: Text = ""
    notice: Literal["prior", "after", "none", "unstated"] = "unstated"

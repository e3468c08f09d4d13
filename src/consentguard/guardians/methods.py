"""How a guardian is verified: by the link that was mailed to them, by a form that they signed, or as the host does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consentguard.ports import Verification


@dataclass(frozen=True, slots=True)
class MailedLink:
    """Whoever reads the mailbox that the child named, and answers there. It shows no more than that."""

    name: str = "link"
    by_answer: bool = True

    def page(self, id: str) -> str:  # noqa: A002 - the record's own word
        """None: their answer is enough."""
        return ""


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A form to print, sign and send back, which a member of staff says that they received."""

    name: str = "form"
    by_answer: bool = False

    def page(self, id: str) -> str:  # noqa: A002 - the record's own word
        """None: ours is the form."""
        return ""


@dataclass(frozen=True, slots=True)
class HostsPage:
    """A page of the host's where a guardian shows who they are. It then says so: `guardians.received`."""

    name: str
    place: Callable[[str], str]
    by_answer: bool = False

    def page(self, id: str) -> str:  # noqa: A002 - the record's own word
        """Its address, for what was asked under this id."""
        return self.place(id)


def methods(pages: Mapping[str, Callable[[str], str]]) -> Mapping[str, Verification]:
    """Every method by what the policy calls it: the host's, by its `pages`, and those that are built in."""
    own = {name: HostsPage(name, place) for name, place in pages.items()}
    return {**own, "link": MailedLink(), "form": SignedForm()}

"""What an e-mail address looks like: as browsers see it in a form, so that a page and its form never disagree."""

from __future__ import annotations

import re

LONGEST_ADDRESS = 254
# what a browser takes for an e-mail address (HTML Standard, section 4.10.5.1.5), with the lengths of RFC 5321
_ADDRESS = re.compile(
    r"(?!.*=\?)"  # nor an encoded word (RFC 2047), which a mail's header would decode into addresses of its own
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)


def is_address(text: str) -> bool:
    """Whether the text can be an address; whether anybody reads what is sent there, only a mail can tell."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None

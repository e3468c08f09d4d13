"""Writes a mail: the same words as plain text and as HTML, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from consentguard.records import Message

_PAGE = (
    '<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
    '<body style="font:16px/1.6 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em">{body}</body></html>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says, ready-made in `language`: paragraphs, and a link with the words that it stands on."""

    language: str
    title: str
    paragraphs: tuple[str, ...]
    link: str = ""
    link_label: str = ""
    closing: str = ""

    def to(self, address: str) -> Message:
        """The letter as a mail to somebody."""
        return Message(to=address, subject=self.title, text=self._text(), html=self._html())

    def _text(self) -> str:
        link = f"{self.link_label}:\n{self.link}" if self.link else ""
        return "\n\n".join(filter(None, [*self.paragraphs, link, self.closing])) + "\n"

    def _html(self) -> str:
        parts = [f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs]
        if self.link:
            parts.append(f'<p><a href="{escape(self.link)}">{escape(self.link_label)}</a></p>')
        if self.closing:
            parts.append(f"<p>{escape(self.closing)}</p>")
        return _PAGE.format(language=escape(self.language), title=escape(self.title), body="".join(parts))

"""A visitor of a site, without JavaScript: keeps cookies, follows redirects, reads pages, fills in and sends forms."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx
from lxml import html


class StopFailedError(Exception):
    """What the visitor found is not what the tour promises; the message says where and what."""


class Visitor:
    """One person's browser on one site.

    Args:
        base_url: where the site answers, such as "http://localhost:8001".
        language: what the browser asks for, as an Accept-Language header.
    """

    def __init__(self, base_url: str, language: str = "en") -> None:
        headers = {"Accept": "text/html", "Accept-Language": language, "Sec-Fetch-Site": "same-origin"}
        self._http = httpx.Client(base_url=base_url, headers=headers, follow_redirects=True, timeout=30)
        self._url = httpx.URL(base_url)
        self._page: html.HtmlElement = html.Element("html")
        self.file = b""
        """What was downloaded last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def visit(self, path: str) -> None:
        """Opens a page.

        Raises:
            StopFailedError: the site did not answer 200.
        """
        self._read(self._http.get(path))

    def follow(self, text: str) -> None:
        """Clicks the first link of this text.

        Raises:
            StopFailedError: the page has no such link, or the site did not answer 200.
        """
        for link in self._page.iter("a"):
            if " ".join(link.text_content().split()) == text:
                return self.visit(str(self._url.join(link.get("href") or "")))
        raise StopFailedError(f"{self._url}: no link {text!r}")

    def follow_to(self, part: str) -> None:
        """Clicks the first link whose address holds this part.

        Raises:
            StopFailedError: the page has no such link, or the site did not answer 200.
        """
        for link in self._page.iter("a"):
            if part in (link.get("href") or ""):
                return self.visit(str(self._url.join(link.get("href") or "")))
        raise StopFailedError(f"{self._url}: no link to {part!r}")

    def send(self, press: str = "", /, **fields: str) -> None:
        """Fills in the first form that has these fields, and the button `press` where one is named, and sends it.

        Hidden fields are sent as they stand; of boxes, the one of that value is ticked.

        Raises:
            StopFailedError: no form has these fields and this button, or the site did not answer 200.
        """
        form = next((form for form in self._page.forms if _has(form, press, fields)), None)
        if form is None:
            raise StopFailedError(f"{self._url}: no form with {', '.join([*fields, press]).strip(', ')}")
        for name, value in fields.items():
            _fill(form, name, value)
        values = dict[str, list[str]]()
        for name, value in [*form.form_values(), *_pressed(form, press)]:
            values.setdefault(name, []).append(value)
        target = self._url.join(form.action or "")
        if form.method == "GET":
            self._read(self._http.get(target, params=values))
        else:
            self._read(self._http.post(target, data=values, headers=self._origin()))

    def should_be_refused(self, path: str) -> None:
        """Opens a page that is not for this visitor. Raises StopFailedError: it is not refused with 403."""
        if (status := self._http.get(path).status_code) != httpx.codes.FORBIDDEN:
            raise StopFailedError(f"GET {path} answered {status}, not 403")

    @property
    def address(self) -> str:
        """Where the visitor is."""
        return str(self._url)

    def open_row(self, text: str) -> None:
        """Clicks the first link of the first row of a table that holds this text.

        Raises:
            StopFailedError: there is no such row, it has no link, or the site did not answer 200.
        """
        for row in self._page.iter("tr"):
            if text in row.text_content():
                for link in row.iter("a"):
                    return self.visit(str(self._url.join(link.get("href") or "")))
        raise StopFailedError(f"{self._url}: no row of {text!r}")

    def can_press(self, label: str) -> bool:
        """Whether the page has a form with this button."""
        return any(_has(form, label, {}) for form in self._page.forms)

    def call(self, path: str, **fields: str) -> tuple[int, dict[str, Any]]:
        """Sends a form as a program does: without cookies or a page; the status, and what was answered as JSON."""
        answer = httpx.post(self._url.join(path), data=fields, timeout=30, trust_env=False)
        return answer.status_code, answer.json()

    def come_anew(self) -> None:
        """Comes back with another browser: without any cookie."""
        self._http.cookies.clear()

    def fact(self, label: str) -> str:
        """What the page says of this label in a list of facts.

        Raises:
            StopFailedError: it says nothing of it.
        """
        for term in self._page.iter("dt"):
            told = term.getnext()
            if told is not None and str(term.text_content()).strip() == label:
                return str(told.text_content()).strip()
        raise StopFailedError(f"{self._url}: nothing about {label!r}")

    def items(self, label: str) -> list[str]:
        """The items of the list of this label.

        Raises:
            StopFailedError: there is no such list.
        """
        for found in self._page.iter("ul"):
            if found.get("aria-label") == label:
                return [str(item.text_content()).strip() for item in found.iter("li")]
        raise StopFailedError(f"{self._url}: no list {label!r}")

    def value(self, name: str) -> str:
        """What the page's first field of this name stands for.

        Raises:
            StopFailedError: there is no such field.
        """
        for field in self._page.iter("input", "button"):
            if field.get("name") == name:
                return field.get("value", "")
        raise StopFailedError(f"{self._url}: no field {name!r}")

    def should_hold(self, *cookies: str) -> None:
        """Looks for cookies by name. Raises StopFailedError: one of them is not there."""
        if missing := [name for name in cookies if name not in self._http.cookies]:
            raise StopFailedError(f"{self._url}: no cookie {', '.join(missing)}")

    def should_not_hold(self, *cookies: str) -> None:
        """Looks for cookies by name. Raises StopFailedError: one of them is there."""
        if found := [name for name in cookies if name in self._http.cookies]:
            raise StopFailedError(f"{self._url}: there is a cookie {', '.join(found)}")

    def should_see(self, *texts: str) -> None:
        """Looks for texts on the page, whatever stands between their words as white space.

        Raises:
            StopFailedError: one of them is not there.
        """
        text = " ".join(self._page.text_content().split())
        if missing := [wanted for wanted in texts if wanted not in text]:
            raise StopFailedError(f"{self._url}: not on the page: {', '.join(map(repr, missing))}")

    def should_hold_value(self, name: str, value: str) -> None:
        """Looks at the first field of this name. Raises StopFailedError: it is not there, or holds something else."""
        if self.value(name) != value:
            raise StopFailedError(f"{self._url}: {name} is not {value!r}")

    def should_not_see(self, *texts: str) -> None:
        """Looks for texts on the page. Raises StopFailedError: one of them is there."""
        text = " ".join(self._page.text_content().split())
        if found := [unwanted for unwanted in texts if unwanted in text]:
            raise StopFailedError(f"{self._url}: on the page: {', '.join(map(repr, found))}")

    def _origin(self) -> dict[str, str]:
        return {"Origin": f"{self._url.scheme}://{self._url.netloc.decode()}", "Referer": str(self._url)}

    def _read(self, answer: httpx.Response) -> None:
        if answer.status_code != httpx.codes.OK:
            raise StopFailedError(f"{answer.request.method} {answer.url} answered {answer.status_code}")
        if "html" not in answer.headers.get("Content-Type", ""):
            self.file = answer.content
            return
        self._url = answer.url
        self._page = html.document_fromstring(answer.content, parser=html.HTMLParser(encoding=answer.encoding))


def _has(form: html.FormElement, press: str, fields: dict[str, str]) -> bool:
    return fields.keys() <= set(form.fields.keys()) and (not press or next(_buttons(form, press), None) is not None)


def _buttons(form: html.FormElement, label: str) -> Iterator[html.HtmlElement]:
    """The form's buttons of this label."""
    for button in form.iter("button", "input"):
        said = button.get("value", "") if button.tag == "input" else " ".join(button.text_content().split())
        if said == label and (button.tag == "button" or button.get("type") == "submit"):
            yield button


def _pressed(form: html.FormElement, label: str) -> Iterator[tuple[str, str]]:
    """What a form says of the button that it was sent by."""
    for button in _buttons(form, label) if label else ():
        if button.get("name"):
            yield button.get("name", ""), button.get("value", "")
        return


def _fill(form: html.FormElement, name: str, value: str) -> None:
    boxes = [each for each in form.iter("input") if each.get("name") == name and each.get("type") == "checkbox"]
    for box in boxes:
        if box.get("value") == value:
            box.set("checked", "")
    if not boxes:
        form.fields[name] = value

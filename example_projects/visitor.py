"""A visitor of a site, without JavaScript: keeps cookies, follows redirects, reads pages, fills in and sends forms."""

from types import TracebackType
from typing import Self

import httpx
from lxml import html


class StopFailedError(Exception):
    """What the visitor found is not what the tour promises; the message says where and what."""


class Visitor:
    """One person's browser on one site.

    Args:
        base_url: where the site answers, such as "http://127.0.0.1:8001".
        language: what the browser asks for, as an Accept-Language header.
    """

    def __init__(self, base_url: str, language: str = "en") -> None:
        headers = {"Accept-Language": language, "Sec-Fetch-Site": "same-origin"}
        self._http = httpx.Client(base_url=base_url, headers=headers, follow_redirects=True, timeout=30)
        self._url = httpx.URL(base_url)
        self._page: html.HtmlElement = html.Element("html")

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

    def send(self, **fields: str) -> None:
        """Fills in the page's first form that has all these fields and sends it, hidden fields included.

        Raises:
            StopFailedError: no form has these fields, or the site did not answer 200.
        """
        form = next((form for form in self._page.forms if fields.keys() <= set(form.fields.keys())), None)
        if form is None:
            raise StopFailedError(f"{self._url}: no form with the fields {', '.join(fields)}")
        for name, value in fields.items():
            form.fields[name] = value
        target, values = self._url.join(form.action or ""), dict(form.form_values())
        if form.method == "GET":
            self._read(self._http.get(target, params=values))
        else:
            self._read(self._http.post(target, data=values, headers=self._origin()))

    def should_see(self, *texts: str) -> None:
        """Looks for texts on the page, whatever stands between their words as white space.

        Raises:
            StopFailedError: one of them is not there.
        """
        text = " ".join(self._page.text_content().split())
        if missing := [wanted for wanted in texts if wanted not in text]:
            raise StopFailedError(f"{self._url}: not on the page: {', '.join(map(repr, missing))}")

    def _origin(self) -> dict[str, str]:
        return {"Origin": f"{self._url.scheme}://{self._url.netloc.decode()}", "Referer": str(self._url)}

    def _read(self, answer: httpx.Response) -> None:
        if answer.status_code != httpx.codes.OK:
            raise StopFailedError(f"{answer.request.method} {answer.url} answered {answer.status_code}")
        self._url = answer.url
        self._page = html.document_fromstring(answer.content)

"""Consent on a host's own form, whatever its framework: tests that each adapter runs on a site of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest
from lxml import html

from consentguard.guard import Guard
from consentguard.records import ConsentRecord
from consentguard.unsubscribe import ONE_CLICK

HERE = "https://clinic.example.com"
ADA = "ada@example.org"
SECTIONS = """
[purposes.newsletter]
title = { en = "Our <newsletter>", es = "Nuestro boletín" }
description = { en = "Once a month we write what is new.", es = "Una vez al mes contamos las novedades." }
basis = "consent"
ask = "form"
marketing = true
[categories.readers]
title = { en = "Readers", es = "Lectores" }
sources = { you = ["email"] }
purposes = ["newsletter"]
retention = { at_most = "P90D", from = "created" }
"""
"""What a policy of a controller called Example Clinic needs for the form."""
WORDS = (
    "I agree that Example Clinic uses my data for this: Our <newsletter>. Once a month we write what is new. "
    "I can take this back at any time."
)


@dataclass(frozen=True)
class Site:
    """A running site with a form at `/sign-up`: an e-mail address and a box, whose words are the policy's own.

    It answers with the id of the record, or with nothing; `?fails=1` lets it break off after the record was made.
    """

    client: httpx.Client
    guard: Callable[[], Guard]

    def page(self, language: str = "en") -> html.HtmlElement:
        """The form as a visitor sees it."""
        answer = self.client.get("/sign-up", headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return html.document_fromstring(answer.text)

    def send(self, mark: str | None, path: str = "/sign-up", **fields: str) -> httpx.Response:
        """The form as a browser sends it; without a mark the box was left alone."""
        sent = {"email": ADA, **fields} | ({} if mark is None else {"newsletter": mark})
        return self.client.post(path, data=sent, headers={"Accept-Language": "en"})

    def record(self, answer: httpx.Response) -> ConsentRecord:
        """The record that the site made of a form."""
        found = self.guard().consent.find(answer.text)
        assert found is not None, answer.text
        return found

    def acts(self) -> int:
        """How many acts the evidence has."""
        return self.guard().stores.entries.waiting()


def box(page: html.HtmlElement) -> html.HtmlElement:
    (found,) = page.xpath("//input[@name='newsletter']")
    assert isinstance(found, html.HtmlElement)
    return found


def words(page: html.HtmlElement) -> str:
    (label,) = page.xpath(f"//label[@for='{box(page).get('id')}']")
    return " ".join(label.text_content().split())


class Forms:
    """The tests. A subclass has the fixture `site`."""

    def test_a_box_is_not_ticked_and_has_words(self, site: Site) -> None:
        """Those of the policy, as text and not as HTML; in the language of the page; and nothing requires it."""
        page = site.page()
        assert (box(page).get("type"), box(page).get("checked"), box(page).get("required")) == ("checkbox", None, None)
        assert words(page).startswith(WORDS)
        assert "Nuestro boletín" in words(site.page("es"))

    def test_a_notice_stands_beside_the_form(self, site: Site) -> None:
        """What for, on which basis, for how long; and the ways to the policy and out, which lead somewhere."""
        (notice,) = site.page().xpath("//p[@class='privacy-just-in-time']")
        for told in ("Our <newsletter>", "your consent", "Up to 90 days", "at any time"):
            assert told in notice.text_content()
        addresses = notice.xpath(".//a/@href")
        assert len(addresses) == 2
        assert [site.client.get(address).status_code for address in addresses] == [200, 200]

    def test_a_ticked_box_is_recorded(self, site: Site) -> None:
        """With the very words that stood beside it, the form and the language; for the address that was given."""
        record = site.record(site.send(box(site.page()).get("value")))
        assert record.text == hashlib.sha256(WORDS.encode()).hexdigest()
        assert (record.accepted, record.component, record.language) == (("newsletter",), "SignUp", "en")
        assert (record.method, record.subject) == ("accept", site.guard().pseudonyms.of_address(ADA))
        site.guard().consent.require("newsletter", ADA)

    def test_what_is_recorded_is_what_was_read(self, site: Site) -> None:
        """A page that was opened in Spanish is agreed to in Spanish, whatever the browser asks for by then."""
        spanish = site.page("es")
        record = site.record(site.send(box(spanish).get("value")))
        assert (record.language, record.text) == ("es", hashlib.sha256(words(spanish).rstrip(":").encode()).hexdigest())

    @pytest.mark.parametrize("mark", [None, "", "false", "0"])
    def test_silence_is_no_consent(self, site: Site, mark: str | None) -> None:
        """A box that is left alone leaves no record, and the form goes through."""
        answer = site.send(mark)
        assert (answer.status_code, answer.text) == (200, "")
        assert site.acts() == 0

    @pytest.mark.parametrize("mark", ["0123456789abcdef", "x" * 10_000, "' OR 1=1 --"])
    def test_words_that_nobody_read_are_not_agreed_to(self, site: Site, mark: str) -> None:
        """A mark of other words shows the form again, with the box unticked and what is wrong."""
        answer = site.send(mark)
        assert "These words have changed" in answer.text
        assert box(html.document_fromstring(answer.text)).get("checked") is None
        assert site.acts() == 0

    def test_a_form_with_another_mistake_keeps_the_tick(self, site: Site) -> None:
        """What somebody ticked stays ticked while they mend the rest; nothing is recorded yet."""
        answer = site.send(box(site.page()).get("value"), email="")
        assert box(html.document_fromstring(answer.text)).get("checked") is not None
        assert site.acts() == 0

    def test_a_box_of_the_hosts_own_html_works(self, site: Site) -> None:
        """What it sends says nothing of its words, so the form's own are taken."""
        assert site.record(site.send("on")).language == "en"

    def test_the_record_falls_with_what_it_belongs_to(self, site: Site) -> None:
        """It is part of the host's transaction: where that breaks off, nobody has agreed."""
        assert site.send(box(site.page()).get("value"), "/sign-up?fails=1").status_code == 500
        assert site.acts() == 0

    def test_a_mail_is_ended_by_one_click_and_brought_back_by_consent(self, site: Site) -> None:
        """Without cookies, headers or a token of the framework's; and only the form brings the mails back."""
        mark = box(site.page()).get("value")
        site.send(mark)
        lists = site.guard().unsubscribe
        path = lists.link(ADA, "newsletter").removeprefix(HERE)
        one_click = {"Content-Type": "application/x-www-form-urlencoded"}
        with httpx.Client(transport=site.client._transport, base_url=HERE) as program:
            assert program.get(path).status_code == 200
            assert lists.allowed("newsletter", {ADA: None}) == {ADA}
            answer = program.post(path, content=ONE_CLICK, headers=one_click)
            assert (answer.status_code, answer.headers.get_list("Set-Cookie")) == (200, [])
            assert program.post(path, content=ONE_CLICK, headers=one_click).status_code == 200
            assert program.post(path[:-1], content=ONE_CLICK, headers=one_click).status_code == 404
        assert site.guard().unsubscribe.allowed("newsletter", {ADA: None}) == frozenset()
        site.send(mark)
        assert site.guard().unsubscribe.allowed("newsletter", {ADA: None}) == {ADA}

    def test_who_is_not_signed_in_is_shown_how_to_take_it_back(self, site: Site) -> None:
        """The page of agreements leads to the one that takes a receipt."""
        page = html.document_fromstring(site.client.get("/privacy/en/agreements").content)
        assert "/privacy/en/withdraw" in page.xpath("//article//a/@href")

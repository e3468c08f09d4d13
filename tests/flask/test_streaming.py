"""A file that is made as it is sent goes out piece by piece, while the app's context is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import current_app

from consentguard.web.messages import File, Outbound
from consentguard_flask import pages
from tests.flask.test_pages import make_app


def test_a_file_is_sent_as_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No piece is made before the one ahead of it is taken; each is made where the database's session is."""
    made: list[str] = []

    def content() -> Iterator[bytes]:
        for letter in "abc":
            made.append(f"{letter} of {current_app.name}")
            yield letter.encode()

    file = File(content=content(), name="copy.zip", media_type="application/zip")
    monkeypatch.setattr(pages, "answer", lambda *_: Outbound(file=file, private=True))
    answer = make_app(tmp_path).test_client().get("/privacy/policy", buffered=False)
    assert answer.headers["Content-Disposition"] == "attachment; filename=copy.zip"
    assert answer.mimetype == "application/zip"
    sent = iter(answer.response)
    assert (next(sent), made) == (b"a", ["a of site"])
    assert [*sent] == [b"b", b"c"]

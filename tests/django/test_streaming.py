"""A file that is made as it is sent goes out piece by piece, under WSGI and ASGI alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.test import AsyncClient, Client

from consentguard.web.messages import File, Outbound
from consentguard_django import views


class Pieces:
    """Three pieces: how many were made, and what came of them."""

    def __init__(self) -> None:
        self.made = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            for letter in (b"a", b"b", b"c"):
                self.made += 1
                yield letter
        finally:
            self.closed = True


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> Pieces:
    """What every page answers with."""
    made = Pieces()
    file = File(content=iter(made), name="copy.zip", media_type="application/zip")
    monkeypatch.setattr(views, "answer", lambda *_: Outbound(file=file, private=True))
    return made


@pytest.mark.django_db
def test_a_file_is_sent_as_it_is_made(pieces: Pieces) -> None:
    """No piece is made before the one ahead of it is taken, and what is left untaken is closed."""
    answer = Client(SERVER_NAME="localhost").get("/privacy/policy")
    assert answer.streaming
    assert answer["Content-Disposition"] == 'attachment; filename="copy.zip"'
    sent = iter(answer.streaming_content)  # type: ignore[attr-defined]
    assert (next(sent), pieces.made) == (b"a", 1)
    answer.close()
    assert pieces.closed


@pytest.mark.filterwarnings("error")
def test_an_async_server_sends_it_piece_by_piece_too(pieces: Pieces) -> None:
    """Django would else make all of them first, and warn."""

    async def read() -> list[tuple[bytes, int]]:
        answer = await AsyncClient(SERVER_NAME="localhost").get("/privacy/policy")
        return [(piece, pieces.made) async for piece in answer.streaming_content]  # type: ignore[attr-defined]

    assert asyncio.run(read()) == [(b"a", 1), (b"b", 2), (b"c", 3)]
    assert pieces.closed

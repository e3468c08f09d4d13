"""Views for those who are old enough: `@age_required`, and `age_claim()` for templates."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask.views import View

from consentguard.web.age.gate import turned_away
from consentguard.web.messages import Inbound
from consentguard_flask.pages import respond_with, url_for

__all__ = ["age_required"]

Viewed = TypeVar("Viewed", bound=Callable[..., Any])


def age_required(view: Viewed) -> Viewed:
    """Keep a view for those who have the age that the policy asks for: below `@app.route`.

    Whoever has not said it is led to the question and back, whoever is too young reads so with 403; a program gets 403
    with JSON. What is answered is kept by no shared cache. Works on functions, coroutine functions and classes of
    views. The view raises AgeError where the policy has nobody asked, so that it is never open by mistake.
    """
    if isinstance(view, type) and issubclass(view, View):
        view.decorators = [*view.decorators, age_required]
        return view

    @wraps(view)
    def answer(*args: Any, **params: Any) -> Any:
        here = f"{request.root_path}{request.full_path.rstrip('?')}"
        outbound = turned_away(g.privacy, _inbound(), here)
        return respond_with(outbound) if outbound else current_app.ensure_sync(view)(*args, **params)

    return answer  # type: ignore[return-value]


def age_claim() -> str:
    """`{% if age_claim() == "over" %}`: `over`, `under`, or nothing before the visitor has said it.

    A page that asks is one visitor's own, as caches are told.
    """
    return g.privacy.age or ""


def attach(app: Flask) -> None:
    """Give it to the app's templates."""
    app.add_template_global(age_claim)


def _inbound() -> Inbound:
    return Inbound(method="GET", headers=dict(request.headers), url_for=url_for)

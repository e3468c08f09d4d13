"""The gate of the second factor in a Django site: under WSGI and ASGI, on pages, in the admin, before grave views."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import Group, Permission
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View

from consentguard.records import SubjectRef
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.web.people import reference
from consentguard_django import checks, conf
from consentguard_django.admin.site import SecondFactorAdminSite, StepUpAdmin
from consentguard_django.conf import StartupError
from consentguard_django.second_factor import step_up, without_second_factor
from tests.django import settings
from tests.web_doors import OURS
from tests.web_factor import DATA, FACTOR, PAGE, RULES, Gate, Gates, place

MIDDLEWARE = [
    "tests.django.test_second_factor.without_tokens",
    *settings.MIDDLEWARE[:3],
    *settings.MIDDLEWARE[4:],
    "consentguard_django.second_factor.SecondFactorMiddleware",
]


def without_tokens(get_response: Any) -> Any:
    """Middleware of these tests: the forms of Django's admin need no token."""

    def respond(request: HttpRequest) -> HttpResponse:
        request._dont_enforce_csrf_checks = True
        return get_response(request)

    return respond


class Admin(SecondFactorAdminSite, AdminSite):
    """An admin that nobody enters without a second factor."""


admin = Admin(name="closed")
admin.register(get_user_model(), ModelAdmin)
admin.register(Group, ModelAdmin)


class Roles(StepUpAdmin, ModelAdmin):
    """Who may do what, in an admin that is not closed; with a page of its own."""

    def get_urls(self) -> list[Any]:
        return [path("promote/", self.admin_site.admin_view(page)), *super().get_urls()]


office = AdminSite(name="office")
office.register(get_user_model(), Roles)
office.register(Group, Roles)


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Page")


async def page_later(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Page")


@step_up("payout", 300)
def payout(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Paid")


@step_up("payout", dt.timedelta(minutes=5))
async def payout_later(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Paid")


@step_up("payout", 300)
class Payout(View):
    """The same as a class."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("Paid")


@step_up("payout", 300)
class PayoutLater(View):
    """The same with asynchronous handlers."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("Paid")


class PayoutByMethod(View):
    """The same on one method."""

    @method_decorator(step_up("payout", 300))
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("Paid")


@without_second_factor
def status(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Up")


def sign_in(request: HttpRequest) -> HttpResponse:
    login(request, get_user_model().objects.get(username=request.POST["who"]))
    return HttpResponse("In")


def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("Out")


pages = [
    path("page", page),
    path("later", page_later),
    path("payout", payout),
    path("payout/later", payout_later),
    path("payout/class", Payout.as_view()),
    path("payout/class-later", PayoutLater.as_view()),
    path("payout/method", PayoutByMethod.as_view()),
    path("status", status),
    path("login", sign_in, name="login"),
    path("logout", sign_out, name="logout"),
    path("admin/", admin.urls),
    path("office/", office.urls),
]
urlpatterns = [*pages, path("privacy/", include("consentguard_django.urls"))]
OURS_ELSEWHERE = include(([path("", include("consentguard_django.urls", namespace="rights"))], "legal"))
"""The same pages in namespaces of the site's own."""


@contextmanager
def queries() -> Iterator[Sequence[str]]:
    """What is asked of our tables, of groups and of permissions."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    words = ("consentguard_", "auth_group", "auth_permission")
    found += [
        each["sql"] for each in captured if each["sql"].startswith("SELECT") and any(w in each["sql"] for w in words)
    ]


@contextmanager
def running(folder: Path, rules: str = RULES, **more: Any) -> Iterator[FrozenClock]:
    """The clinic with these rules, its people, and a clock that a test moves."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + rules
    (folder / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(folder / "keyring.json")
    options = {"manifest": folder / "privacy.toml", "keyring": folder / "keyring.json"}
    more = {"ROOT_URLCONF": __name__, "LOGIN_URL": "login", **more}
    with override_settings(CONSENTGUARD=options, MIDDLEWARE=MIDDLEWARE, **more):
        clock = FrozenClock(dt.datetime.now(dt.UTC))
        conf.site().clock = clock
        people = get_user_model().objects
        people.create_user("customer")
        people.create_user("staff", is_staff=True, is_superuser=True)
        yield clock


def subject(who: str) -> SubjectRef:
    kind = get_user_model()
    return reference(conf.site(), kind._meta.db_table, kind.objects.get(username=who).pk)


def dump() -> str:
    """All that stands in the database."""
    connection.ensure_connection()
    return "\n".join(connection.connection.iterdump())


def gate_of(client: httpx.Client, clock: FrozenClock) -> Gate:
    return Gate(client, lambda: conf.guards().at(), subject, queries, clock.tick, dump)


@pytest.fixture
def gate(tmp_path: Path, transactional_db: None) -> Iterator[Gate]:
    with (
        running(tmp_path) as clock,
        httpx.Client(transport=httpx.WSGITransport(WSGIHandler()), base_url=OURS) as client,
    ):
        yield gate_of(client, clock)


class TestGates(Gates):
    """A Django site under WSGI."""

    @pytest.fixture
    def gate(self, gate: Gate) -> Gate:
        return gate


class TestGatesElsewhere:
    """One that has included our pages in namespaces of its own."""

    @pytest.fixture
    def gate(self, tmp_path: Path, transactional_db: None) -> Iterator[Gate]:
        with (
            running(tmp_path, ROOT_URLCONF=(*pages, path("privacy/", OURS_ELSEWHERE))) as clock,
            httpx.Client(transport=httpx.WSGITransport(WSGIHandler()), base_url=OURS) as client,
        ):
            yield gate_of(client, clock)

    test_nobody_is_led_in_a_circle = Gates.test_nobody_is_led_in_a_circle
    test_who_gave_no_factor_is_led_to_give_it = Gates.test_who_gave_no_factor_is_led_to_give_it
    test_who_has_no_factor_is_led_to_set_one_up = Gates.test_who_has_no_factor_is_led_to_set_one_up


@pytest.mark.parametrize("path", ["/payout/later", "/payout/class", "/payout/class-later", "/payout/method"])
def test_views_of_every_kind_ask_for_a_fresh_factor(gate: Gate, path: str) -> None:
    """Asynchronous ones, classes, and single methods of classes."""
    codes = gate.enrol("staff")
    gate.sign_in("staff")
    gate.give(codes[0])
    assert gate.page(path).text == "Paid"
    gate.later(dt.timedelta(minutes=6))
    assert place(gate.page(path)) == (FACTOR, {"again": ["1"], "next": [path]})


def test_a_view_may_stay_open(gate: Gate) -> None:
    """Where the site marks it so, or names it in its settings."""
    gate.sign_in("staff")
    assert gate.page("/status").text == "Up"


def test_the_gate_stands_in_an_asynchronous_site(tmp_path: Path, transactional_db: None) -> None:
    """For asynchronous and other views alike."""
    import anyio

    async def walk() -> list[int]:
        from asgiref.sync import sync_to_async

        transport = httpx.ASGITransport(ASGIHandler())
        async with httpx.AsyncClient(transport=transport, base_url=OURS) as client:
            seen = [
                (await client.get(each, headers=PAGE)).status_code
                for each in ("/page", "/later", "/payout/later", "/payout/class-later")
            ]
            await client.post("/login", data={"who": "staff"})
            seen += [(await client.get(each, headers=PAGE)).status_code for each in ("/page", "/later", FACTOR)]
            seen.append((await client.get("/later", headers=DATA)).status_code)
            gate = gate_of(httpx.Client(transport=httpx.WSGITransport(WSGIHandler())), clock)
            codes = await sync_to_async(gate.enrol)("staff")
            sent = {"answer": "recover", "code": codes[0]}
            await client.post(FACTOR, data=sent, headers={"Sec-Fetch-Site": "same-origin", "Origin": OURS})
            seen += [
                (await client.get(each, headers=PAGE)).status_code
                for each in ("/page", "/later", "/payout/later", "/payout/class-later")
            ]
            return seen

    with running(tmp_path) as clock:
        assert anyio.run(walk) == [200, 200, 303, 303, 303, 303, 200, 403, 200, 200, 200, 200]


@pytest.mark.parametrize(
    ("rule", "who", "asked"),
    [
        ("everyone", "customer", 303),
        ("superuser", "customer", 200),
        ("superuser", "staff", 303),
        ("group:Billing team", "customer", 303),
        ("group:Other", "customer", 200),
        ("permission:auth.delete_group", "customer", 303),
        ("permission:auth.add_group", "customer", 200),
        ("agents", "customer", 303),
        ("agents", "staff", 200),
    ],
)
def test_a_rule_is_about_roles_groups_and_permissions(
    tmp_path: Path, transactional_db: None, rule: str, who: str, asked: int
) -> None:
    """Those that Django knows, and roles that the site knows."""
    rules = f'[twofactor]\nrequired_for = ["{rule}"]\n'
    with running(tmp_path, rules if rule != "agents" else "[twofactor]\n") as clock:
        site = conf.site()
        if rule == "agents":
            (tmp_path / "privacy.toml").write_text(
                (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + rules, "utf-8"
            )
            options = {
                **site.host.options(),
                "has_role": lambda request, name: name == "agents" and request.user.username == "customer",
            }
            with override_settings(CONSENTGUARD=options):
                _walk(who, asked, clock)
            return
        customer = get_user_model().objects.get(username="customer")
        customer.groups.add(Group.objects.create(name="Billing team"))
        customer.user_permissions.add(Permission.objects.get(codename="delete_group"))
        _walk(who, asked, clock)


def _walk(who: str, asked: int, clock: FrozenClock) -> None:
    with httpx.Client(transport=httpx.WSGITransport(WSGIHandler()), base_url=OURS) as client:
        gate = gate_of(client, clock)
        gate.sign_in(who)
        assert gate.page().status_code == asked


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("agents", "has_role"),
        ("permission:nowhere.sell", "nowhere"),
        ("group:", "required_for"),
        ("Staff", "required_for"),
        ("permission:sell", "required_for"),
        ("team:billing", "required_for"),
    ],
)
def test_a_rule_that_names_nobody_stops_the_site(tmp_path: Path, rule: str, said: str) -> None:
    """With what is wrong, and what to do."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + f'[twofactor]\nrequired_for = ["{rule}"]\n'
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    with override_settings(CONSENTGUARD={"manifest": tmp_path / "privacy.toml"}), pytest.raises(StartupError) as caught:
        conf.guards()
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("middleware", "found"),
    [(MIDDLEWARE, 0), (settings.MIDDLEWARE, 1), ([MIDDLEWARE[-1], *MIDDLEWARE[:-1]], 1)],
    ids=["behind", "missing", "before"],
)
def test_a_check_says_that_nobody_is_asked(tmp_path: Path, middleware: list[str], found: int) -> None:
    """Where the middleware is missing, or knows nobody yet."""
    (tmp_path / "privacy.toml").write_text((settings.BASE_DIR / "privacy.toml").read_text("utf-8") + RULES, "utf-8")
    with override_settings(CONSENTGUARD={"manifest": tmp_path / "privacy.toml"}, MIDDLEWARE=middleware):
        messages = checks.check_second_factor()
    assert [each.id for each in messages] == ["consentguard.E041"] * found


def test_the_admin_leads_to_the_set_up_and_to_the_factor(tmp_path: Path, transactional_db: None) -> None:
    """Whatever the policy requires of whom; who is no staff is led to sign in, and whoever signs out gets out."""
    with (
        running(tmp_path, "[twofactor]\n") as clock,
        httpx.Client(transport=httpx.WSGITransport(WSGIHandler()), base_url=OURS) as client,
    ):
        gate = gate_of(client, clock)
        assert "/admin/login/" in gate.page("/admin/").headers["Location"]
        gate.sign_in("staff")
        assert place(gate.page("/admin/")) == (FACTOR, {"next": ["/admin/"]})
        codes = gate.enrol("staff")
        assert place(gate.page("/admin/")) == (FACTOR, {"again": ["1"], "next": ["/admin/"]})
        assert gate.data("/admin/").status_code == 403
        gate.give(codes[0])
        assert gate.page("/admin/").status_code == 200
        assert client.post("/admin/logout/").status_code == 200


def test_so_are_the_forms_of_the_pages_that_an_admin_of_roles_adds(gate: Gate) -> None:
    """Which stand in the class itself, in front of the mixin's."""
    codes, where = gate.enrol("staff"), "/office/clinic/member/promote/"
    gate.sign_in("staff")
    gate.give(codes[0])
    gate.later(dt.timedelta(minutes=16))
    headers = {**PAGE, "Host": "clinic.example.com", "Referer": f"{OURS}{where}"}
    assert gate.page(where).text == "Page"
    assert place(gate.client.post(where, headers=headers)) == (FACTOR, {"again": ["1"], "next": [where]})


@pytest.mark.parametrize("site", ["/admin", "/office"])
def test_roles_are_changed_right_after_a_factor(gate: Gate, site: str) -> None:
    """In an admin that is closed, and in one that is not by the mixin: whoever gave one an hour ago looks, and gives
    one again before a user or a group is changed, made or deleted, and before an action.
    """
    codes, key = gate.enrol("staff"), subject("customer").key
    gate.sign_in("staff")
    gate.give(codes[0])
    gate.later(dt.timedelta(minutes=16))
    chosen = {"action": "delete_selected", "_selected_action": key, "post": "yes"}
    sent: list[tuple[str, dict[str, str]]] = [
        (f"clinic/member/{key}/change/", {"is_staff": "on"}),
        ("clinic/member/add/", {"username": "eve"}),
        (f"clinic/member/{key}/delete/", {"post": "yes"}),
        ("clinic/member/", chosen),
        ("auth/group/add/", {"name": "Owners"}),
    ]

    def send(path: str, form: dict[str, str]) -> httpx.Response:
        headers = {**PAGE, "Host": "clinic.example.com", "Referer": f"{OURS}{site}/{path}"}
        return gate.client.post(f"{site}/{path}", data=form, headers=headers)

    for each, form in sent:
        assert gate.page(f"{site}/{each}").status_code == 200
        assert place(send(each, form)) == (FACTOR, {"again": ["1"], "next": [f"{site}/{each}"]})
    assert (get_user_model().objects.count(), Group.objects.count()) == (2, 0)
    gate.give(codes[1])
    assert {send(each, form).status_code for each, form in sent} <= {200, 302}
    assert list(Group.objects.values_list("name", flat=True)) == ["Owners"]

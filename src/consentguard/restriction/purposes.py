"""The purpose that personal data is used for now: `with purpose("analytics"):`, and what it limits."""

from __future__ import annotations

import datetime as dt
import inspect
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import ContextVar
from functools import cached_property, wraps
from types import TracebackType
from typing import Any, Literal, TypeVar, cast

from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import nearest
from consentguard.manifest.schema import Manifest
from consentguard.restriction.errors import (
    OutsidePurposeError,
    ProhibitedPurposeError,
    PurposeLimitationError,
    UndeclaredPurposeError,
)
from consentguard.restriction.uses import Use, hides, uses

Outside = Literal["allow", "report", "raise"]
STRICTNESS: tuple[Outside, ...] = ("allow", "report", "raise")
Function = TypeVar("Function", bound=Callable[..., Any])
REPORTS = logging.getLogger("consentguard.purposes")


class Limits:
    """What limits a query: the purpose that it is executed for, empty for none, and what the policy says of tables."""

    __slots__ = ("_purposes", "around", "block", "purpose")

    def __init__(
        self, purposes: Purposes | None, purpose: str = "", around: Limits | None = None, block: object = None
    ) -> None:
        """`around` is what holds again when the block of the purpose ends.

        `purposes` is None for those of the process as of each query: where none are installed by then, it is refused.
        """
        self._purposes = purposes
        self.purpose = purpose
        self.around = around
        self.block = block

    @property
    def purposes(self) -> Purposes:
        """What the policy says. Raises UndeclaredPurposeError before one is loaded."""
        return self._purposes or installed()

    def without(self, block: object) -> Limits | None:
        """What is left when a block ends, be it this one or one around it; all of it for one that began elsewhere."""
        if self.block is block or self.around is None:
            return self.around if self.block is block else self
        around = self.around.without(block)
        return self if around is self.around else Limits(self._purposes, self.purpose, around, self.block)

    @property
    def now(self) -> dt.datetime:
        """The moment that marks hold at."""
        return self.purposes.now()

    def admit(self, use: Use) -> None:
        """Let a query of a tagged table through, and report one outside of any purpose where the settings say so.

        Raises PurposeLimitationError or OutsidePurposeError.
        """
        self.check(use)
        if not self.purpose and self.purposes.outside == "report":
            self.purposes.report(use.label)

    def check(self, use: Use) -> None:
        """Raises PurposeLimitationError or OutsidePurposeError for a tagged table that may not be queried now."""
        if not self.purpose:
            if self.purposes.outside == "raise":
                hint = 'do it in `with consentguard.purpose("..."):`'
                raise OutsidePurposeError(f"{use.label} is queried outside of any purpose", hint=hint)
            return
        self.purposes.check(self.purpose)
        if use.only is not None and self.purpose not in use.only:
            allowed = ", ".join(sorted(use.only)) or "no purpose at all"
            message = f'{use.label} is queried for "{self.purpose}", and the policy allows its data for {allowed} alone'
            raise PurposeLimitationError(message, hint="`only_purposes` of its categories in privacy.toml says so")


class Purposes:
    """The purposes that the policies of a process declare and rule out; a site's own are `guard.purposes`."""

    def __init__(
        self,
        manifests: Sequence[Manifest],
        data_maps: Callable[[], Sequence[DataMap]],
        *,
        outside: Outside = "allow",
        now: Callable[[], dt.datetime],
    ) -> None:
        """The data maps are asked for with the first query that may be limited: models may not be imported yet."""
        self.declared = frozenset(name for manifest in manifests for name in manifest.purposes)
        self.prohibited = frozenset(name for manifest in manifests for name in manifest.prohibited)
        self.now = now
        self._data_maps = data_maps
        self.outside = outside
        self._counts: Counter[str] = Counter()
        always = outside != "allow" or any(map(hides, manifests))
        self.outside_limits = Limits(self) if always else None
        """What limits queries outside of any purpose, if anything does."""

    def enter(self, name: str) -> purpose:
        """A block, or a decorated function, in which data is used for this purpose of this site."""
        return purpose(name, of=self)

    def check(self, name: str) -> None:
        """Raises ProhibitedPurposeError or UndeclaredPurposeError for what data may not be used for."""
        if name in self.declared:
            return
        if name in self.prohibited:
            message = f'the policy rules out the purpose "{name}"'
            raise ProhibitedPurposeError(message, hint="[prohibited] in privacy.toml says so")
        message = f'the policy declares no purpose "{name}"'
        raise UndeclaredPurposeError(message, hint=nearest(name, self.declared, "purposes"))

    @cached_property
    def uses(self) -> Mapping[str, Use]:
        """What limits each tagged table, by label. Raises DataMapError."""
        return uses(self._data_maps())

    def report(self, label: str) -> None:
        """Log that a tagged table was queried for no purpose: the first time, the tenth, the hundredth and so on."""
        self._counts[label] += 1
        count = self._counts[label]
        if count == 10 ** (len(str(count)) - 1):
            REPORTS.warning("%s was queried outside of any purpose (%d times by now)", label, count)


class _Installed:
    purposes: Purposes | None = None
    outside: Limits | None = None


_GENERATOR = "{} is a generator, which runs in the purpose of who reads it: decorate that, or return a list"
_active: ContextVar[Limits | None] = ContextVar("consentguard_purpose", default=None)


class purpose:  # noqa: N801 - it is read as a word: `with purpose("analytics"):`
    """Use personal data for a purpose: a block, or a decorated function, async ones too.

    Queries of tagged models that are executed inside leave out whoever restricted or objects to that use. Raises
    UndeclaredPurposeError or ProhibitedPurposeError when it begins. A purpose inside another takes its place.
    """

    def __init__(self, name: str, *, of: Purposes | None = None) -> None:
        """`of` is a site's own `guard.purposes`, where several sites live in the process."""
        self.name = name
        self._of = of

    def __enter__(self) -> str:
        purposes = self._of or installed()
        purposes.check(self.name)
        _active.set(Limits(purposes, self.name, _active.get(), self))
        return self.name

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        active = _active.get()
        _active.set(active and active.without(self))

    def __call__(self, function: Function) -> Function:
        """The function, in this purpose. Raises TypeError for a generator, which would end outside of it."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(_GENERATOR.format(function.__qualname__))

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with purpose(self.name, of=self._of):
                return self._kept(function(*args, **kwargs), function)

        @wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with purpose(self.name, of=self._of):
                return self._kept(await function(*args, **kwargs), function)

        return cast("Function", awaited if inspect.iscoroutinefunction(function) else called)

    def _kept(self, result: Any, function: Callable[..., Any]) -> Any:
        """A result that does its work later, in this purpose too: what is awaited, and a page that is rendered."""
        if inspect.isgenerator(result) or inspect.isasyncgen(result):
            raise TypeError(_GENERATOR.format(getattr(function, "__qualname__", type(function).__name__)))
        if inspect.iscoroutine(result):
            return self._awaited(result)
        if getattr(result, "is_rendered", True) is False:
            self._rendered(result)
        return result

    async def _awaited(self, result: Coroutine[Any, Any, Any]) -> Any:
        with purpose(self.name, of=self._of):
            return await result

    def _rendered(self, page: Any) -> None:
        def render() -> Any:
            del page.render  # a rendered page may be pickled for a cache
            with purpose(self.name, of=self._of):
                return page.render()

        page.render = render


class carried(purpose):  # noqa: N801 - as `purpose`
    """A purpose that was entered in another process: where it is none here, no tagged model may be queried inside.

    The same holds where no policy is loaded yet, until one is.
    """

    def __enter__(self) -> str:
        _active.set(Limits(self._of, self.name, _active.get(), self))
        return self.name


def current_purpose() -> str | None:
    """The purpose that data is used for now; None outside of any."""
    active = _active.get()
    return active.purpose if active else None


def current_limits() -> Limits | None:
    """What limits a query that is executed now; None where nothing does."""
    return _active.get() or _Installed.outside


def install(purposes: Purposes) -> None:
    """Make these the purposes of the process, in place of those before."""
    _Installed.purposes, _Installed.outside = purposes, purposes.outside_limits


def uninstall() -> None:
    """Leave the process without purposes, as at its start."""
    _Installed.purposes = _Installed.outside = None


def installed() -> Purposes:
    """The purposes of the process. Raises UndeclaredPurposeError before a policy is loaded."""
    if _Installed.purposes is None:
        hint = "Django: `django.setup()`; Flask: ConsentGuard(app, db); else `Guards(host).install()`"
        raise UndeclaredPurposeError("no policy is loaded that declares purposes", hint=hint)
    return _Installed.purposes


def strictest(modes: Sequence[Outside]) -> Outside:
    """What holds outside of purposes where several sites say so."""
    return max(modes, key=STRICTNESS.index, default="allow")

"""A host's settings for consentguard: one table of options, checked at start-up, the same in every framework."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, cast, get_args

from consentguard.errors import SettingsError

Coverage = Literal["report", "new-only", "strict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the policy stands and how strictly the data map is checked.

    `manifest` is the policy file; `published` the folder where `consentguard publish` records each version;
    `baseline` the committed list of gaps that `coverage = "new-only"` puts up with.
    """

    manifest: Path
    published: Path
    baseline: Path
    coverage: Coverage = "report"

    @classmethod
    def of(cls, options: Mapping[str, object], root: Path) -> Settings:
        """Read a host's options (lower or upper case keys); relative paths start at `root`.

        Raises SettingsError for an unknown option or a value that is not one of those possible.
        """
        given = {str(key).lower(): value for key, value in options.items()}
        known = [field.name for field in fields(cls)]
        for key in given:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"the options are {', '.join(known)}"
                raise SettingsError(f"consentguard has no option {key!r}", hint=hint)
        coverage = given.get("coverage", "report")
        if coverage not in get_args(Coverage):
            raise SettingsError(
                f"coverage is {coverage!r}", hint=f"it is one of {', '.join(map(repr, get_args(Coverage)))}"
            )
        manifest = root / _path(given, "manifest", "privacy.toml")
        return cls(
            manifest=manifest,
            published=root / _path(given, "published", str(manifest.with_suffix(".published"))),
            baseline=root / _path(given, "baseline", str(manifest.with_suffix(".baseline.json"))),
            coverage=cast(Coverage, coverage),
        )


def _path(given: Mapping[str, object], key: str, default: str) -> Path:
    value = given.get(key, default)
    if not isinstance(value, (str, Path)):
        raise SettingsError(f"{key} is {value!r}", hint="it is a path, as a string or a pathlib.Path")
    return Path(value)

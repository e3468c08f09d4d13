"""`consentguard publish`: write the policy's pages and records, and record the version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec
from rich.text import Text

from consentguard.cli.host import site as site_of
from consentguard.cli.place import of_a_site
from consentguard.cli.report import FOUND, change_line, finding_line, from_here, print_lines
from consentguard.findings import Finding
from consentguard.manifest.diff import Change, diff
from consentguard.manifest.references import is_place, place_hint
from consentguard.manifest.vocabulary import REGION
from consentguard.publish.press import Press
from consentguard.publish.versions import Version, Versions, pretty, write
from consentguard.site import Site


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run did: `state` is `published`, `unchanged`, `draft` or `refused`; only the last has no `folder`."""

    state: str
    version: str
    folder: str
    changes: tuple[Change, ...]
    errors: tuple[Finding, ...]


def _place(_: click.Context, __: click.Parameter, code: str | None) -> str | None:
    """A jurisdiction that there is; a draft for people of nowhere would leave out all that holds somewhere."""
    if code is None or (re.fullmatch(REGION, code) and is_place(code)):
        return code
    raise click.BadParameter(f"{code!r} is no region: {place_hint(code)}")


@click.command("publish")
@click.option("--draft", is_flag=True, help="Write a watermarked draft, and record nothing.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder to write to.")
@click.option("--language", "languages", multiple=True, help="Only this language (a draft; may be repeated).")
@click.option("--jurisdiction", callback=_place, help="Only what holds for people there, such as GT or EEA (a draft).")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@of_a_site
@click.pass_context
def command(
    context: click.Context,
    draft: bool,
    out: Path | None,
    languages: tuple[str, ...],
    jurisdiction: str | None,
    dry_run: bool,
    as_json: bool,
    site: str,
) -> None:
    """Write the policy's pages and records, and record the version.

    Exit code 1 when an error of lint keeps the policy a draft, or when what people drafted in the site's admin is not
    in the policy; 2 for bad input.
    """
    published = site_of(context, site)
    if (languages or jurisdiction) and not draft:
        raise click.UsageError("A version is published in every language and for everyone: add --draft.")
    known = published.policy.manifest.site.languages
    if unknown := sorted(set(languages) - set(known)):
        raise click.UsageError(f"The site has no language {', '.join(unknown)}; it has {', '.join(known)}.")
    outcome = _Run(published, languages or tuple(known), jurisdiction, out, dry_run).go(draft=draft)
    if as_json:
        click.echo(pretty(msgspec.to_builtins(outcome)), nl=False)
    else:
        print_lines(_told(outcome, from_here(published.settings.manifest), dry_run))
    context.exit(FOUND if outcome.state == "refused" else 0)


@dataclass(frozen=True)
class _Run:
    """One run of the command."""

    site: Site
    languages: Sequence[str]
    jurisdiction: str | None
    out: Path | None
    dry: bool

    def go(self, *, draft: bool) -> Outcome:
        """Write a draft or publish a version, unless nothing changed or an error is left."""
        policy, version = self.site.policy, self.site.version
        versions = Versions(self.site.settings.published if draft or self.out is None else self.out)
        latest = versions.latest()
        errors = tuple(finding for finding in self.site.weaknesses() if finding.severity == "error")
        changes = diff(versions.manifest(latest.version), policy.manifest) if latest else ()
        drafted = tuple(self.site.host.draft_findings(policy.manifest))
        if draft:
            state, folder = "draft", self._draft(errors)
        elif errors or drafted:
            # nothing is taken over by itself: what is published is what somebody read in the file
            state, folder, errors = "refused", "", (*errors, *drafted)
        elif latest and latest.version == version:
            state, folder = "unchanged", str(versions.folder / version)
        else:
            state, folder = "published", self._publish(versions, version, changes)
        return Outcome(state=state, version=version, folder=folder, changes=changes, errors=errors)

    def _draft(self, errors: tuple[Finding, ...]) -> str:
        folder = self.out or self.site.settings.manifest.with_suffix(".draft")
        published = self.site.settings.published
        if folder.resolve().is_relative_to(published.resolve()):
            raise click.UsageError(f"{published} holds the published versions, which never change: draft elsewhere.")
        press = Press(
            policy=self.site.policy,
            data_map=self.site.data_map,
            today=self.site.today(),
            languages=self.languages,
            jurisdiction=self.jurisdiction,
            draft=True,
            errors=errors,
            consent=self.site.consent_policy.published,
        )
        if not self.dry:
            write(press.files(), folder)
        return str(folder)

    def _publish(self, versions: Versions, version: str, changes: tuple[Change, ...]) -> str:
        site, today = self.site, self.site.today()
        entry = Version(
            version=version,
            published=today,
            manifest=site.policy.digest,
            material=[change.where for change in changes if change.material],
        )
        press = Press(
            policy=site.policy,
            data_map=site.data_map,
            today=today,
            languages=self.languages,
            consent=site.consent_policy.published,
        )
        if not self.dry:
            versions.add(entry, press.files())
        return str(versions.folder / version)


def _told(outcome: Outcome, manifest: Path, dry: bool) -> Iterator[Text]:
    states = {
        "published": f"Published: version {outcome.version} in {outcome.folder}",
        "unchanged": f"Nothing changed: version {outcome.version} is in force.",
        "draft": f"Written as a draft: {outcome.folder}",
        "refused": f"Not published: findings are left ({len(outcome.errors)}). `--draft` writes a draft.",
    }
    yield Text(f"{states[outcome.state]}{' (dry run: nothing was written)' if dry else ''}")
    yield from (finding_line(error, manifest) for error in outcome.errors)
    yield from map(change_line, outcome.changes)

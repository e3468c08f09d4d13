"""`manage.py consentguard cookies`: the groups of django-cookie-consent as drafts of the policy, and its log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.host import site as site_of
from consentguard.cli.place import bar, of_a_place, of_a_site
from consentguard.cli.report import change_line, from_here, print_lines
from consentguard.consent.drafts import GONE, Draft, differences, merged
from consentguard.manifest.diff import Change, diff
from consentguard.manifest.load import Policy, loads
from consentguard_django.cookie_consent import groups, log


@click.group("cookies")
def command() -> None:
    """Exchange [cookies] of the policy with the admin of django-cookie-consent, and take its log over."""


@command.command("pull")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--prune", is_flag=True, help="Take services out of the policy that are in no group of the admin.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
@of_a_site
@click.pass_context
def pull(context: click.Context, dry_run: bool, prune: bool, as_json: bool, site: str) -> None:
    """Write the groups of the admin into [cookies] of privacy.toml; its order and its comments stay.

    A group is a service by its name, its cookies are the service's names, and a required one is essential. What the
    admin does not know stays as it is, such as lifetimes, providers and frames.
    """
    policy = site_of(context, site).policy
    with groups.answering():
        found = groups.drafted()
    if not found.drafts:
        raise groups.DraftError("the admin has no group", hint="make them with `manage.py consentguard cookies push`")
    text = merged(policy, found.drafts, prune=prune)
    after = _checked(text, policy, found.drafts)
    changes = diff(policy.manifest, after.manifest)
    if changes and not dry_run:
        _write(policy.path, text)
    gone = [name for name, keys in differences(after.manifest, found.drafts) if keys == (GONE,)]
    if as_json:
        facts = {"changes": [asdict(change) for change in changes], "gone": gone, "notes": found.notes}
        click.echo(json.dumps({"dry_run": dry_run, **facts}, indent=2, ensure_ascii=False))
    else:
        print_lines(_told(policy.path, changes, gone, found.notes, dry_run))


@command.command("push")
@click.option("--overwrite", is_flag=True, help="Change groups that are there to what the policy says.")
@of_a_site
@click.pass_context
def push(context: click.Context, overwrite: bool, site: str) -> None:
    """Make a group in the admin of each service of [cookies] that has none there. No group is ever deleted."""
    done = groups.fill(site_of(context, site).policy.manifest, overwrite=overwrite)
    print_lines([Text(line) for line in done] or [Text("Nothing to do: the admin has every service.")])


@command.command("import")
@click.option("--dry-run", is_flag=True, help="Count what would be taken over, and write nothing.")
@of_a_place
@click.pass_context
def import_log(context: click.Context, dry_run: bool, site: str, database: str) -> None:
    """Take the log of django-cookie-consent over into the evidence, and seal it. What is there is not taken twice."""
    guard, total = guard_of(context, site, database), log.length()
    guard.stores.transactions.outside()
    with bar("importing", total) as advance:
        new = log.take_log_over(guard.consent, dry_run=dry_run, progress=advance)
    if dry_run:
        click.echo(f"Would be imported: {new} of {total} (dry run: nothing was written).")
        return
    guard.evidence.seal(everything=True)  # these entries are older than a sealer looks for by itself
    click.echo(f"Imported: {new} of {total}; {total - new} were there already.")


def _checked(text: str, policy: Policy, drafted: Sequence[Draft]) -> Policy:
    """The policy that the new text is. Raises ManifestError, or DraftError where the file is laid out so that a
    program cannot edit it.
    """
    after = loads(text, policy.path)
    left = [name for name, keys in differences(after.manifest, drafted) if keys != (GONE,)]
    if left:
        hint = "write each service as a table [cookies.name] of its own, and pull again"
        raise groups.DraftError(f"{policy.path} cannot be edited at {', '.join(left)}", hint=hint)
    return after


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a site may start meanwhile."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, "utf-8", newline="")
        beside.chmod(path.stat().st_mode)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise groups.DraftError(f"{path} cannot be written: {error.strerror}", hint="check its folder") from None


def _told(
    path: Path, changes: Sequence[Change], gone: Sequence[str], notes: Sequence[str], dry: bool
) -> Iterator[Text]:
    yield from map(change_line, changes)
    yield from (Text(f"note: {note}", "dim") for note in notes)
    yield from (Text(f"cookies.{name}: in no group of the admin; --prune takes it out", "yellow") for name in gone)
    if not changes:
        yield Text(f"{from_here(path)} says what the admin says.")
    elif dry:
        yield Text(f"{from_here(path)} would change (dry run: nothing was written).")
    else:
        yield Text(f"Wrote {from_here(path)}: read it, and publish.")

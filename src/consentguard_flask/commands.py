"""`flask consentguard`: the commands of the core, and `create-tables` for apps without migrations."""

from __future__ import annotations

import click
import sqlalchemy as sa

from consentguard import cli
from consentguard_flask.databases import Bound
from consentguard_flask.host import FlaskHost
from consentguard_flask.sqlalchemy.mistakes import translated

CREATE_TABLES = "create-tables"


class Commands(cli.Commands):
    """The group of an app's own commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, without importing any."""
        return sorted([*super().list_commands(ctx), CREATE_TABLES])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command by its name."""
        return create_tables if cmd_name == CREATE_TABLES else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their one-line help, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted({**cli.COMMANDS, CREATE_TABLES: create_tables.get_short_help_str()}.items()))


def group(name: str, host: FlaskHost) -> click.Group:
    """The commands of one app."""
    return Commands(name, params=cli.group.params, help=cli.group.help, context_settings={"obj": host})


@click.command(CREATE_TABLES)
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@click.pass_obj
def create_tables(host: FlaskHost, dry_run: bool) -> None:
    """Make consentguard's own tables in every database of the app.

    A table that is there already stays as it is, with its rows. An app with Alembic or Flask-Migrate does not need
    this: its migrations see the tables like those of its models.
    """
    for name, bound in host.databases().all().items():
        with translated(name):
            there = _existing(bound)
            missing = [table for table in bound.tables.all() if table not in there]
            if missing and not dry_run:
                missing[0].metadata.create_all(bound.engine, tables=missing)
        for table in bound.tables.all():
            made = "would be made" if dry_run else "made"
            click.echo(f"{name}: {table.fullname} {'is there already' if table in there else made}")


def _existing(bound: Bound) -> list[sa.Table]:
    inspector = sa.inspect(bound.engine)
    return [table for table in bound.tables.all() if inspector.has_table(table.name, schema=table.schema)]

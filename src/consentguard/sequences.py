"""SQL by which PostgreSQL never gives a key that a row was already added with."""

from __future__ import annotations


def advance(table_sql: str, column_sql: str, places: tuple[str, str] = ("%s", "%s")) -> str:
    """The statement that lets a table's sequence go on behind the greatest key; it never goes back.

    `table_sql` and `column_sql` are quoted. Its two parameters, written as `places`, are the quoted table once more
    and the bare name of the column, as `pg_get_serial_sequence` takes them; without a sequence nothing happens.
    """
    return f"""SELECT setval(of.sequence, rows.greatest)
        FROM (SELECT CAST(pg_get_serial_sequence({places[0]}, {places[1]}) AS regclass) AS sequence) AS of,
             (SELECT max({column_sql}) AS greatest FROM {table_sql}) AS rows
        WHERE of.sequence IS NOT NULL AND rows.greatest > coalesce(pg_sequence_last_value(of.sequence), 0)"""  # noqa: S608 - names that are quoted

"""Make the database refuse to change or delete rows of tables that only grow; for migrations (see 0002)."""

from collections.abc import Iterable

from alembic import op

ACTS = ("update", "delete")


def only_grow(tables: Iterable[str]) -> None:
    """Put the guards on some tables. On PostgreSQL the function of revision 0002 is what they call."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in tables:
        if not on_sqlite:
            op.execute(
                f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()"
            )
            continue
        for act in ACTS:
            op.execute(
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )


def may_change(tables: Iterable[str]) -> None:
    """Take the guards off some tables."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in tables:
        if not on_sqlite:
            op.execute(f"DROP TRIGGER {table}_only_grows ON {table}")
            continue
        for act in ACTS:
            op.execute(f"DROP TRIGGER {table}_no_{act}")

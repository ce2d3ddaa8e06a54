"""The migrations build what the tables say, on both databases, and can be taken back."""

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from storage.database import Store
from storage.migrations import HEAD, running


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    if request.param == "sqlite":
        store = Store(tmp_path)
    else:
        store = Store(request.getfixturevalue("new_database")("template0"), data_dir=tmp_path)
    yield store
    store.close()


def schema(store: Store) -> dict[str, object]:
    """Return tables, columns, keys and indexes, as the database has them."""
    seen = inspect(store.engine)
    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in seen.get_columns(table)
            ],
            "key": seen.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted(
                (str(f["name"]), f["constrained_columns"], f["referred_table"])
                for f in seen.get_foreign_keys(table)
            ),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in seen.get_unique_constraints(table)),
            "indexes": sorted(
                (str(i["name"]), i["column_names"], i["unique"]) for i in seen.get_indexes(table)
            ),
        }
        for table in sorted(seen.get_table_names())
        if table != "alembic_version"
    }


def test_the_newest_revision_is_the_one_that_a_start_looks_for(empty):
    with running._one_at_a_time(empty.engine) as connection:
        heads = ScriptDirectory.from_config(running.configuration(connection)).get_heads()

    assert heads == [HEAD]


def test_migrations_and_tables_say_the_same(empty):
    assert empty.upgrade()

    running.check(empty.engine)
    assert len(schema(empty)) > 20


def test_books_built_by_migrations_equal_books_built_from_the_tables(empty):
    empty.upgrade()
    migrated = schema(empty)
    running.downgrade(empty.engine, "base")
    assert schema(empty) == {}

    SQLModel.metadata.create_all(empty.engine)

    assert schema(empty) == migrated


def test_every_revision_goes_up_down_and_up_again(empty):
    running.upgrade(empty.engine)
    first = schema(empty)

    for _ in range(2):
        running.downgrade(empty.engine, "-1")
    running.upgrade(empty.engine)

    assert schema(empty) == first
    assert empty.revision() == HEAD


def test_books_that_are_up_to_date_are_left_alone(empty):
    assert empty.revision() is None
    assert empty.upgrade()
    assert not empty.upgrade()


def test_constraints_bear_names_that_a_migration_can_find_again(empty):
    empty.upgrade()
    names = [
        constraint.name
        for table in SQLModel.metadata.tables.values()
        for constraint in [*table.constraints, *table.indexes]
        if not (table.name in {"journal", "seal"} and constraint.name is None)
    ]

    assert len(names) > 50
    assert all(names)


def test_a_migration_that_would_lose_what_others_refer_to_changes_nothing(tmp_path):
    store = Store(tmp_path)
    store.upgrade()

    with pytest.raises(RuntimeError, match="name rows which are gone"):  # noqa: SIM117
        with running._one_at_a_time(store.engine) as connection:
            connection.execute(
                text(
                    "INSERT INTO channel (person_id, kind, value, state) VALUES (99, 'email', 'a@example.org', 'active')"
                )
            )

    with store.reading() as session:
        assert session.connection().execute(text("SELECT count(*) FROM channel")).scalar() == 0
    store.close()

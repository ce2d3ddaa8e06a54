"""What Alembic runs: every table of the books, batch operations for SQLite, one transaction."""

from importlib import import_module
from pkgutil import iter_modules

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

import storage

# Every module of the folder may declare tables; a list by hand would one day forget one.
for module in iter_modules(storage.__path__):
    if not module.ispkg:
        import_module(f"storage.{module.name}")


def migrate(connection: Connection) -> None:
    """Run the migrations on a connection, inside the transaction that its owner began."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="sqltypes.",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    # A developer writes a revision: alembic -c storage/migrations/alembic.ini -x url=... revision --autogenerate
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as own:
        migrate(own)

"""The PS's own layouts, and with which of them each listado definitivo was made."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

from storage.migrations.guards import may_change, only_grow

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("layout",)


def upgrade() -> None:
    op.create_table(
        "layout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("key", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_layout_entry_id_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_layout_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layout")),
    )
    with op.batch_alter_table("layout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_layout_provider"), ["provider"], unique=False)
        batch_op.create_index(batch_op.f("ix_layout_sha256"), ["sha256"], unique=False)
    only_grow(TABLES)
    op.add_column(
        "list_version",
        sa.Column("layout_sha256", sqltypes.AutoString(length=64), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("list_version", "layout_sha256")
    may_change(TABLES)
    with op.batch_alter_table("layout", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_layout_sha256"))
        batch_op.drop_index(batch_op.f("ix_layout_provider"))
    op.drop_table("layout")

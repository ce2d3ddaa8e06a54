"""Prints of lists and their rubrics, what left for the Prestador de Servicios line by line, and who acted for whom.

All of it only grows, as the journal does.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

from storage.migrations.guards import may_change, only_grow

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("list_print", "rubric", "provider_release", "released_line")


def upgrade() -> None:
    op.create_table(
        "list_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("part", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("signers", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("made_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_list_print_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_print")),
        sa.UniqueConstraint("version_id", "part", "signers", name="uq_list_print_identity"),
    )
    with op.batch_alter_table("list_print", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_print_version_id"), ["version_id"], unique=False)

    op.create_table(
        "rubric",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("step", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("role", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting_for", sqltypes.AutoString(length=300), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_rubric_entry_id_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_rubric_person_id_person")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_rubric_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric")),
    )
    with op.batch_alter_table("rubric", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rubric_version_id"), ["version_id"], unique=False)

    op.create_table(
        "provider_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting_for", sqltypes.AutoString(length=300), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("layout", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("protection", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("file_sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("sent_sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("digest", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("seal", sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_provider_release_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_provider_release_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_release")),
    )
    with op.batch_alter_table("provider_release", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_release_version_id"), ["version_id"], unique=False)

    op.create_table(
        "released_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("reference", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("seal", sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["provider_release.id"], name=op.f("fk_released_line_release_id_provider_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_released_line")),
        sa.UniqueConstraint("release_id", "reference", name="uq_released_line_reference"),
    )
    op.add_column(
        "step",
        sa.Column("acting_for", sqltypes.AutoString(length=300), nullable=False, server_default=""),
    )
    only_grow(TABLES)


def downgrade() -> None:
    may_change(TABLES)
    op.drop_column("step", "acting_for")
    op.drop_table("released_line")
    with op.batch_alter_table("provider_release", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_release_version_id"))

    op.drop_table("provider_release")
    with op.batch_alter_table("rubric", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rubric_version_id"))

    op.drop_table("rubric")
    with op.batch_alter_table("list_print", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_list_print_version_id"))

    op.drop_table("list_print")

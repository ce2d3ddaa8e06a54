"""That CACyPCS let an OOAD list more people than its number, with the document."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "headcount_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("vrs", sa.Integer(), nullable=False),
        sa.Column("pvr", sa.Integer(), nullable=False),
        sa.Column("document", sqltypes.AutoString(length=255), nullable=False),
        sa.Column("blob_sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("reason", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("granted_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_headcount_exception_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_headcount_exception_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_headcount_exception_person_id_person")
        ),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_headcount_exception_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headcount_exception")),
    )
    with op.batch_alter_table("headcount_exception", schema=None) as batch_op:
        batch_op.create_index("ix_headcount_exception_case_unit", ["case_id", "unit"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("headcount_exception", schema=None) as batch_op:
        batch_op.drop_index("ix_headcount_exception_case_unit")

    op.drop_table("headcount_exception")

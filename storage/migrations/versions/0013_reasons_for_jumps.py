"""Why a list has many more or fewer people than in the period before."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

from storage.migrations.guards import may_change, only_grow

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LEVELS = ("LVP", "LVR", "LVO", "LVN", "LD")


def upgrade() -> None:
    op.create_table(
        "jump_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(*LEVELS, name="listlevel", native_enum=False, create_constraint=False, length=32),
            nullable=False,
        ),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("role", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_jump_reason_case_id_case_file")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_jump_reason_entry_id_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_jump_reason_person_id_person")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_jump_reason_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jump_reason")),
    )
    op.create_index("ix_jump_reason_case_level_unit", "jump_reason", ["case_id", "level", "unit"])
    only_grow(["jump_reason"])


def downgrade() -> None:
    may_change(["jump_reason"])
    op.drop_index("ix_jump_reason_case_level_unit", table_name="jump_reason")
    op.drop_table("jump_reason")

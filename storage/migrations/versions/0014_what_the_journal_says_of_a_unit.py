"""What the journal says of a unit is found without reading all of an expediente."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_kind"))
        batch_op.create_index("ix_journal_kind_unit", ["kind", "unit", "case_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_kind_unit")
        batch_op.create_index(batch_op.f("ix_journal_kind"), ["kind"], unique=False)

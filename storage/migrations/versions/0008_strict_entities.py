"""An OOAD may refuse volunteers of other entities (V-021, AC-20)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("strict_entities", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # The default served the rows that were there; the tables know none.
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.alter_column("strict_entities", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_column("strict_entities")

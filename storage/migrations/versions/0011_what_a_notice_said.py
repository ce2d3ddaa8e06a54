"""What a notice said of the place and of what to bring, so that a change of either is told."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not as a batch: the guards of the table stay on it.
    op.add_column(
        "notice", sa.Column("said", sqltypes.AutoString(length=40), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("notice", "said")

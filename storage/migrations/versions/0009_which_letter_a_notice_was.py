"""A notice is found by the letter that carried it, to note that it left."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notice_letter_id", "notice", ["letter_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_notice_letter_id", table_name="notice")

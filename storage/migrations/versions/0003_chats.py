"""Conversations, link codes and buttons of the chat."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kind", sa.Enum("private", "group", name="chatkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("active", "bouncing", "revoked", name="channelstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("linked_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("revoked_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("dialogue", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("last_update_id", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("paced_from", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("paced", sa.Integer(), nullable=False),
        sa.Column("joins", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_chat_person_id_person")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_chat_volunteer_id_volunteer")
        ),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat")),
    )
    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chat_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "link_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("issued_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_link_code_issued_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_code_person_id_person")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_link_code_volunteer_id_volunteer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_code_code_hash")),
    )
    with op.batch_alter_table("link_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_code_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_code_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "chat_button",
        sa.Column("token", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("act", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("value", sqltypes.AutoString(length=200), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.chat_id"], name=op.f("fk_chat_button_chat_id_chat")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_chat_button")),
    )
    with op.batch_alter_table("chat_button", schema=None) as batch_op:
        batch_op.create_index("ix_chat_button_sheet", ["chat_id", "sheet"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("chat_button", schema=None) as batch_op:
        batch_op.drop_index("ix_chat_button_sheet")

    op.drop_table("chat_button")
    with op.batch_alter_table("link_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_code_volunteer_id"))
        batch_op.drop_index(batch_op.f("ix_link_code_person_id"))

    op.drop_table("link_code")
    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chat_volunteer_id"))
        batch_op.drop_index(batch_op.f("ix_chat_person_id"))

    op.drop_table("chat")

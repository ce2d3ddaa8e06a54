"""The delivery period: payees and their notices, progress, payout cases; a volunteer's telephone.

Notices, progress and what happened to a payout case only grow, as the journal does.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

from storage.migrations.guards import only_grow

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("notice", "payout_event", "progress")


def upgrade() -> None:
    op.create_table(
        "office_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("office", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_office_choice_person_id_person")),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_office_choice_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_choice")),
        sa.UniqueConstraint("unit", "locality", name="uq_office_choice_locality"),
    )
    op.create_table(
        "progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("payees", sa.Integer(), nullable=False),
        sa.Column("collected", sa.Integer(), nullable=False),
        sa.Column("with_problem", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("telegram", "verbal", name="progresssource", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("note", sqltypes.AutoString(length=240), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_progress_case_id_case_file")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_progress_entry_id_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_progress_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress")),
    )
    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.create_index("ix_progress_case_id_unit", ["case_id", "unit"], unique=False)

    op.create_table(
        "payee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("pac", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("reference", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name_norm", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=3), nullable=False),
        sa.Column("in_list", sa.Boolean(), nullable=False),
        sa.Column("office", sqltypes.AutoString(length=32), nullable=False),
        sa.Column(
            "told",
            sa.Enum(
                "",
                "telegram",
                "en_persona",
                "por_telefono",
                "no_localizada",
                name="told",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("told_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("told_by", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("said_collected_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("muted_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_payee_case_id_case_file")),
        sa.ForeignKeyConstraint(["line_id"], ["list_line.id"], name=op.f("fk_payee_line_id_list_line")),
        sa.ForeignKeyConstraint(["told_by"], ["person.id"], name=op.f("fk_payee_told_by_person")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_payee_volunteer_id_volunteer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee")),
        sa.UniqueConstraint("case_id", "name_norm", "locality", "kind", name="uq_payee_identity"),
    )
    with op.batch_alter_table("payee", schema=None) as batch_op:
        batch_op.create_index("ix_payee_case_id_pac", ["case_id", "pac"], unique=False)
        batch_op.create_index(batch_op.f("ix_payee_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=24), nullable=False),
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("office", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("note", sqltypes.AutoString(length=240), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_notice_letter_id_letter")),
        sa.ForeignKeyConstraint(["payee_id"], ["payee.id"], name=op.f("fk_notice_payee_id_payee")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_payee_id"), ["payee_id"], unique=False)

    op.create_table(
        "payout_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folio", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.Integer(), nullable=False),
        sa.Column("pac", sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "P01",
                "P02",
                "P03",
                "P04",
                "P05",
                "P06",
                "P07",
                "P08",
                "P09",
                "P10",
                name="payoutreason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("detail", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("office", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("detected_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "aviso",
                "registrado",
                "notificado_sac",
                "informado_cacypcs",
                "recibido_cacypcs",
                "en_aclaracion",
                "resuelto_cobro",
                "no_resuelto",
                "improcedente",
                "no_resuelto_pendiente_conciliar",
                name="payoutstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("resolution", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("resolved_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_payout_case_case_id_case_file")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_payout_case_entry_id_entry")),
        sa.ForeignKeyConstraint(["payee_id"], ["payee.id"], name=op.f("fk_payout_case_payee_id_payee")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payout_case_person_id_person")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_payout_case_volunteer_id_volunteer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_case")),
        sa.UniqueConstraint("folio", name=op.f("uq_payout_case_folio")),
    )
    with op.batch_alter_table("payout_case", schema=None) as batch_op:
        batch_op.create_index("ix_payout_case_case_id_pac", ["case_id", "pac"], unique=False)
        batch_op.create_index("ix_payout_case_case_id_state", ["case_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_payout_case_payee_id"), ["payee_id"], unique=False)

    op.create_table(
        "payout_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payout_case_id", sa.Integer(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("role", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("from_state", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("to_state", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("note", sqltypes.AutoString(length=500), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_payout_event_letter_id_letter")),
        sa.ForeignKeyConstraint(
            ["payout_case_id"], ["payout_case.id"], name=op.f("fk_payout_event_payout_case_id_payout_case")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payout_event_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_event")),
    )
    with op.batch_alter_table("payout_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payout_event_payout_case_id"), ["payout_case_id"], unique=False)

    with op.batch_alter_table("volunteer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("phone", sqltypes.AutoString(length=40), nullable=False, server_default="")
        )
    # The default served the rows that were there; the tables know none.
    with op.batch_alter_table("volunteer", schema=None) as batch_op:
        batch_op.alter_column("phone", server_default=None)

    only_grow(TABLES)


def downgrade() -> None:
    with op.batch_alter_table("volunteer", schema=None) as batch_op:
        batch_op.drop_column("phone")
    for table in ("payout_event", "payout_case", "notice", "payee", "progress", "office_choice"):
        op.drop_table(table)

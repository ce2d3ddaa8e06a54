"""The books as they begin"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("approved_by", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("document", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("blob_sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("loaded_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("year", "version", name="uq_calendar_year_version"),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folio", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("procedure", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("period", sqltypes.AutoString(length=16), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "closed", name="casestate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("stage", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("opened_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("closed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("tree", sa.JSON(), nullable=False),
        sa.Column("parents", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("folio", name=op.f("uq_case_file_folio")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_file_period"), ["period"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_procedure"), ["procedure"], unique=False)

    op.create_table(
        "contract",
        sa.Column("number", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("provider", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("rfc", sqltypes.AutoString(length=13), nullable=False),
        sa.Column("layout", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("commission", sqltypes.AutoString(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contract")),
    )
    op.create_table(
        "covered_month",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_norm", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=3), nullable=False),
        sa.Column("month", sqltypes.AutoString(length=7), nullable=False),
        sa.Column("period", sqltypes.AutoString(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_covered_month")),
        sa.UniqueConstraint("name_norm", "locality", "kind", "month", name="uq_covered_month_identity"),
    )
    with op.batch_alter_table("covered_month", schema=None) as batch_op:
        batch_op.create_index("ix_covered_month_month_period", ["month", "period"], unique=False)

    op.create_table(
        "entity",
        sa.Column("clave", sqltypes.AutoString(length=2), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=60), nullable=False),
        sa.Column("short_name", sqltypes.AutoString(length=16), nullable=False),
        sa.PrimaryKeyConstraint("clave", name=op.f("pk_entity")),
    )
    op.create_table(
        "external_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("full_name", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("email", sqltypes.AutoString(length=254), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_contact")),
        sa.UniqueConstraint("organisation", "email", name="uq_external_contact_organisation_email"),
    )
    with op.batch_alter_table("external_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_external_contact_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_external_contact_organisation"), ["organisation"], unique=False)

    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=48), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("step", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("role", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("row_hash", sqltypes.AutoString(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_kind"), ["kind"], unique=False)

    op.create_table(
        "locality",
        sa.Column("clave", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("municipality", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("rural", sa.Boolean(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("source", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("clave", name=op.f("pk_locality")),
    )
    op.create_table(
        "made_file",
        sa.Column("key", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_made_file")),
    )
    op.create_table(
        "municipality",
        sa.Column("clave", sqltypes.AutoString(length=5), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=120), nullable=False),
        sa.PrimaryKeyConstraint("clave", name=op.f("pk_municipality")),
    )
    op.create_table(
        "non_working_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("base", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("reason", sqltypes.AutoString(length=160), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_non_working_day")),
        sa.UniqueConstraint("day", "base", name="uq_non_working_day_day_base"),
    )
    op.create_table(
        "office_fact",
        sa.Column("key", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("value", sqltypes.AutoString(length=2000), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_office_fact")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("full_name", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("cargo", sqltypes.AutoString(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("key", name=op.f("uq_person_key")),
    )
    op.create_table(
        "provider_office",
        sa.Column("clave", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("address", sqltypes.AutoString(length=240), nullable=False),
        sa.Column("hours", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("phone", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("clave", name=op.f("pk_provider_office")),
    )
    op.create_table(
        "requisite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sqltypes.AutoString(length=240), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requisite")),
    )
    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("hash", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("sealed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "series",
        sa.Column("name", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_series")),
    )
    op.create_table(
        "tariff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=3), nullable=False),
        sa.Column("monthly_centavos", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("document", sqltypes.AutoString(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff")),
        sa.UniqueConstraint("kind", "from_on", name="uq_tariff_kind_from_on"),
    )
    op.create_table(
        "unit",
        sa.Column("code", sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("national", "ooad", "region", "pac", name="unitkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("parent", sqltypes.AutoString(length=64), nullable=True),
        sa.Column("name", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("has_egas", sa.Boolean(), nullable=True),
        sa.Column("egas_has_sac", sa.Boolean(), nullable=False),
        sa.Column("timezone", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("entities", sa.JSON(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("pac_kind", sqltypes.AutoString(length=16), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["unit.code"], name=op.f("fk_unit_parent_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_parent"), ["parent"], unique=False)

    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("email", "telegram", name="channelkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("value", sqltypes.AutoString(length=254), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "bouncing", "revoked", name="channelstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("verified_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("revoked_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_channel_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("kind", "value", name="uq_channel_kind_value"),
    )
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_person_id"), ["person_id"], unique=False)

    op.create_table(
        "code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("act", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("subject_key", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("issued_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_code_case_id_case_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_code_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
    )
    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_code_code_hash"), ["code_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "deadline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqltypes.AutoString(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reminder",
                "due",
                "overdue",
                "timer",
                "round",
                name="deadlinekind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("step", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("due_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason", sqltypes.AutoString(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "fired", "cancelled", name="deadlinestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("fired_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_deadline_case_id_case_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
        sa.UniqueConstraint("key", name=op.f("uq_deadline_key")),
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.create_index("ix_deadline_instance", ["case_id", "step", "unit"], unique=False)
        batch_op.create_index("ix_deadline_waiting", ["state", "due_at"], unique=False)

    op.create_table(
        "definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("activated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("role", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_definition_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition")),
        sa.UniqueConstraint("key", "version", name="uq_definition_key_version"),
    )
    with op.batch_alter_table("definition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_definition_key"), ["key"], unique=False)

    op.create_table(
        "duplicate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("code", sqltypes.AutoString(length=8), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("key", sqltypes.AutoString(length=300), nullable=False),
        sa.Column("name_norm", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=3), nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.Column("found_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("decision", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("reason", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("decided_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_duplicate_case_id_case_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duplicate_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate")),
        sa.UniqueConstraint("case_id", "code", "key", name="uq_duplicate_identity"),
    )
    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duplicate_unit"), ["unit"], unique=False)

    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folio", sqltypes.AutoString(length=32), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("mail", "chat", "command", "timer", name="entrychannel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("external_id", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("place", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("received_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("recorded_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("blob_sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "recorded",
                "understood",
                "applied",
                "quarantined",
                "unclassified",
                "repeated",
                name="entrystate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("kind", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("sender", sqltypes.AutoString(length=254), nullable=False),
        sa.Column("subject", sqltypes.AutoString(length=998), nullable=False),
        sa.Column("message_id", sqltypes.AutoString(length=998), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("reason", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_entry_case_id_case_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_entry_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("channel", "external_id", name="uq_entry_channel_external_id"),
        sa.UniqueConstraint("folio", name=op.f("uq_entry_folio")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_place"), ["place"], unique=False)
        batch_op.create_index("ix_entry_state_id", ["state", "id"], unique=False)

    op.create_table(
        "headcount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("period", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("vrs", sa.Integer(), nullable=True),
        sa.Column("pvr", sa.Integer(), nullable=True),
        sa.Column("document", sqltypes.AutoString(length=120), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_headcount_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headcount")),
        sa.UniqueConstraint("unit", "period", name="uq_headcount_unit_period"),
    )
    op.create_table(
        "medical_unit",
        sa.Column("clave", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=8), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_medical_unit_unit_unit")),
        sa.PrimaryKeyConstraint("clave", name=op.f("pk_medical_unit")),
    )
    with op.batch_alter_table("medical_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_medical_unit_unit"), ["unit"], unique=False)

    op.create_table(
        "period",
        sa.Column("code", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("months", sa.JSON(), nullable=False),
        sa.Column("t0", sa.Date(), nullable=False),
        sa.Column("t1", sa.Date(), nullable=False),
        sa.Column("r", sa.Date(), nullable=False),
        sa.Column("dates", sa.JSON(), nullable=False),
        sa.Column("previous", sqltypes.AutoString(length=16), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "open",
                "entrega",
                "comprobacion",
                "cerrado",
                name="periodstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendar.id"], name=op.f("fk_period_calendar_id_calendar")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_period")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_post_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("role", "unit", name="uq_post_role_unit"),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_unit"), ["unit"], unique=False)

    op.create_table(
        "releaser",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("email", sqltypes.AutoString(length=254), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("notice", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("acknowledged_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_releaser_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releaser")),
    )
    with op.batch_alter_table("releaser", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_releaser_person_id"), ["person_id"], unique=False)

    op.create_table(
        "scope_locality",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("clave", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("municipality", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("operates", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_scope_locality_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope_locality")),
        sa.UniqueConstraint("unit", "clave", name="uq_scope_locality_unit_clave"),
    )
    with op.batch_alter_table("scope_locality", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scope_locality_clave"), ["clave"], unique=False)
        batch_op.create_index(batch_op.f("ix_scope_locality_unit"), ["unit"], unique=False)

    op.create_table(
        "volunteer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name_norm", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=3), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("medical_unit", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("activo", "baja", "suspendido", name="volunteerstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_reason", sqltypes.AutoString(length=160), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_volunteer_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer")),
    )
    with op.batch_alter_table("volunteer", schema=None) as batch_op:
        batch_op.create_index("ix_volunteer_identity", ["name_norm", "locality", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteer_unit"), ["unit"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=255), nullable=False),
        sa.Column("media_type", sqltypes.AutoString(length=127), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_attachment_entry_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_sha256"), ["sha256"], unique=False)

    op.create_table(
        "holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("titular", "suplente", "encargado", name="holdingkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("oficio", sqltypes.AutoString(length=120), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_holding_person_id_person")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_holding_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
    )
    with op.batch_alter_table("holding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holding_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_holding_post_person", ["post_id", "person_id"], unique=False)

    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqltypes.AutoString(length=240), nullable=False),
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("template", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("step", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("asks", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("asks_unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("address", sqltypes.AutoString(length=254), nullable=False),
        sa.Column("subject", sqltypes.AutoString(length=998), nullable=False),
        sa.Column("message_id", sqltypes.AutoString(length=255), nullable=False),
        sa.Column("blob_sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("reply_to_entry", sa.Integer(), nullable=True),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("not_before", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("not_after", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                "bounced",
                "cancelled",
                name="letterstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("claimed_by", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("claimed_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("retry_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_answer", sqltypes.AutoString(length=500), nullable=False),
        sa.Column("provider_id", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("sent_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("bounced_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("acknowledged_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_letter_case_id_case_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_letter_person_id_person")),
        sa.ForeignKeyConstraint(
            ["reply_to_entry"], ["entry.id"], name=op.f("fk_letter_reply_to_entry_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_key")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index("ix_letter_asks", ["case_id", "asks", "asks_unit"], unique=False)
        batch_op.create_index(
            "ix_letter_claimed",
            ["claimed_until"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_letter_due",
            ["channel", "priority", "not_before"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_letter_expiry",
            ["not_after"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index("ix_letter_message_id", ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_person_id"), ["person_id"], unique=False)

    op.create_table(
        "list_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("LVP", "LVR", "LVO", "LVN", "LD", name="listlevel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "observado",
                "aceptado_parcial",
                "aceptado",
                "integrado",
                "desactualizado",
                "sustituido",
                "autorizado",
                "definitivo",
                "transmitido_ps",
                name="liststate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("file_sha256", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("digest", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("vrs", sa.Integer(), nullable=False),
        sa.Column("pvr", sa.Integer(), nullable=False),
        sa.Column("total_centavos", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("made_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("parents", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_list_version_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_list_version_entry_id_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_list_version_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_version")),
        sa.UniqueConstraint("case_id", "level", "unit", "version", name="uq_list_version_identity"),
    )
    with op.batch_alter_table("list_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_version_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_list_version_unit"), ["unit"], unique=False)

    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("step", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "done", "excepted", "voided", "rectified", name="stepoutcome", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("level", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("role", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("by_system", sa.Boolean(), nullable=False),
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("text", sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("subject_key", sqltypes.AutoString(length=160), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_step_case_id_case_file")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_step_entry_id_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_step_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.create_index("ix_step_case_id_id", ["case_id", "id"], unique=False)
        batch_op.create_index("ix_step_case_step_unit", ["case_id", "step", "unit"], unique=False)

    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("code", sqltypes.AutoString(length=8), nullable=False),
        sa.Column("severity", sqltypes.AutoString(length=8), nullable=False),
        sa.Column("sheet", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("column", sqltypes.AutoString(length=4), nullable=False),
        sa.Column("field", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("message", sqltypes.AutoString(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_finding_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_version_id"), ["version_id"], unique=False)

    op.create_table(
        "list_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_line_id", sa.Integer(), nullable=True),
        sa.Column("pac", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("ooad", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("entity", sqltypes.AutoString(length=60), nullable=False),
        sa.Column("municipality", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("locality_name", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("name", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("name_norm", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=3), nullable=False),
        sa.Column("amount_centavos", sa.Integer(), nullable=False),
        sa.Column("months", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("medical_unit", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("situation", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("remarks", sqltypes.AutoString(length=250), nullable=False),
        sa.Column("reference", sqltypes.AutoString(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_list_line_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_line")),
    )
    with op.batch_alter_table("list_line", schema=None) as batch_op:
        batch_op.create_index("ix_list_line_identity", ["name_norm", "locality", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_list_line_source_line_id"), ["source_line_id"], unique=False)
        batch_op.create_index("ix_list_line_version_position", ["version_id", "position"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("list_line", schema=None) as batch_op:
        batch_op.drop_index("ix_list_line_version_position")
        batch_op.drop_index(batch_op.f("ix_list_line_source_line_id"))
        batch_op.drop_index("ix_list_line_identity")

    op.drop_table("list_line")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_version_id"))

    op.drop_table("finding")
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.drop_index("ix_step_case_step_unit")
        batch_op.drop_index("ix_step_case_id_id")

    op.drop_table("step")
    with op.batch_alter_table("list_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_list_version_unit"))
        batch_op.drop_index(batch_op.f("ix_list_version_case_id"))

    op.drop_table("list_version")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_person_id"))
        batch_op.drop_index("ix_letter_message_id")
        batch_op.drop_index(
            "ix_letter_expiry",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_letter_due",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_letter_claimed",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_letter_asks")

    op.drop_table("letter")
    with op.batch_alter_table("holding", schema=None) as batch_op:
        batch_op.drop_index("ix_holding_post_person")
        batch_op.drop_index(batch_op.f("ix_holding_person_id"))

    op.drop_table("holding")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_sha256"))
        batch_op.drop_index(batch_op.f("ix_attachment_entry_id"))

    op.drop_table("attachment")
    with op.batch_alter_table("volunteer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_unit"))
        batch_op.drop_index("ix_volunteer_identity")

    op.drop_table("volunteer")
    with op.batch_alter_table("scope_locality", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scope_locality_unit"))
        batch_op.drop_index(batch_op.f("ix_scope_locality_clave"))

    op.drop_table("scope_locality")
    with op.batch_alter_table("releaser", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_releaser_person_id"))

    op.drop_table("releaser")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_unit"))

    op.drop_table("post")
    op.drop_table("period")
    with op.batch_alter_table("medical_unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_medical_unit_unit"))

    op.drop_table("medical_unit")
    op.drop_table("headcount")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index("ix_entry_state_id")
        batch_op.drop_index(batch_op.f("ix_entry_place"))
        batch_op.drop_index(batch_op.f("ix_entry_case_id"))

    op.drop_table("entry")
    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duplicate_unit"))
        batch_op.drop_index(batch_op.f("ix_duplicate_case_id"))

    op.drop_table("duplicate")
    with op.batch_alter_table("definition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_definition_key"))

    op.drop_table("definition")
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_index("ix_deadline_waiting")
        batch_op.drop_index("ix_deadline_instance")

    op.drop_table("deadline")
    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_code_person_id"))
        batch_op.drop_index(batch_op.f("ix_code_code_hash"))
        batch_op.drop_index(batch_op.f("ix_code_case_id"))

    op.drop_table("code")
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channel_person_id"))

    op.drop_table("channel")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_parent"))

    op.drop_table("unit")
    op.drop_table("tariff")
    op.drop_table("series")
    op.drop_table("seal")
    op.drop_table("requisite")
    op.drop_table("provider_office")
    op.drop_table("person")
    op.drop_table("office_fact")
    op.drop_table("non_working_day")
    op.drop_table("municipality")
    op.drop_table("made_file")
    op.drop_table("locality")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_kind"))
        batch_op.drop_index(batch_op.f("ix_journal_entry_id"))
        batch_op.drop_index(batch_op.f("ix_journal_case_id"))

    op.drop_table("journal")
    with op.batch_alter_table("external_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_external_contact_organisation"))
        batch_op.drop_index(batch_op.f("ix_external_contact_email"))

    op.drop_table("external_contact")
    op.drop_table("entity")
    with op.batch_alter_table("covered_month", schema=None) as batch_op:
        batch_op.drop_index("ix_covered_month_month_period")

    op.drop_table("covered_month")
    op.drop_table("contract")
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_file_procedure"))
        batch_op.drop_index(batch_op.f("ix_case_file_period"))

    op.drop_table("case_file")
    op.drop_table("calendar")
    op.drop_table("blob")

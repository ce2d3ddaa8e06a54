"""Who is listed now, in a table of its own; duplicates keep the lines that they are about."""

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WITH_CURP = sa.text("curp_mark <> ''")


def upgrade() -> None:
    op.create_table(
        "listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("namesake", sqltypes.AutoString(length=128), nullable=False),
        sa.Column("name_norm", sqltypes.AutoString(length=120), nullable=False),
        sa.Column("locality", sqltypes.AutoString(length=9), nullable=False),
        sa.Column("kind", sqltypes.AutoString(length=3), nullable=False),
        sa.Column("fingerprint", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("curp_mark", sqltypes.AutoString(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_listing_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_listing_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index("ix_listing_namesake", ["case_id", "namesake"], unique=False)
        batch_op.create_index("ix_listing_locality", ["case_id", "locality"], unique=False)
        batch_op.create_index("ix_listing_unit", ["case_id", "unit"], unique=False)
        batch_op.create_index(
            "ix_listing_curp",
            ["case_id", "curp_mark"],
            unique=False,
            sqlite_where=_WITH_CURP,
            postgresql_where=_WITH_CURP,
        )
    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("score", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("asked_at", sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("entry_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_duplicate_entry_id_entry"), "entry", ["entry_id"], ["id"])
        batch_op.create_index("ix_duplicate_case_unit", ["case_id", "unit"], unique=False)
        batch_op.create_index("ix_duplicate_case_name", ["case_id", "name_norm"], unique=False)
    op.execute("UPDATE duplicate SET score = 1.0, asked_at = found_at")
    op.execute("UPDATE duplicate SET withdrawn_at = decided_at, decision = '' WHERE decision = 'withdrawn'")
    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.alter_column("score", existing_type=sa.Float(), nullable=False)
    op.create_table(
        "duplicate_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("duplicate_id", sa.Integer(), nullable=False),
        sa.Column("unit", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("curp_mark", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("before_version_id", sa.Integer(), nullable=True),
        sa.Column("before_position", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["before_version_id"],
            ["list_version.id"],
            name=op.f("fk_duplicate_record_before_version_id_list_version"),
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_id"], ["duplicate.id"], name=op.f("fk_duplicate_record_duplicate_id_duplicate")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name=op.f("fk_duplicate_record_version_id_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_record")),
    )
    with op.batch_alter_table("duplicate_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_record_duplicate_id"), ["duplicate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duplicate_record_unit"), ["unit"], unique=False)
        batch_op.create_index("ix_duplicate_record_line", ["version_id", "position"], unique=False)
    _list_those_who_stand()
    _give_records_to_duplicates()


def _list_those_who_stand() -> None:
    """Bring in the people of the lists that stand; without a fingerprint, which only a new list tells."""
    op.execute(
        "INSERT INTO listing (case_id, unit, version_id, position, namesake, name_norm, locality, kind,"
        " fingerprint, curp_mark)"
        " SELECT v.case_id, v.unit, v.id, l.position, substr(l.locality, 1, 5) || '|' || l.name_norm,"
        " l.name_norm, l.locality, l.kind, '', ''"
        " FROM list_line l JOIN list_version v ON v.id = l.version_id"
        " WHERE v.level = 'LVP' AND v.state <> 'sustituido'"
    )


def _give_records_to_duplicates() -> None:
    """Bring the lines into the duplicates that named only their ámbitos, and hash their keys."""
    books = op.get_bind()
    duplicate = sa.table(
        "duplicate",
        *(sa.column(name) for name in ("id", "case_id", "key", "name_norm", "locality", "decision")),
        sa.column("units", sa.JSON),
    )
    listing = sa.table(
        "listing",
        *(
            sa.column(name)
            for name in ("case_id", "unit", "version_id", "position", "name_norm", "locality", "fingerprint")
        ),
    )
    record = sa.table(
        "duplicate_record",
        *(
            sa.column(name)
            for name in ("duplicate_id", "unit", "version_id", "position", "fingerprint", "curp_mark", "kept")
        ),
    )
    for row in books.execute(sa.select(duplicate)).all():
        kept = row.decision.removeprefix("keep:") if row.decision.startswith("keep:") else ""
        lines = books.execute(
            sa.select(listing).where(
                listing.c.case_id == row.case_id,
                listing.c.unit.in_(row.units),
                listing.c.name_norm == row.name_norm,
                listing.c.locality == row.locality,
            )
        ).all()
        for line in lines:
            books.execute(
                sa.insert(record).values(
                    duplicate_id=row.id,
                    unit=line.unit,
                    version_id=line.version_id,
                    position=line.position,
                    fingerprint="",
                    curp_mark="",
                    kept=not kept or line.unit == kept,
                )
            )
        books.execute(
            sa.update(duplicate)
            .where(duplicate.c.id == row.id)
            .values(
                key=hashlib.sha256(row.key.encode()).hexdigest(),
                decision="misma" if kept else row.decision,
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("duplicate_record", schema=None) as batch_op:
        batch_op.drop_index("ix_duplicate_record_line")
        batch_op.drop_index(batch_op.f("ix_duplicate_record_unit"))
        batch_op.drop_index(batch_op.f("ix_duplicate_record_duplicate_id"))

    op.drop_table("duplicate_record")
    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.drop_index("ix_duplicate_case_name")
        batch_op.drop_index("ix_duplicate_case_unit")
        batch_op.drop_constraint(batch_op.f("fk_duplicate_entry_id_entry"), type_="foreignkey")
        batch_op.drop_column("entry_id")
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("asked_at")
        batch_op.drop_column("score")

    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_curp", sqlite_where=_WITH_CURP, postgresql_where=_WITH_CURP)
        batch_op.drop_index("ix_listing_unit")
        batch_op.drop_index("ix_listing_locality")
        batch_op.drop_index("ix_listing_namesake")

    op.drop_table("listing")

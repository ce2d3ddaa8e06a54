"""The journal only grows, its seals chain it, and whatever a hand does to it is found (AC-77)."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from procedures.lists.digest import record_digest
from procedures.lists.rows import ListRow
from storage import cases, journal, lists
from storage.blobs import FolderBlobs, open_blobs
from storage.cases import StepRow
from storage.database import Store
from storage.entries import AttachmentRow, EntryChannel, EntryRow
from storage.errors import BooksDisagree, BooksError
from storage.journal import Line
from storage.lists import ListLevel, ListState
from storage.sealing import head_of, read_head, seal, seal_journal, write_head
from storage.verification import Verification, verify

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)


def write(store: Store, *texts: str) -> None:
    with store.transaction() as session:
        for words in texts:
            journal.append(
                session, kind="step_done", at=NOW, text=words, unit="OOAD07", data={"words": words}
            )


def sealed(store: Store, *texts: str, limit: int = 3) -> None:
    write(store, *texts)
    seal_journal(store, NOW, limit=limit)


def check(store: Store, head: str | None = None) -> Verification:
    assert store.data_dir is not None
    return verify(store, open_blobs(store.data_dir, store), head=head)


def by_hand(store: Store, *statements: str) -> None:
    """Do what an administrator can: drop the guards, change what he likes, put the guards back."""
    with store.engine.connect() as connection:
        if store.is_sqlite:
            guards = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name, _sql in guards:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
        if store.is_sqlite:
            for _name, sql in guards:
                connection.exec_driver_sql(sql)
        else:
            connection.execute(text("SET session_replication_role = origin"))
        connection.commit()


def said(found: Verification) -> str:
    return "\n".join(f"{item.place}: {item.what}" for item in found.problems)


SIX = ("uno", "dos", "tres", "cuatro", "cinco", "seis")


def test_a_line_is_read_back_as_it_was_written(store, case_id):
    with store.transaction() as session:
        journal.append(
            session,
            kind="step_done",
            at=NOW,
            text="Se recibió",
            case_id=case_id,
            entry_id=7,
            data={"b": 1, "a": NOW},
        )
        journal.append(session, kind="other", at=NOW + timedelta(days=1), text="Otra cosa")

    with store.reading() as session:
        (line,) = journal.history(session, case_id=case_id)
        assert (line.at, line.text, line.data) == (
            NOW,
            "Se recibió",
            '{"a":"2027-03-01 15:00:00+00:00","b":1}',
        )
        assert journal.hash_row(line) == line.row_hash
        assert journal.history(session, entry_id=7) == [line]
        assert [row.kind for row in journal.history(session, since=NOW + timedelta(hours=1))] == ["other"]
        assert (journal.count(session), journal.count(session, "other")) == (2, 1)


def test_an_instant_hashes_the_same_in_every_zone_and_hostile_text_is_kept(store):
    mexico = timezone(timedelta(hours=-6))
    with store.transaction() as session:
        journal.append(
            session, kind="k", at=NOW.astimezone(mexico), text="a\0b \ud800 ñ", data={"x": "\0\ud800"}
        )
        journal.append_many(session, [Line(kind="k", at=NOW.astimezone(mexico), text="\0")])
    seal_journal(store, NOW)

    assert check(store).ok


@pytest.mark.parametrize("table", ["journal", "seal", "step"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_only_grows(store, case_id, table, act):
    sealed(store, "uno")
    with store.transaction() as session:
        session.connection().execute(
            text(
                'INSERT INTO step (case_id, step, unit, outcome, level, at, "on", late, role, by_system, channel, text, subject_key)'
                " VALUES (:case, 'A01', '', 'done', 'recorded', '2027-03-01 15:00:00', '2027-03-01', :no, '', :no, '', '', '')"
            ),
            {"case": case_id, "no": False},
        )
        journal.append(session, kind="step_taken", at=NOW, text="hecho", case_id=case_id, step="A01")

    with pytest.raises(BooksError, match="only grows"):  # noqa: SIM117
        with store.transaction() as session:
            session.connection().execute(text(act.format(table)))

    assert check(store).ok


def test_untouched_books_verify_and_say_how_much_they_hold(store):
    sealed(store, *SIX)
    write(store, "siete")

    found = check(store)

    assert found.ok
    assert (found.rows, found.seals, found.unsealed) == (7, 2, 1)
    assert found.head == read_head(store.head_path)


def test_empty_books_verify(store):
    assert seal_journal(store, NOW) == 0
    assert check(store).ok


FORGED = "INSERT INTO journal (id, at, kind, step, unit, role, channel, text, data, row_hash) VALUES ({}, '2027-03-01 15:00:00', 'k', '', '', '', '', 't', '{{}}', '{}')"

TAMPERINGS = {
    "edited": (
        ["UPDATE journal SET text = 'otra' WHERE id = 2"],
        "renglón 2 (01-03-2027 15:00 UTC, step_done)",
    ),
    "edited date": (["UPDATE journal SET at = '2027-02-01 15:00:00' WHERE id = 2"], "renglón 2 (01-02-2027"),
    "edited with its hash": (["UPDATE journal SET text = 'x', row_hash = 'y' WHERE id = 5"], "renglón 5"),
    "deleted": (["DELETE FROM journal WHERE id = 2"], "se borraron 1 renglones: 2"),
    "deleted last": (["DELETE FROM journal WHERE id = 6"], "se borraron 1 renglones: 6"),
    "deleted all": (["DELETE FROM journal"], "se borraron 3 renglones: 1, 2, 3"),
    "inserted before": ([FORGED.format(-1, "x")], "renglón -1 "),
    "replaced": (["DELETE FROM journal WHERE id = 2", FORGED.format(2, "x")], "renglón 2 "),
    "swapped": (
        [
            "UPDATE journal SET id = 99 WHERE id = 1",
            "UPDATE journal SET id = 1 WHERE id = 2",
            "UPDATE journal SET id = 2 WHERE id = 99",
        ],
        "sello 1 (renglones 1 a 3, 01-03-2027 15:00 UTC)",
    ),
    "seal's time": (["UPDATE seal SET sealed_at = '2027-02-01 15:00:00' WHERE id = 1"], "sello 1"),
    "seal's hash": (["UPDATE seal SET hash = 'x' WHERE id = 1"], "sello 2"),
    "seal's reach": (["UPDATE seal SET last_id = 2, rows = 2 WHERE id = 1"], "sello 1"),
    "seal deleted": (["DELETE FROM seal WHERE id = 1"], "sello 2"),
    "last seal deleted": (["DELETE FROM seal WHERE id = 2"], "final de la bitácora"),
    "tail cut with its seal": (
        ["DELETE FROM journal WHERE id > 3", "DELETE FROM seal WHERE id = 2"],
        "final de la bitácora (hasta el renglón 3)",
    ),
    "everything gone": (
        ["DELETE FROM journal", "DELETE FROM seal"],
        "final de la bitácora (hasta el renglón 0)",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_ac_77_what_a_hand_does_to_the_journal_is_found_and_placed(store, name):
    statements, place = TAMPERINGS[name]
    sealed(store, *SIX)

    by_hand(store, *statements)
    found = check(store)

    assert not found.ok
    assert place in said(found)


def test_ac_77_rows_that_a_hand_made_unreadable_are_named(tmp_path):
    store = Store(tmp_path)
    store.upgrade()
    sealed(store, *SIX)

    by_hand(
        store,
        "UPDATE journal SET at = 'ayer' WHERE id = 2",
        "UPDATE seal SET sealed_at = 'ayer' WHERE id = 2",
    )
    found = check(store)

    assert "renglón 2: el renglón no se puede leer" in said(found)
    assert "sello 2: el sello no se puede leer" in said(found)
    store.close()


def test_ac_77_a_tail_cut_before_it_was_sealed_shows_in_the_counter(tmp_path):
    store = Store(tmp_path)
    store.upgrade()
    sealed(store, *SIX)
    write(store, "siete")

    by_hand(store, "DELETE FROM journal WHERE id = 7")

    assert "se dieron números hasta el 7 y el último renglón es el 6" in said(check(store))
    store.close()


def test_a_head_passed_on_earlier_finds_books_that_were_written_anew(store):
    sealed(store, "uno")
    mailed = check(store).head
    sealed(store, "dos")
    assert check(store, head=mailed).ok

    found = check(store, head=mailed[:-1] + ("0" if mailed[-1] != "0" else "1"))

    assert "la cadena no contiene el sello conocido" in said(found)


def test_missing_guards_are_said(store):
    sealed(store, "uno")
    with store.engine.begin() as connection:
        name = "journal_no_delete" if store.is_sqlite else "journal_only_grows ON journal"
        connection.execute(text(f"DROP TRIGGER {name}"))

    assert said(check(store)).startswith("tabla journal: falta el disparador")


def test_altered_and_missing_originals_are_found_with_whose_they_were(store):
    blobs = open_blobs(store.data_dir, store)
    kept, altered, lost = blobs.put_many([b"kept", b"altered", b"lost"])
    with store.transaction() as session:
        for number, digest in enumerate((kept, altered), start=1):
            session.add(
                EntryRow(
                    folio=f"E-2027-00000{number}",
                    channel=EntryChannel.MAIL,
                    external_id=str(number),
                    received_at=NOW,
                    recorded_at=NOW,
                    blob_sha256=digest,
                    size=4,
                )
            )
        session.flush()
        session.add(AttachmentRow(entry_id=1, name="lista.xlsx", media_type="x/y", size=4, sha256=lost))
    assert check(store).ok
    if isinstance(blobs, FolderBlobs):
        blobs.path_of(altered).write_bytes(b"something else")
        blobs.path_of(lost).unlink()
    else:
        by_hand(
            store,
            f"UPDATE blob SET content = 'x' WHERE sha256 = '{altered}'",
            f"DELETE FROM blob WHERE sha256 = '{lost}'",
        )

    found = check(store)

    assert found.originals == 3
    assert {(item.place, item.what.partition(" (")[0]) for item in found.problems} == {
        ("folio E-2027-000002", "el original fue alterado"),
        ("anexo de la entrada 1", "falta el original"),
    }


def test_an_entry_that_was_deleted_or_given_another_original_is_found_by_the_journal(store):
    blobs = open_blobs(store.data_dir, store)
    first, second = blobs.put_many([b"first", b"second"])
    with store.transaction() as session:
        for number, digest in enumerate((first, second), start=1):
            row = EntryRow(
                folio=f"E-2027-00000{number}",
                channel=EntryChannel.MAIL,
                external_id=str(number),
                received_at=NOW,
                recorded_at=NOW,
                blob_sha256=digest,
                size=4,
            )
            session.add(row)
            session.flush()
            journal.append(
                session, kind="entry_recorded", at=NOW, text="t", entry_id=row.id, data={"sha256": digest}
            )
    seal_journal(store, NOW)
    assert check(store).ok

    by_hand(store, "DELETE FROM entry WHERE id = 1", f"UPDATE entry SET blob_sha256 = '{first}' WHERE id = 2")

    assert [item.place for item in check(store).problems] == ["entrada 1", "entrada 2"]
    assert "la bitácora la cita en el renglón 1 (01-03-2027 15:00 UTC, entry_recorded)" in said(check(store))


def listed(store: Store, case_id: int) -> None:
    """Keep a list of one person, and tell of it in the journal."""
    row = ListRow(
        number=2,
        ooad="OOAD07",
        pac="OOAD07-R03-PAC001",
        estado="Chiapas",
        municipio="Ocosingo",
        localidad="Ocosingo",
        clave_inegi="070590001",
        nombre="Ana",
        nombre_norm="ANA",
        tipo="VRS",
        importe=Decimal("1000.10"),
        meses=("2027-01",),
    )
    with store.transaction() as session:
        version = lists.add_version(
            session,
            case_id=case_id,
            level=ListLevel.LVP,
            unit="OOAD07-R03-PAC001",
            state=ListState.ACCEPTED,
            made_at=NOW,
            digest=record_digest([row]),
        )
        lists.add_rows(session, version.id, [row])
        journal.append(
            session, kind="list_accepted", at=NOW, text="t", data={"record_digest": version.digest}
        )


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE list_line SET amount_centavos = 900000", "sus renglones no corresponden a su huella"),
        ("DELETE FROM list_line", "sus renglones no corresponden a su huella"),
        (
            (
                "INSERT INTO list_version (case_id, level, unit, version, state, digest, file_sha256, rows, vrs, pvr, total_centavos, rejected,"
                " made_at, parents, notes) VALUES (1, 'LVP', 'X', 1, 'aceptado',"
                " 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '', 0, 0, 0, 0, 0, '2027-03-01 15:00:00', '[]', '[]')"
            ),
            "su huella no aparece en la bitácora",
        ),
    ],
    ids=["amount", "person removed", "version added"],
)
def test_ac_77_a_list_that_a_hand_changed_is_found(store, case_id, statement, what):
    listed(store, case_id)
    seal_journal(store, NOW)
    assert check(store).ok

    by_hand(store, statement)

    assert what in said(check(store))


def test_ac_77_a_step_that_a_hand_added_or_the_journal_alone_tells_of_is_found(store, case_id):
    step = StepRow(
        case_id=case_id, step="A25", level="attested", at=NOW, on=NOW.date(), role="CACyPCS", channel="mail"
    )
    with store.transaction() as session:
        cases.add_step(session, step)
    sealed(store, "uno")

    assert said(check(store)).startswith(
        "paso A25 de NACIONAL (step_taken): figura 1 veces entre los pasos y 0"
    )

    with store.transaction() as session:
        journal.append(session, kind="step_taken", at=NOW, text="hecho", case_id=case_id, step="A25")

    assert check(store).ok


def test_the_sealer_does_not_write_over_a_head_that_the_books_lost(store):
    sealed(store, *SIX)
    head = read_head(store.head_path)
    by_hand(store, "DELETE FROM journal WHERE id > 3", "DELETE FROM seal WHERE id = 2")
    write(store, "nuevo")

    with pytest.raises(BooksDisagree):
        seal_journal(store, NOW)

    assert read_head(store.head_path) == head
    assert not check(store).ok


def test_a_head_that_is_behind_or_gone_is_written_again(store):
    write(store, "uno")
    with store.transaction() as session:
        first = seal(session, NOW, head_path=store.head_path)
    write(store, "dos")
    with store.transaction() as session:
        second = seal(session, NOW)

    write_head(store.head_path, first)
    seal_journal(store, NOW)
    assert read_head(store.head_path) == head_of(second)

    store.head_path.unlink()
    seal_journal(store, NOW)
    assert read_head(store.head_path) == head_of(second)
    assert check(store).ok


def test_sealing_that_is_rolled_back_leaves_the_head_alone(store):
    write(store, "uno")

    with pytest.raises(ZeroDivisionError):  # noqa: SIM117, PT012
        with store.transaction() as session:
            seal(session, NOW, head_path=store.head_path)
            raise ZeroDivisionError

    assert read_head(store.head_path) is None
    assert check(store).ok


@pytest.mark.parametrize("open_books", ["postgresql"], indirect=True)
def test_rows_that_commit_out_of_order_are_sealed_in_order_and_none_is_skipped(open_books):
    """On PostgreSQL a slow writer commits a lower number after a higher one is there."""
    store = open_books()
    slow = Session(store.engine)
    journal.append(slow, kind="slow", at=NOW, text="tarda")
    slow.flush()
    write(store, "uno", "dos")

    assert seal_journal(store, NOW) == 0
    slow.commit()
    slow.close()

    assert seal_journal(store, NOW) == 3
    assert check(store).ok


@pytest.mark.parametrize("open_books", ["postgresql"], indirect=True)
def test_a_writer_that_gave_up_does_not_hold_the_sealer(open_books):
    store = open_books()
    write(store, "uno")
    gone = Session(store.engine)
    journal.append(gone, kind="gone", at=NOW, text="nunca")
    gone.flush()
    gone.rollback()
    gone.close()
    write(store, "dos")

    assert seal_journal(store, NOW) == 2
    assert check(store).ok


def test_many_writers_and_sealers_at_once_leave_a_whole_chain(open_books):
    store = open_books()

    def work(number: int) -> None:
        for turn in range(8):
            write(store, f"{number}.{turn}", "y otro")
            seal_journal(store, NOW, limit=5)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_journal(store, NOW)

    found = check(store)
    assert (found.rows, found.unsealed, said(found)) == (64, 0, "")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    limit=st.integers(1, 7),
    data=st.data(),
)
def test_ac_77_any_run_of_lines_and_seals_verifies_and_any_single_change_is_found(
    tmp_path_factory, migrated_file, sizes, limit, data
):
    folder = tmp_path_factory.mktemp("books")
    (folder / migrated_file.name).write_bytes(migrated_file.read_bytes())
    store = Store(folder)
    for number, size in enumerate(sizes):
        write(store, *(f"{number}.{line}" for line in range(size)))
        seal_journal(store, NOW + timedelta(minutes=number), limit=limit)
    total = sum(sizes)
    assert check(store).ok

    victim = data.draw(st.integers(1, total))
    column = data.draw(
        st.sampled_from(["text", "kind", "unit", "data", "row_hash", "role", "step", "channel"])
    )
    act = data.draw(st.sampled_from(["edit", "delete", "cut", "forge hash"]))
    by_hand(
        store,
        {
            "edit": f"UPDATE journal SET {column} = {column} || 'x' WHERE id = {victim}",
            "delete": f"DELETE FROM journal WHERE id = {victim}",
            "cut": f"DELETE FROM journal WHERE id >= {victim}",
            "forge hash": f"UPDATE journal SET row_hash = '{'0' * 64}' WHERE id = {victim}",
        }[act],
    )

    assert not check(store).ok
    store.close()


def test_lines_that_wait_for_the_commit_keep_their_order_and_are_found_before_it(store):
    def line(kind: str) -> journal.Line:
        return journal.Line(kind, NOW, "Se anotó.")

    with store.transaction() as session:
        journal.append_later(session, line("first"))
        journal.append_later(session, line("second"))
        number = journal.append(session, kind="third", at=NOW, text="Se anotó.")
        journal.append_later(session, line("fourth"))
        assert [(row.kind, row.id) for row in journal.history(session)][2] == ("third", number)
        journal.append_later(session, line("fifth"))

    with store.reading() as session:
        kinds = [row.kind for row in journal.history(session)]
    assert kinds == ["first", "second", "third", "fourth", "fifth"]


def test_lines_that_wait_are_undone_with_their_transaction(store):
    def fail() -> None:
        with store.transaction() as session:
            journal.append_later(session, journal.Line("gone", NOW, "Se anotó."))
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    with store.reading() as session:
        assert journal.count(session) == 0

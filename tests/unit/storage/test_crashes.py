"""A service that is killed at any instant leaves books that are whole, and nothing half done."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import entries, journal, outbox
from storage.blobs import open_blobs
from storage.database import SQLITE_FILE, Store
from storage.sealing import seal_journal
from storage.verification import verify

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)

WORK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage import agenda, cases, entries, folios, journal, lists, organisation, outbox, people
from storage.blobs import open_blobs
from storage.database import Store
from storage.sealing import seal_journal

now = datetime(2027, 3, 1, 15, tzinfo=UTC)
store = Store(Path(sys.argv[1]))
blobs = open_blobs(store.data_dir, store)
for number in range(10_000):
    original = blobs.put(b"mail %d" % number)
    with store.transaction() as session:
        entry, _ = entries.record(
            session, channel=entries.EntryChannel.MAIL, external_id=str(number), place="p", received_at=now,
            recorded_at=now, blob_sha256=original, size=9,
            folio=lambda: f"E-2027-{folios.next_number(session, 'entry/2027'):06d}",
        )
        journal.append(session, kind="entry_recorded", at=now, text="t", entry_id=entry.id, data={"sha256": original})
        letter = outbox.Letter(key=str(number), template="M", address="a@example.org", created_at=now, not_before=now)
        (queued,) = outbox.enqueue(session, [letter])
        journal.append(session, kind="letter_queued", at=now, text="t", letter_id=queued.id)
    seal_journal(store, now)
    print(number, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 7, 30])
def test_ac_73_what_was_said_to_be_written_is_there_after_a_kill_and_all_of_it(
    tmp_path, migrated_file, lines
):
    (tmp_path / SQLITE_FILE).write_bytes(migrated_file.read_bytes())
    root = Path(__file__).parents[3]
    worker = subprocess.Popen(
        [sys.executable, "-c", WORK, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert worker.stdout is not None
    said = [int(worker.stdout.readline()) for _ in range(lines)]
    worker.send_signal(signal.SIGKILL)
    said += [int(line) for line in worker.stdout.read().split()]
    worker.stdout.close()
    worker.wait()

    store = Store(tmp_path)
    with store.reading() as session:
        kept = entries.pending(session, limit=10_000)
        letters = outbox.count_letters(session)
        told = (journal.count(session, "entry_recorded"), journal.count(session, "letter_queued"))
    seal_journal(store, NOW)
    found = verify(store, open_blobs(tmp_path, store))
    store.close()

    assert {str(number) for number in said} <= {entry.external_id for entry in kept}
    assert [entry.folio for entry in kept] == [f"E-2027-{number:06d}" for number in range(1, len(kept) + 1)]
    assert (letters, *told) == (len(kept),) * 3
    assert [item.what for item in found.problems] == []

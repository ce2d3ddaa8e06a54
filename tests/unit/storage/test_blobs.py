"""Originals lie under their hash: durable, whole, never twice."""

import hashlib
import os
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs import FolderBlobs, open_blobs
from storage.errors import NotInBooks


@pytest.fixture
def blobs(store):
    return open_blobs(store.data_dir, store)


def test_what_was_put_is_got_under_its_hash(blobs):
    name = blobs.put(b"an original")

    assert name == hashlib.sha256(b"an original").hexdigest()
    assert blobs.get(name) == b"an original"
    assert blobs.path_of(name).read_bytes() == b"an original"


def test_the_same_original_is_kept_once(blobs):
    names = blobs.put_many([b"one", b"two", b"one", b""])

    assert names[0] == names[2]
    assert blobs.put(b"one") == names[0]
    assert [blobs.get(name) for name in names] == [b"one", b"two", b"one", b""]


def test_an_original_that_is_not_there_is_said(blobs):
    with pytest.raises(NotInBooks):
        blobs.get("0" * 64)


def test_an_original_may_be_put_within_a_transaction_and_outlives_it(store, blobs):
    with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012
        name = blobs.put(b"kept")
        raise ZeroDivisionError

    assert blobs.get(name) == b"kept"


def test_many_at_once_put_the_same_originals(blobs):
    contents = [bytes([number]) * 100 for number in range(30)]
    threads = [
        threading.Thread(target=blobs.put_many, args=(contents[:: step or 1],)) for step in (1, -1, 1, -1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [blobs.get(hashlib.sha256(content).hexdigest()) for content in contents] == contents


def test_file_and_folder_are_synced_before_a_name_is_given(tmp_path, monkeypatch):
    synced = []
    real_file, real_folder = os.fdatasync, os.fsync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (synced.append("file"), real_file(fd)))
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append("folder"), real_folder(fd)))
    blobs = FolderBlobs(tmp_path / "blobs")

    blobs.put(b"durable")
    assert synced == ["file", "folder", "folder"]
    blobs.put(b"durable")
    assert synced == ["file", "folder", "folder", "folder"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    blobs = FolderBlobs(tmp_path / "blobs")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(OSError, match="No space"):
        blobs.put(b"too much")

    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=200), max_size=8))
def test_any_bytes_come_back_as_they_were(tmp_path_factory, contents):
    blobs = FolderBlobs(tmp_path_factory.mktemp("blobs"))

    assert [blobs.get(name) for name in blobs.put_many(contents)] == contents

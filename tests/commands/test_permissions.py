"""What may travel by chat is said by CACyPCS alone, with a document (ledger 6.8)."""

import pytest

from actions.permit_channel import DataClass, is_permitted
from service.settings import read_settings
from service.wiring import writing
from storage import journal
from tests.commands.conftest import Oficialia
from tests.people import CACYPCS, CFI


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "autorizacion.pdf"
    path.write_bytes(b"%PDF-1.7 oficio")
    return path


def permitted(office) -> bool:
    with writing(read_settings(office)) as writer:
        return writer.act(lambda desk: is_permitted(desk, DataClass.PERSONAL))


def count(office, kind) -> int:
    with writing(read_settings(office)) as writer:
        return writer.act(lambda desk: journal.count(desk.session, kind))


def test_personal_data_is_off_until_it_is_permitted(oficialia: Oficialia, office, document):
    before = permitted(office)

    told = oficialia(
        "permit", "telegram", "C3", "--as", CACYPCS.key, "--document", document, "--data", office
    )
    shown = oficialia("permit", "--data", office, "--json")

    assert not before
    assert told.status == 0
    assert permitted(office)
    assert shown.json["permitted"][0]["by"] == CACYPCS.name
    assert shown.json["permitted"][0]["document"] == "autorizacion.pdf"


def test_a_permission_can_be_taken_back(oficialia: Oficialia, office, document):
    oficialia("permit", "telegram", "c3", "--as", CACYPCS.email, "--document", document, "--data", office)

    told = oficialia("permit", "telegram", "C3", "--as", CACYPCS.key, "--revoke", "--data", office)
    again = oficialia("permit", "telegram", "C3", "--as", CACYPCS.key, "--revoke", "--data", office)

    assert told.status == 0
    assert not permitted(office)
    assert again.status == 1
    assert (count(office, "channel_permitted"), count(office, "channel_revoked")) == (1, 1)


def test_nobody_else_permits_it_and_the_attempt_is_kept(oficialia: Oficialia, office, document):
    told = oficialia("permit", "telegram", "C3", "--as", CFI.key, "--document", document, "--data", office)

    assert told.status == 1
    assert "Sólo la CACyPCS" in told.aside
    assert not permitted(office)
    assert count(office, "channel_permission_denied") == 1


@pytest.mark.parametrize("data_class", ["C4", "C5", "C6", "C1"])
def test_what_never_travels_by_chat_cannot_be_permitted(oficialia: Oficialia, office, document, data_class):
    told = oficialia(
        "permit", "telegram", data_class, "--as", CACYPCS.key, "--document", document, "--data", office
    )

    assert told.status == 1
    assert "nunca salen por chat" in told.aside


def test_without_its_document_nothing_is_permitted(oficialia: Oficialia, office):
    told = oficialia("permit", "telegram", "C3", "--as", CACYPCS.key, "--data", office)

    assert told.status == 2
    assert "--document" in told.aside
    assert not permitted(office)

"""Inviting the staff to the chat: codes go by mail, each person once, and mistakes are told."""

from sqlmodel import col, select

from service.clock import LeapingClock
from service.settings import read_settings
from service.wiring import writing
from storage.outbox import LetterRow
from tests import people
from tests.commands.conftest import NOW


def addresses(office) -> list[str]:
    """Return to whom the letters with link codes go."""
    with writing(read_settings(office), LeapingClock(NOW)) as writer, writer.store.reading() as session:
        return sorted(session.exec(select(LetterRow.address).where(col(LetterRow.template) == "LINK")))


def test_everybody_in_a_role_is_sent_a_code(office, oficialia):
    done = oficialia("invite", "--role", "PAC", "--data", office)

    assert done.status == 0
    assert "10 personas" in done.out
    assert len(addresses(office)) == 10
    assert people.PAC012.email in addresses(office)


def test_a_person_is_invited_by_key_or_by_address(office, oficialia):
    done = oficialia(
        "invite", "--person", people.PAC012.email, "--person", "SAC-07-03", "--json", "--data", office
    )

    assert done.json["invited"] == [people.PAC012.name, people.at("SAC", "OOAD07-R03").name]
    assert len(addresses(office)) == 2


def test_nobody_is_invited_for_a_name_that_is_not_in_the_directory(office, oficialia):
    done = oficialia("invite", "--person", "nadie@example.org", "--role", "REY", "--data", office)

    assert done.status == 1
    assert "nadie@example.org" in done.out
    assert "REY" in done.out
    assert not addresses(office)


def test_it_must_be_said_who(office, oficialia):
    done = oficialia("invite", "--data", office)

    assert done.status == 2
    assert "--role" in done.aside

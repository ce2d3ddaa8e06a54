"""A letter is what its template says, for this recipient only, in bytes that every program reads."""

from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import composing
from mail.catalogue import UnknownMessage, list_messages
from mail.composing import BadLetter, BadValues, Enclosure, Office, Recipient, Thread, compose
from mail.delivery import NotDelivered
from mail.invitations import Deadline
from mail.parsing import parse_mail
from mail.reports import MailKind
from mail.wording import LEGEND

OFFICE = Office(address="oficialia@imss-bienestar.example", contact="ext. 11223")
NOW = datetime(2027, 1, 18, 16, 42, tzinfo=UTC)
TAG = "[0780][2027-B1][A12][OOAD07-R03]"
PERSON = Recipient(
    address="ems03@ejemplo.example",
    name="Ramón Ñíguez Tzek",
    cargo="Supervisión Médica Regional",
    code="482913",
    tag=TAG,
)
BOOK = Enclosure(name="Listado año.xlsx", media_type="application/vnd.ms-excel", data=b"PK\x03\x04" * 500)


def _values(key: str, **changes: object) -> dict[str, object]:
    return {**{name: value.example for name, value in list_messages()[key].values.items()}, **changes}


def _read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
    return message


def _letter(key: str = "ASK", recipient: Recipient = PERSON, **settings: object) -> EmailMessage:
    pattern = compose(key, _values(key), office=OFFICE, **settings)  # type: ignore[arg-type]
    return _read(pattern.letter(recipient, message_id="<1@imss-bienestar.example>", date=NOW))


def _plain(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def _html(letter: EmailMessage) -> str:
    body = letter.get_body(("html",))
    assert body is not None
    return body.get_content()


def test_a_letter_bears_its_recipient_and_nobody_else():
    pattern = compose("ASK", _values("ASK"), office=OFFICE)
    other = Recipient(address="egas@ejemplo.example", name="Otra Persona", code="999111", tag=TAG)

    first = _read(pattern.letter(PERSON, message_id="<1@x.example>", date=NOW))
    second = _read(pattern.letter(other, message_id="<2@x.example>", date=NOW))

    assert first["To"].addresses[0].display_name == PERSON.name
    for letter, person, stranger in ((first, PERSON, other), (second, other, PERSON)):
        for text in (_plain(letter), _html(letter)):
            assert person.name in text
            assert person.code in text
            assert stranger.name not in text
            assert stranger.code not in text


def test_the_same_letter_twice_is_the_same_bytes():
    pattern = compose("ASK", _values("ASK"), office=OFFICE, attachments=[BOOK])

    once = pattern.letter(PERSON, message_id="<1@x.example>", date=NOW)

    assert once == pattern.letter(PERSON, message_id="<1@x.example>", date=NOW)
    assert compose("ASK", _values("ASK"), office=OFFICE, attachments=[BOOK]) == pattern


def test_the_header_is_right_and_in_ascii():
    pattern = compose("ASK", _values("ASK"), office=OFFICE)
    thread = Thread(
        in_reply_to="<q@ejemplo.example>", references=("<p@ejemplo.example>", "<q@ejemplo.example>")
    )

    raw = pattern.letter(PERSON, message_id="<1@x.example>", date=NOW, thread=thread)
    letter = _read(raw)

    assert raw.isascii()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert letter["Subject"] == f"{TAG} {pattern.subject}"
    assert letter["From"].addresses[0].addr_spec == OFFICE.address
    assert letter["Date"].datetime == NOW
    assert str(letter["Date"]).endswith("-0600")
    assert letter["In-Reply-To"] == "<q@ejemplo.example>"
    assert letter["References"] == "<p@ejemplo.example> <q@ejemplo.example>"
    assert letter["Message-ID"] == "<1@x.example>"


def test_a_subject_without_accents_or_tag_is_plain():
    letter = _letter("M-48", Recipient(address="admin@ejemplo.example"))

    assert letter["Subject"] == "Alerta de seguridad, folio 2027-000151"


def test_what_we_read_of_our_own_letter_is_what_we_wrote():
    pattern = compose("M-01", _values("M-01"), office=OFFICE, attachments=[BOOK])

    mail = parse_mail(pattern.letter(PERSON, message_id="<1@x.example>", date=NOW))

    assert mail.subject == f"{TAG} {pattern.subject}"
    assert mail.from_email == OFFICE.address
    assert LEGEND in mail.body_text
    assert [(one.name, one.size) for one in mail.attachments] == [(BOOK.name, len(BOOK.data))]
    assert mail.kind is MailKind.NORMAL


def test_letters_of_the_system_say_so_and_answers_say_that_they_answer():
    assert _letter("M-45", PERSON)["Auto-Submitted"] == "auto-generated"
    assert _letter("M-06", PERSON)["Auto-Submitted"] == "auto-replied"
    assert _letter("M-01", PERSON)["Auto-Submitted"] is None


def test_text_and_html_and_files_stand_in_their_order():
    letter = _letter("ASK", attachments=[BOOK], invitation=_deadline())

    kinds = [part.get_content_type() for part in letter.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/vnd.ms-excel",
        "text/calendar",
    ]
    assert [part.get_filename() for part in letter.iter_attachments()] == ["Listado año.xlsx", "plazo.ics"]


def test_without_files_there_is_no_outer_part():
    assert [part.get_content_type() for part in _letter().walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def _deadline() -> Deadline:
    return Deadline(
        uid="0780/2027-B1/A08/OOAD07-R03-PAC012@imss-bienestar.example",
        on=date(2027, 1, 18),
        summary="Entrega del Listado validado, PAC012",
        description="Actividad 8 del Procedimiento 0780-003-002; coma, punto y coma; ñ",
        stamped_at=NOW,
        organiser=OFFICE.address,
        sequence=2,
    )


def test_the_calendar_entry_is_a_whole_day_with_an_alarm_and_keeps_nobody_busy():
    letter = _letter("ASK", invitation=_deadline())
    part = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")

    calendar = icalendar.Calendar.from_ical(part.get_content())
    [event] = calendar.walk("VEVENT")
    [alarm] = calendar.walk("VALARM")

    assert part.get_param("method") == "PUBLISH"
    assert calendar["method"] == "PUBLISH"
    assert event.decoded("dtstart") == date(2027, 1, 18)
    assert event["transp"] == "TRANSPARENT"
    assert event["sequence"] == 2
    assert "attendee" not in event
    assert event["description"] == _deadline().description
    assert alarm.decoded("trigger").total_seconds() == -15 * 3600


def test_a_code_that_is_needed_must_be_given():
    pattern = compose("ASK", _values("ASK"), office=OFFICE)

    with pytest.raises(BadLetter):
        pattern.letter(Recipient(address="x@ejemplo.example", tag=TAG), message_id="<1@x.example>", date=NOW)


def test_a_message_that_asks_for_no_code_shows_none():
    pattern = compose("ASK", _values("ASK", with_code=False, word="ENTERADO"), office=OFFICE)

    letter = _read(pattern.letter(PERSON, message_id="<1@x.example>", date=NOW))

    assert not pattern.needs_code
    assert "482913" not in _plain(letter)
    assert "ENTERADO" in _plain(letter)


def test_a_recipient_without_name_is_still_addressed():
    pattern = compose("M-48", _values("M-48"), office=OFFICE)

    letter = _read(
        pattern.letter(Recipient(address="admin@ejemplo.example"), message_id="<1@x.example>", date=NOW)
    )

    assert "A quien corresponda" in _plain(letter)
    assert letter["To"] == "admin@ejemplo.example"


def test_an_address_that_no_server_takes_makes_no_letter():
    pattern = compose("M-48", _values("M-48"), office=OFFICE)

    with pytest.raises(NotDelivered):
        pattern.letter(Recipient(address="josé@ejemplo.example"), message_id="<1@x.example>", date=NOW)


@pytest.mark.parametrize("changes", [{"nada": 1}, {"folio": None, "otra": 2}])
def test_values_that_the_message_does_not_have_are_refused(changes):
    with pytest.raises(BadValues, match="unknown"):
        compose("M-44", {**_values("M-44"), **changes}, office=OFFICE)


def test_values_that_are_missing_are_named():
    with pytest.raises(BadValues, match="received_at"):
        compose("M-44", {"folio": "1"}, office=OFFICE)


def test_an_unknown_message_is_said_to_be_unknown():
    with pytest.raises(UnknownMessage):
        compose("M-99", {}, office=OFFICE)


def test_a_value_can_neither_break_the_page_nor_borrow_the_code():
    values = _values("ASK", says='<script>x()</script> & \ue101 "comillas"')

    letter = _read(compose("ASK", values, office=OFFICE).letter(PERSON, message_id="<1@x.example>", date=NOW))

    assert "<script>" not in _html(letter)
    assert "&lt;script&gt;" in _html(letter)
    assert '<script>x()</script> & "comillas"' in _plain(letter)


def test_a_name_can_neither_break_the_page_nor_add_a_field():
    person = Recipient(
        address="x@ejemplo.example", name='Eva "<b>\r\nBcc: todos@x.example', code="1", tag=TAG
    )

    letter = _letter("ASK", person)

    assert letter["Bcc"] is None
    assert "<b>\r\nBcc" not in _html(letter)
    assert "&lt;b&gt;" in _html(letter)


def test_times_are_written_in_the_offices_zone():
    letter = _letter("M-44", PERSON)

    assert "18 de enero de 2027, 10:42 h" in _plain(letter)


def test_amounts_are_written_with_their_cents():
    values = _values("M-06", totals={"rows": 5, "vrs": 3, "pvr": 2, "amount": Decimal(4600)})

    assert "$4,600.00" in compose("M-06", values, office=OFFICE).text


def test_ac_76_a_letter_without_the_legend_cannot_be_composed(monkeypatch):
    monkeypatch.setattr(composing, "LEGEND", LEGEND + ".")

    with pytest.raises(BadLetter, match="legend"):
        compose("M-44", _values("M-44"), office=OFFICE)


def test_what_was_approved_is_told_by_its_digest():
    before = compose("ASK", _values("ASK"), office=OFFICE, attachments=[BOOK])
    after = compose(
        "ASK",
        _values("ASK"),
        office=OFFICE,
        attachments=[Enclosure(name=BOOK.name, media_type="x/y", data=b"z")],
    )

    assert before.digest != after.digest


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Co", "Cc")), min_size=1, max_size=200))
def test_every_text_arrives_as_it_was_given(text):
    values = _values("THANKS", act=f"|{' '.join(text.split())}|")
    pattern = compose("THANKS", values, office=OFFICE)

    letter = _read(pattern.letter(PERSON, message_id="<1@x.example>", date=NOW))

    assert _plain(letter) == pattern.preview(PERSON)[1]
    assert f"|{' '.join(text.split())}|" in _plain(letter)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Co", "Cc")), max_size=120))
def test_every_name_arrives_as_it_was_given(name):
    person = Recipient(address="x@ejemplo.example", name=name, code="1", tag=TAG)

    letter = _letter("ASK", person)

    assert name.strip() in _plain(letter)
    assert letter["To"].addresses[0].addr_spec == "x@ejemplo.example"

"""The stage of the volunteers' scenarios: the eve of a delivery, its PAC told, and phones in people's hands."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from actions.desk import Desk as Transaction
from actions.fire_deadlines import fire_deadlines
from actions.permit_channel import permit_channel
from procedures.lists.names import normalise_name
from service.demo.phone import Phone
from storage import agenda, cases, chats, payees
from storage.cases import CaseRow
from storage.payees import NoticeRow, Payee, PayeeRow
from storage.volunteers import VolunteerRow
from tests.acceptance.chat_scene import Desk
from tests.people import CACYPCS, PERIOD, Volunteer

MEXICO = ZoneInfo("America/Mexico_City")


def instant(day: str, hour: str = "10:00", zone: ZoneInfo = MEXICO) -> datetime:
    """Return an instant of a day as it is told in a zone."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), zone)


class Delivery(Desk):
    """A desk in February 2027: the circular of the delivery was passed on to every PAC (A36)."""

    def case(self) -> CaseRow:
        with self.writer.store.reading() as session:
            found = cases.find_case(session, f"0780-003-002/{PERIOD}")
            assert found is not None
            return found

    def permit(self) -> None:
        """Let CACyPCS permit personal data in the chat."""
        self.writer.act(
            permit_channel,
            "telegram",
            "C3",
            as_person=CACYPCS.key,
            document=b"oficio",
            document_name="oficio.pdf",
        )

    def volunteer(self, who: Volunteer) -> VolunteerRow:
        with self.writer.store.reading() as session:
            return session.exec(
                select(VolunteerRow).where(
                    col(VolunteerRow.name_norm) == normalise_name(who.name),
                    col(VolunteerRow.unit) == who.unit,
                )
            ).one()

    def payee(self, who: Volunteer) -> Payee:
        number = self.volunteer(who).id
        with self.writer.store.reading() as session:
            row = session.exec(select(PayeeRow).where(col(PayeeRow.volunteer_id) == number)).one()
            return payees.get_payee(session, row.id or 0)

    def notices(self, who: Volunteer) -> list[str]:
        """Return the kinds of the notices of somebody, the first first."""
        with self.writer.store.reading() as session:
            return [row.kind for row in payees.notices_of(session, self.payee(who).row.id or 0)]

    def all_notices(self) -> list[NoticeRow]:
        with self.writer.store.reading() as session:
            return list(session.exec(select(NoticeRow).order_by(col(NoticeRow.id))))

    async def phone_of(self, who: Volunteer) -> Phone:
        """Give a volunteer a phone whose account is tied, as if the code had been handed over."""
        phone = self.api.phone(who.name.split()[0])
        await self.say(phone, "hola")
        number = self.volunteer(who).id

        def tie(desk: Transaction) -> None:
            chat = chats.open_chat(desk.session, phone.id)
            chats.link_volunteer(desk.session, chat, number or 0, desk.now)

        self.writer.act(tie)
        return phone

    def fire(self) -> int:
        """Fire what is due, and return how many transactions that took."""
        pieces = 0
        while self.writer.act(fire_deadlines):
            pieces += 1
        return pieces

    async def go_to(self, target: datetime) -> None:
        """Let office time pass; what falls due on the way fires at its instant, and is carried."""
        while True:
            with self.writer.store.reading() as session:
                due = agenda.next_due_at(session)
            self.clock.leap_to(min(due or target, target))
            self.fire()
            await self.settle()
            if due is None or due > target:
                self.clock.leap_to(target)
                return

    async def press(self, phone: Phone, button: str) -> str:
        """Let somebody press a button, and return what the desk answered."""
        phone.unread()
        phone.press(button)
        await self.settle()
        return "\n".join(message.text for message in phone.unread())


def told(phone: Phone) -> list[str]:
    """Return what the desk wrote to somebody since the last look."""
    return [message.text for message in phone.unread()]

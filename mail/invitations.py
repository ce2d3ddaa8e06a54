"""A due date as a calendar entry: what an `.ics` beside a letter holds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """The last day of something, or all its days, for the calendar of whoever must mind it."""

    uid: str
    """The same for the same deadline, so that a later one moves it instead of adding another."""
    on: date
    summary: str
    description: str
    stamped_at: datetime
    organiser: str
    """The desk's address."""
    sequence: int = 0
    until: date | None = None
    """The last day of what lasts longer than one."""
    alarm_before: timedelta = timedelta(hours=15)
    """Before the first day begins: fifteen hours are nine in the morning of the day before."""


def calendar_file(deadline: Deadline) -> bytes:
    """Return the calendar entry: published, all day, blocking nobody's day, with one alarm."""
    event = icalendar.Event()
    event.add("uid", deadline.uid)
    event.add("dtstamp", deadline.stamped_at)
    event.add("sequence", deadline.sequence)
    event.add("dtstart", deadline.on)
    event.add("dtend", (deadline.until or deadline.on) + timedelta(days=1))
    event.add("summary", deadline.summary)
    event.add("description", deadline.description)
    event.add("organizer", f"mailto:{deadline.organiser}")
    event.add("transp", "TRANSPARENT")
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", deadline.summary)
    alarm.add("trigger", -deadline.alarm_before)
    event.add_component(alarm)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//oficialia//plazos//ES")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())

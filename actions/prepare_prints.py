"""Print the listado definitivo, a file an OOAD, while no transaction waits for it, and send it with its letters (A32; M-20).

Activity 31 puts a round down in the agenda. The ticker asks what is to be printed (`next_print`), has it set in the workers,
and has each file kept by itself (`keep_made`): whoever is stopped in between goes on with the files that lack. When all
are there the round sends them: to the CFI, who prints and hands over, and to the UPIB as soon as activity 32 stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from actions.attach_lists import list_attachment
from actions.desk import Desk
from actions.find_addressees import NATION, Addressee, addressees, recipients
from actions.find_release import find_replaced, release_in_words
from actions.letter_values import list_values, name_of, period_in_words, signer, totals_of
from actions.money import pesos
from actions.print_list import find_known_print, keep_print, parts_of, print_enclosure, printed_list
from actions.send_letter import send
from documents.printed_list import Print, PrintedList
from mail.composing import Enclosure
from procedures.lists.lines import ooad_of
from procedures.lists.totals import Totals
from storage import agenda, cases, lineage, lists
from storage.agenda import DeadlineRow
from storage.cases import CaseRow, StepOutcome
from storage.lists import ListLevel, ListState, ListVersionRow

ROUND = "PRINTS"
DELIVERS = "A32"
DELIVERY = "M-20"
PATIENCE = timedelta(minutes=10)
FAULT_PATIENCE = timedelta(hours=1)
STANDING = frozenset({ListState.DEFINITIVE, ListState.TRANSMITTED})
MEGABYTE = 1_000_000
ENCODED = 1.37
"""How much larger a file is in a mail: base 64, and the ends of its lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintOrder:
    """A file that is to be printed."""

    key: str
    """Of the agenda's row that asks for it."""
    case_id: int
    version_id: int
    part: str
    printed: PrintedList


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """What goes in one letter."""

    files: tuple[Enclosure, ...]
    number: int
    of: int
    left: tuple[str, ...] = ()
    """Files that no letter can hold."""


def order_prints(desk: Desk, case: CaseRow, unit: str) -> None:
    """Put down that the listado definitivo is to be printed; once for each version of it."""
    version = lists.latest_version(desk.session, case.id, ListLevel.LD, unit)
    if version is None:
        return
    agenda.put_round(desk.session, case.id, f"{ROUND}/{version.id}", unit=unit, due_at=desk.now)


def next_print(desk: Desk) -> PrintOrder | None:
    """Return the next file that is to be printed now; None when all are there."""
    for row in agenda.due_named(desk.session, now=desk.now, beginning=f"{ROUND}/"):
        version = _version_of(desk, row)
        if version is None:
            continue
        case = cases.get_case(desk.session, version.case_id)
        missing = _missing(desk, case, version)
        if missing:
            return PrintOrder(
                key=row.key,
                case_id=version.case_id,
                version_id=version.id or 0,
                part=missing[0],
                printed=printed_list(desk, case, version, missing[0]),
            )
    return None


def keep_made(desk: Desk, order: PrintOrder, made: Print) -> None:
    """Keep a file that was printed; whoever printed the same meanwhile was first."""
    [version] = lists.versions_by_id(desk.session, [order.version_id])
    case = cases.get_case(desk.session, order.case_id)
    if find_known_print(desk, case, version, order.part) is not None:
        return
    row = keep_print(desk, case, version, order.part, made)
    desk.note(
        "list_printed",
        case_id=case.id,
        step=DELIVERS,
        unit=version.unit,
        level=version.level.value,
        part=order.part,
        version=version.version,
        pages=row.pages,
        file=row.sha256,
        record_digest=version.digest,
    )


def put_prints_off(desk: Desk, order: PrintOrder, fault: str) -> None:
    """Try again later what could not be printed, by a fault of ours, and tell whoever operates the desk."""
    row = agenda.find(desk.session, order.key)
    if row is not None:
        agenda.put_back(desk.session, row, until=desk.now + FAULT_PATIENCE)
    values = {
        "event": f"No se pudo preparar el impreso de {order.part} ({fault}); se intenta de nuevo cada hora.",
        "at": desk.now,
        "reference": order.key,
    }
    send(desk, "M-48", values, addressees(desk, "ADMIN", NATION), version=f"{order.key}/{desk.today}")
    desk.wake_couriers()


def finish_prints(desk: Desk, row: DeadlineRow) -> None:
    """Send what was printed; what a newer version replaced meanwhile is printed no more."""
    version = _version_of(desk, row)
    if version is None:
        return
    case = cases.get_case(desk.session, version.case_id)
    if _missing(desk, case, version):
        agenda.put_back(desk.session, row, until=desk.now + PATIENCE)
        return
    _send(desk, case, version, "PRINTS", addressees(desk, "CFI", NATION))
    record = cases.last_step(desk.session, case.id, DELIVERS, version.unit)
    if record is not None and record.outcome is StepOutcome.DONE:
        _send(desk, case, version, DELIVERY, recipients(desk, case, DELIVERY, version.unit))


def deliver_prints(desk: Desk, case: CaseRow, unit: str) -> None:
    """Send the list to the UPIB now that activity 32 stands, or as soon as it is printed."""
    version = lists.latest_version(desk.session, case.id, ListLevel.LD, unit)
    if version is None:
        return
    if _missing(desk, case, version):
        order_prints(desk, case, unit)
        return
    _send(desk, case, version, DELIVERY, recipients(desk, case, DELIVERY, unit))


def _version_of(desk: Desk, row: DeadlineRow) -> ListVersionRow | None:
    """Return the version that a round prints, as long as it stands."""
    found = lists.versions_by_id(desk.session, [int(row.name.partition("/")[2])])
    return next((version for version in found if version.state in STANDING), None)


def _missing(desk: Desk, case: CaseRow, version: ListVersionRow) -> list[str]:
    return [part for part in parts_of(desk, version) if find_known_print(desk, case, version, part) is None]


def _send(desk: Desk, case: CaseRow, version: ListVersionRow, message: str, to: Sequence[Addressee]) -> None:
    """Send the workbook and the prints in as many letters as the mail's limit makes of them."""
    files = [
        list_attachment(desk, case, version),
        *(print_enclosure(desk, case, version, part) for part in parts_of(desk, version)),
    ]
    common = _values(desk, case, version)
    for bundle in in_bundles(files, desk.office.letter_limit_mb * MEGABYTE):
        values = common | {
            "enclosed": [file.name for file in bundle.files],
            "number": bundle.number,
            "of": bundle.of,
            "left": list(bundle.left),
            **({"signer": signer(desk, "CFI", NATION)} if message == DELIVERY else {}),
        }
        send(
            desk,
            message,
            values,
            to,
            case=case,
            step=DELIVERS,
            unit=version.unit,
            version=f"{version.version}/{bundle.number}",
            attachments=bundle.files,
        )


def in_bundles(files: Sequence[Enclosure], limit: float) -> list[Bundle]:
    """Share files out to letters of so many bytes, in their order; what is larger than a letter goes in none."""
    groups: list[list[Enclosure]] = [[]]
    left = []
    room = limit
    for file in files:
        size = len(file.data) * ENCODED
        if size > limit:
            left.append(file.name)
            continue
        if size > room:
            groups.append([])
            room = limit
        groups[-1].append(file)
        room -= size
    return [
        Bundle(files=tuple(group), number=number, of=len(groups), left=tuple(left))
        for number, group in enumerate(groups, 1)
    ]


def _values(desk: Desk, case: CaseRow, version: ListVersionRow) -> dict[str, Any]:
    by_ooad: dict[str, Totals] = {}
    for pac, totals in lineage.totals_by_ambito(desk.session, [version.id or 0]).items():
        by_ooad[ooad_of(pac)] = by_ooad.get(ooad_of(pac), Totals()) + totals
    _version, common = list_values(desk, case, ListLevel.LD, version.unit)
    replaced = find_replaced(desk, case, version)
    return {
        **common,
        "period": period_in_words(desk, case),
        "code": case.period,
        "totals": totals_of(version),
        "amounts": [
            [
                f"OOAD {name_of(case, ooad)}",
                *map(pesos, (totals.vrs_centavos, totals.pvr_centavos, totals.centavos)),
            ]
            for ooad, totals in sorted(by_ooad.items())
        ],
        "verified": release_in_words(desk, case),
        "replaces": replaced.version if replaced else 0,
    }

"""Open a fiscal period: freeze the organisation, begin the expediente, ask for the circular (A01)."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.ask_for_step import ask_for
from actions.desk import Desk
from actions.find_addressees import addressees
from actions.read_case import read_situation
from actions.refresh_agenda import refresh_agenda
from actions.send_letter import send
from actions.send_summary import plan_summary
from procedures import engine
from storage import cases, definitions, organisation, periods
from storage.cases import CaseRow
from storage.periods import PeriodState

PROCEDURE = "0780-003-002"


class PeriodNotOpened(Exception):
    """A period cannot be opened; it carries every reason, in Spanish."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedPeriod:
    """What an opening did."""

    case: CaseRow
    ooads: tuple[str, ...]
    left_out: dict[str, str]
    """OOAD -> why it could not be opened."""


def open_period(
    desk: Desk, code: str, ooads: Sequence[str] = (), *, person_id: int | None = None
) -> OpenedPeriod:
    """Open a period for the OOADs named, or for every active one.

    An OOAD of which nobody said whether it has an EGAS is left out, and CACyPCS is
    asked (AMB-05, AC-31); likewise one without its authorised number (G_NUM).

    Raises:
        PeriodNotOpened: no calendar, no OOAD that can be opened, or it is open already.
    """
    period = periods.find_period(desk.session, code)
    if period is None:
        raise PeriodNotOpened(
            [
                f"El periodo {code} no está en el calendario autorizado (5.2.12). Cárguelo con «oficialia import-calendar»."
            ]
        )
    folio = f"{PROCEDURE}/{code}"
    if cases.find_case(desk.session, folio) is not None:
        raise PeriodNotOpened([f"El periodo {code} ya está abierto."])
    definition = definitions.in_force(desk.session, PROCEDURE)
    if definition is None:
        raise PeriodNotOpened(
            [f"No hay una versión activa del procedimiento {PROCEDURE} («oficialia procedure activate»)."]
        )
    chosen = list(ooads) or [
        unit.code
        for unit in organisation.units(desk.session, kind=organisation.UnitKind.OOAD)
        if organisation.units(desk.session, parent=unit.code)
    ]
    left_out = {ooad: why for ooad in chosen if (why := _cannot_open(desk, ooad, code))}
    opened = [ooad for ooad in chosen if ooad not in left_out]
    if not opened:
        raise PeriodNotOpened(
            [f"{ooad}: {why}" for ooad, why in left_out.items()]
            or ["No hay ningún OOAD con regiones en el directorio."]
        )
    frozen = organisation.freeze_tree(desk.session, opened)
    case = cases.add_case(
        desk.session,
        CaseRow(
            folio=folio,
            procedure=PROCEDURE,
            version=definition.version,
            period=code,
            opened_at=desk.now,
            tree={scope: list(codes) for scope, codes in frozen.tree.items()},
            parents=dict(frozen.parents),
            facts={unit: dict(facts) for unit, facts in frozen.facts.items()},
        ),
    )
    period.state = PeriodState.OPEN
    desk.session.add(period)
    desk.note(
        "period_opened",
        case_id=case.id,
        person_id=person_id,
        channel="command",
        period=code,
        ooads=len(opened),
        pacs=len(case.tree.get("pac", [])),
        procedure=PROCEDURE,
        version=case.version,
    )
    for ooad, why in left_out.items():
        desk.note("ooad_left_out", case_id=case.id, unit=ooad, channel="command", period=code, reason=why)
    if left_out:
        values = {
            "event": "OOAD sin abrir: " + "; ".join(f"{ooad}, {why}" for ooad, why in left_out.items()),
            "at": desk.now,
        }
        send(desk, "M-48", values, addressees(desk, "CACyPCS", "PIB"), case=case, version=f"left-out/{code}")
    situation = read_situation(desk, case, "")
    for instance in engine.open_instances(situation):
        ask_for(desk, case, situation, instance)
    refresh_agenda(desk, case, situation)
    plan_summary(desk)
    desk.wake_couriers()
    return OpenedPeriod(case=case, ooads=tuple(opened), left_out=left_out)


def _cannot_open(desk: Desk, ooad: str, period: str) -> str:
    unit = organisation.find_unit(desk.session, ooad)
    if unit is None or unit.kind is not organisation.UnitKind.OOAD:
        return "no está en el catálogo de OOAD"
    if unit.has_egas is None:
        return "no se ha dicho si existe EGAS (AMB-05); la CACyPCS debe indicarlo en el directorio"
    if periods.headcount_of(desk.session, ooad, period) is None:
        return "no tiene número autorizado de VRS y PVR (act. 1)"
    if not organisation.units(desk.session, parent=ooad):
        return "no tiene regiones en el directorio"
    return ""

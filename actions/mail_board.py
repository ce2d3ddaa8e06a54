"""Send somebody the board of their own ámbito by mail (C-28)."""

from actions.desk import Desk
from actions.send_letter import send_to_person
from actions.show_boards import Board
from storage.entries import EntryRow


def mail_board(desk: Desk, board: Board, person_id: int, *, entry: EntryRow) -> None:
    """Send a board, counts only, to its reader's registered address."""
    values = {
        "scope": board.name or "nivel nacional",
        "period": board.period,
        "at": desk.now.astimezone(desk.office.zone),
        "figures": [
            ["PAC que entregaron", f"{board.delivered} de {board.total}"],
            ["Con errores", str(board.with_errors)],
            ["Pasos vencidos", str(board.overdue_steps)],
            ["Casos abiertos", str(board.open_cases)],
        ],
        "units": [
            f"{unit.name}: {unit.delivered} de {unit.total} PAC entregaron, {unit.with_errors} con errores, "
            f"{unit.overdue} vencidos{', listado enviado' if unit.received else ''}"
            for unit in board.units
        ],
        "overdue": [f"{title}: {number}" for title, number in board.overdue],
    }
    send_to_person(desk, "BOARD", values, person_id, entry=entry)

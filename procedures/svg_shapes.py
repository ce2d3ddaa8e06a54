"""The few shapes that the drawings are made of, as SVG text."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

INK = "#2b2a27"
SOFT_INK = "#6b6557"
GREEN = "#13322b"
WINE = "#9f2241"
GOLD = "#bc955c"
LINE = "#8c8577"
PAPER = "#fbfaf7"
RULE = "#e5e0d5"
WHITE = "#ffffff"


@dataclass(frozen=True, slots=True)
class Tint:
    """The colours of a card: its paper, its border and the pill that says why."""

    paper: str
    border: str


NEUTRAL = Tint(WHITE, "#b9b3a5")
TEAL = Tint("#e3f1ec", "#2e7d68")
AMBER = Tint("#fbf0dc", "#b07d2b")
GREY = Tint("#f1efe9", "#77705f")

Point = tuple[float, float]


def page(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """Return a whole drawing."""
    style = (
        "text{font-family:'Noto Sans','DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif;fill:#2b2a27}"
        ".way{fill:none;stroke-width:1.5;stroke-linejoin:round}"
        ".card:hover rect.body{stroke-width:2.4}"
    )
    heads = "".join(
        f'<marker id="head-{name}" viewBox="0 0 10 10" refX="8.5" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0,1 L9,5 L0,9 z" fill="{colour}"/></marker>'
        for name, colour in HEADS.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img">'
        f"<title>{escape(title)}</title><style>{style}</style><defs>{heads}</defs>"
        f'<rect width="{width:g}" height="{height:g}" fill="{PAPER}"/>' + "".join(parts) + "</svg>\n"
    )


HEADS = {"plain": LINE, "teal": TEAL.border, "amber": AMBER.border, "wine": WINE}


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "none",
    stroke: str = "none",
    radius: float = 0,
    thick: float = 1.2,
    dashed: bool = False,
    kind: str = "",
) -> str:
    """Return a rectangle."""
    dash = ' stroke-dasharray="5 3"' if dashed else ""
    named = f" class={quoteattr(kind)}" if kind else ""
    return (
        f'<rect{named} x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{thick:g}"{dash}/>'
    )


def line(start: Point, end: Point, *, colour: str = RULE, thick: float = 1) -> str:
    """Return a straight line."""
    return (
        f'<line x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" '
        f'stroke="{colour}" stroke-width="{thick:g}"/>'
    )


def words(
    at: Point,
    text: str,
    *,
    size: float = 11,
    colour: str = INK,
    bold: bool = False,
    anchor: str = "start",
    turned: bool = False,
) -> str:
    """Return a line of text."""
    weight = ' font-weight="700"' if bold else ""
    turn = f' transform="rotate(-90 {at[0]:g} {at[1]:g})"' if turned else ""
    return (
        f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size:g}" text-anchor="{anchor}"{weight}{turn} '
        f'style="fill:{colour}">{escape(text)}</text>'
    )


def pill(at: Point, text: str, *, fill: str, size: float = 9) -> str:
    """Return a text on a rounded ground; `at` is its right upper corner."""
    width = width_of(text, size, bold=True) + 10
    return box(at[0] - width, at[1], width, size + 6, fill=fill, radius=(size + 6) / 2) + words(
        (at[0] - width / 2, at[1] + size + 1.6), text, size=size, colour=WHITE, bold=True, anchor="middle"
    )


def arrow(points: Sequence[Point], *, head: str = "plain") -> str:
    """Return a way through some points, its corners rounded, with an arrow at its end."""
    path = f"M{points[0][0]:g},{points[0][1]:g}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(corner, before), _towards(corner, after)
        path += f" L{near[0]:g},{near[1]:g} Q{corner[0]:g},{corner[1]:g} {far[0]:g},{far[1]:g}"
    path += f" L{points[-1][0]:g},{points[-1][1]:g}"
    return f'<path class="way" d="{path}" stroke="{HEADS[head]}" marker-end="url(#head-{head})"/>'


def curve(start: Point, first: Point, second: Point, end: Point, *, head: str = "plain") -> str:
    """Return a bent way with an arrow at its end."""
    path = (
        f"M{start[0]:g},{start[1]:g} C{first[0]:g},{first[1]:g} {second[0]:g},{second[1]:g} "
        f"{end[0]:g},{end[1]:g}"
    )
    return f'<path class="way" d="{path}" stroke="{HEADS[head]}" marker-end="url(#head-{head})"/>'


def _towards(corner: Point, other: Point, radius: float = 6) -> Point:
    """Return a point a little way from a corner towards another point."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max((dx * dx + dy * dy) ** 0.5, 0.001)
    step = min(radius, length / 2) / length
    return corner[0] + dx * step, corner[1] + dy * step


def icon(name: str, at: Point, *, colour: str = SOFT_INK) -> str:
    """Return a sign of ten by ten: gate, repeat, back, timer."""
    x, y = at
    drawn = {
        "gate": f'<path d="M{x + 5:g},{y:g} l5,5 l-5,5 l-5,-5 z" fill="{colour}"/>',
        "repeat": (
            f'<path d="M{x + 9:g},{y + 5:g} a4,4 0 1 1 -1.6,-3.2" fill="none" stroke="{colour}" '
            f'stroke-width="1.5"/><path d="M{x + 9.6:g},{y - 0.6:g} v3.4 h-3.4 z" fill="{colour}"/>'
        ),
        "back": (
            f'<path d="M{x + 3.6:g},{y:g} l-3.6,3.6 l3.6,3.6 M{x:g},{y + 3.6:g} h6.4 a3,3 0 0 1 0,6 h-2.4" '
            f'fill="none" stroke="{colour}" stroke-width="1.5"/>'
        ),
        "timer": (
            f'<circle cx="{x + 5:g}" cy="{y + 5:g}" r="4.4" fill="none" stroke="{colour}" '
            f'stroke-width="1.3"/><path d="M{x + 5:g},{y + 2.4:g} v2.8 l2,1.4" fill="none" '
            f'stroke="{colour}" stroke-width="1.2"/>'
        ),
    }
    return drawn[name]


def group(parts: Sequence[str], *, told: str = "", kind: str = "") -> str:
    """Return shapes that belong together, with what a pointer over them tells."""
    named = f" class={quoteattr(kind)}" if kind else ""
    hint = f"<title>{escape(told)}</title>" if told else ""
    return f"<g{named}>{hint}{''.join(parts)}</g>"


_NARROW = frozenset("iIlj.,:;|'·()[]ftr ")
_WIDE = frozenset("mwMWAGOQ@ÁÓ—…")


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is drawn."""
    units = sum(0.34 if sign in _NARROW else 0.82 if sign in _WIDE else 0.58 for sign in text)
    return units * size * (1.12 if bold else 1)


def broken(text: str, width: float, size: float, lines: int, *, bold: bool = False) -> list[str]:
    """Break a text into lines that fit, the last one shortened if it must be."""
    found: list[str] = [""]
    for part in text.split():
        longer = f"{found[-1]} {part}".strip()
        if width_of(longer, size, bold=bold) <= width or not found[-1]:
            found[-1] = longer
        else:
            found.append(part)
    if len(found) > lines:
        kept = found[:lines]
        while kept[-1] and width_of(f"{kept[-1]}…", size, bold=bold) > width:
            kept[-1] = kept[-1][:-1]
        kept[-1] = f"{kept[-1].rstrip()}…"
        return kept
    return found

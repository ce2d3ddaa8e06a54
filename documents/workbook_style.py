"""How our workbooks look: one palette, one type, quiet lines."""

from typing import Any

GREEN = "#1E5B4F"
GOLD = "#A57F2C"
WINE = "#9B2247"
SAND = "#F6F1E7"
GREY = "#5F6368"
LINE = "#D5D0C4"
WRONG = "#FBD5D5"
DOUBTFUL = "#FFF0C2"

FONT = "Calibri"

Style = dict[str, Any]

TEXT: Style = {"font_name": FONT, "font_size": 11, "valign": "vcenter"}
BODY: Style = {**TEXT, "border": 1, "border_color": LINE, "indent": 1}
HEADER: Style = {
    **TEXT,
    "bold": True,
    "font_color": "#FFFFFF",
    "bg_color": GREEN,
    "border": 1,
    "border_color": GREEN,
    "text_wrap": True,
    "indent": 1,
}
TITLE: Style = {**TEXT, "font_size": 18, "bold": True, "font_color": GREEN}
SUBTITLE: Style = {**TEXT, "font_color": GREY}
SECTION: Style = {
    **TEXT,
    "font_size": 13,
    "bold": True,
    "font_color": GREEN,
    "bottom": 2,
    "bottom_color": GOLD,
}
BAND: Style = {**TEXT, "font_size": 9, "font_color": GREY, "bg_color": SAND, "indent": 1}
LABEL: Style = {**BODY, "font_color": GREY, "bg_color": SAND}
WRAPPED: Style = {**TEXT, "text_wrap": True}
LEGEND: Style = {
    **TEXT,
    "font_size": 9,
    "italic": True,
    "font_color": GREY,
    "text_wrap": True,
    "valign": "top",
}

MONEY = '"$"#,##0.00'
DAY = "dd/mm/yyyy"
AS_TEXT = "@"
"""The number format that keeps a key's leading zero."""

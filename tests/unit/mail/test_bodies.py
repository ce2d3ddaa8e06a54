"""The text that its author added is found apart from what it quotes, whatever wrote the mail."""

import pytest

from mail.bodies import html_to_text, new_text

LETTER = "Se solicita el Listado validado"


@pytest.mark.parametrize(
    "text",
    [
        f"HECHO 482913\n\nEl lun, 4 ene 2027 a las 9:00, Oficialía (<o@x.example>) escribió:\n\n> {LETTER}",
        f"HECHO 482913\n\nEl lun, 4 de enero de 2027 a la(s) 09:00, Oficialía de partes, Programa\nIMSS-BIENESTAR (oficialia@x.example) escribió:\n> {LETTER}",
        f"HECHO 482913\n\nOn Mon, Jan 4, 2027 at 9:00 AM Oficialía <o@x.example> wrote:\n> {LETTER}",
        f"HECHO 482913\n\n-----Mensaje original-----\nDe: Oficialía\nEnviado el: lunes\nPara: PAC\n\n{LETTER}",
        f"HECHO 482913\n\n________________________________\nDe: Oficialía <o@x.example>\nEnviado: lunes\n{LETTER}",
        f"HECHO 482913\n\nDe: Oficialía <o@x.example>\nFecha: lunes, 4 de enero de 2027, 9:00\nPara: PAC\nAsunto: x\n\n{LETTER}",
        f"HECHO 482913\n\nDe: Oficialía <o@x.example>\nEnviado el: lunes, 4 de enero de 2027 09:00 a. m.\nPara: PAC\n\n{LETTER}",
        f"HECHO 482913\n\n*From:* Oficialía <o@x.example>\n*Sent:* Monday\n{LETTER}",
        f"HECHO 482913\n\nEnviado desde mi iPhone\n\n> El 4 ene 2027, a las 9:00, Oficialía <o@x.example> escribió:\n> \n> {LETTER}",
        f"HECHO 482913\n-- \nPAC Chenalhó\n\n> {LETTER}",
        f"> {LETTER}\n> de su ámbito\n\nHECHO 482913",
        f"El lun, 4 ene 2027 a las 9:00, Oficialía (<o@x.example>) escribió:\n> {LETTER}\n\nHECHO 482913\n",
        f"HECHO 482913\n\n---------- Forwarded message ---------\nDe: Oficialía\n{LETTER}",
        f"HECHO 482913\n\nInicio del mensaje reenviado:\n\n{LETTER}",
    ],
)
def test_an_answer_stands_alone(text):
    assert new_text(text) == "HECHO 482913"


@pytest.mark.parametrize(
    "text",
    [
        "De la región 03 faltan dos PAC.\nPara el lunes quedan listos.",
        "El listado va completo.\nMaría escribió los nombres:",
        "Confirmo que el listado se integró con el Equipo de Salud",
    ],
)
def test_ordinary_sentences_are_not_taken_for_quotations(text):
    assert new_text(text).splitlines()[0] == text.splitlines()[0]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Hola,<br>mundo</p>", "Hola,\nmundo"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
        ("<style>p{}</style><script>x()</script><title>t</title>visible", "visible"),
        ("sin &lt;etiquetas&gt; &amp; m&aacute;s&nbsp;cosas", "sin <etiquetas> & más cosas"),
        ("<p>sin cerrar <b>nada", "sin cerrar nada"),
        ("<head><meta charset=x><body>cuerpo</body>", "cuerpo"),
        ("<div>a</div><div><br></div><div>b<br></div><div>c</div>", "a\n\nb\nc"),
        ("a <![if !mso]>b<![endif]> c", "a b c"),
        ("<ul><li>uno<li>dos</ul>", "- uno\n- dos"),
        ("", ""),
    ],
)
def test_html_becomes_readable_text(page, text):
    assert html_to_text(page) == text


@pytest.mark.parametrize(
    "page", ["<![foo[ x", "<!doctype", "<" * 5000, "<a href='" + "x" * 9000, "</" * 3000, "<!--" * 100]
)
def test_no_html_breaks_the_reader(page):
    assert isinstance(html_to_text(page), str)

"""Protect the file for the PS as the office decided, and say how its password travels: never with the file (A28)."""

from actions.desk import Desk
from actions.find_addressees import NATION, Addressee
from actions.letter_values import period_in_words
from actions.send_letter import send
from documents.protection import Protection, password_for, protect
from mail.composing import Enclosure
from storage import people
from storage.cases import CaseRow
from storage.lists import ListVersionRow

HOW = {
    Protection.NONE: "",
    Protection.ZIP: "El archivo va en un .zip cifrado (AES-256).",
    Protection.XLSX: "El archivo es un libro de Excel con contraseña.",
}


def protected_file(desk: Desk, file: Enclosure, version: ListVersionRow) -> Enclosure:
    """Return the file as it leaves. Its name and bytes are those of the protected form."""
    made = protect(
        desk.workshop,
        Protection(desk.office.provider_protection),
        name=file.name,
        media_type=file.media_type,
        content=file.data,
        password=password_of(desk, version),
    )
    return Enclosure(name=made.name, media_type=made.media_type, data=made.content)


def password_of(desk: Desk, version: ListVersionRow) -> str:
    """Return the password of the file of a listado definitivo; it is kept in no table."""
    return password_for(desk.office.secret, version.file_sha256)


def password_address(desk: Desk) -> str:
    """Return where the password goes by mail; empty when it is told at the keyboard only.

    An address that also gets the file is none: the two never travel together.
    """
    address = desk.office.provider_password_to
    contacts = {row.email for row in people.external_contacts(desk.session, "PS", desk.today)}
    return "" if address in contacts else address


def say_protection(desk: Desk) -> str:
    """Return how the file leaves and how its password travels, for whoever releases it."""
    protection = Protection(desk.office.provider_protection)
    if protection is Protection.NONE:
        return "El archivo sale sin contraseña: así lo decidió la oficina (provider_protection)."
    address = password_address(desk)
    travels = (
        f"La contraseña sale por separado a {address}."
        if address
        else "La contraseña se consulta con «oficialia lists password» y se comunica por otro medio."
    )
    return f"{HOW[protection]} {travels}"


def send_password(desk: Desk, case: CaseRow, version: ListVersionRow, file_name: str) -> bool:
    """Send the password of a file that left to the other address; False when there is none."""
    address = password_address(desk)
    if not address or Protection(desk.office.provider_protection) is Protection.NONE:
        return False
    who = Addressee(email=address, name="", cargo="Prestador de Servicios", role="PS", unit=NATION)
    values = {
        "period": period_in_words(desk, case),
        "file_name": file_name,
        "password": password_of(desk, version),
    }
    send(desk, "PASSWORD", values, [who], case=case, step="A28", version=str(version.version))
    return True

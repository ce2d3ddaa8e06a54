"""Read a CFDI 3.3 or 4.0 plainly: who, to whom, what and how much. Seals and cancellation are not judged here."""

from pathlib import Path
from typing import Any

from lxml import etree

from documents.errors import DocumentError
from documents.file_findings import file_finding
from documents.package import NotAccepted, local_name, parse_part

_NAMESPACES = {"3.3": "http://www.sat.gob.mx/cfd/3", "4.0": "http://www.sat.gob.mx/cfd/4"}
_STAMP = "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital"
_LARGEST = 10 * 1024 * 1024


class NotACfdi(DocumentError):
    """The file is no CFDI that can be read."""


def read_cfdi(path: Path) -> dict[str, Any]:
    """Return what the comprobante says; amounts stay the texts that they are.

    Raises:
        NotACfdi: with the reason in Spanish.
    """
    if path.stat().st_size > _LARGEST:
        raise NotACfdi(file_finding("cfdi-size").message)
    root = _parse(path.read_bytes())
    version = root.get("Version") or ""
    namespace = _NAMESPACES.get(version, "")
    if not namespace or root.tag != f"{{{namespace}}}Comprobante":
        raise NotACfdi(file_finding("cfdi-kind").message)

    def child(name: str) -> etree._Element | None:
        return root.find(f"{{{namespace}}}{name}")

    issuer, recipient, stamp = child("Emisor"), child("Receptor"), next(root.iter(_STAMP), None)
    items = child("Conceptos")
    return {
        "version": version,
        "uuid": _attribute(stamp, "UUID"),
        "emisor_rfc": _attribute(issuer, "Rfc"),
        "receptor_rfc": _attribute(recipient, "Rfc"),
        "folio": root.get("Folio"),
        "serie": root.get("Serie"),
        "fecha": root.get("Fecha"),
        "tipo": root.get("TipoDeComprobante"),
        "moneda": root.get("Moneda"),
        "subtotal": root.get("SubTotal"),
        "total": root.get("Total"),
        "conceptos": [
            {
                "descripcion": item.get("Descripcion"),
                "cantidad": item.get("Cantidad"),
                "importe": item.get("Importe"),
                "clave": item.get("ClaveProdServ"),
            }
            for item in (items if items is not None else ())
            if local_name(item) == "Concepto"
        ],
    }


def _parse(data: bytes) -> etree._Element:
    try:
        root = parse_part(data.lstrip())
    except NotAccepted as error:
        raise NotACfdi(file_finding("cfdi-broken").message) from error
    # A CFDI has no DTD; whoever sends one wants entities.
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotACfdi(file_finding("cfdi-broken").message)
    return root


def _attribute(element: etree._Element | None, name: str) -> str | None:
    return None if element is None else element.get(name)

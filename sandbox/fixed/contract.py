"""The contract of the fixed system: its WSDL and XSD, as committed beside this module, and what they define.

Both files are our own design of such a system; everything else here follows them, and every answer validates against
the XSD.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

NAMESPACE: Final = "urn:legacy:fixed:crm-billing:v3"
ENDPOINT: Final = "/ws/FixedLegacy"
XSD_NAME: Final = "fixed-legacy.xsd"

_HERE: Final = Path(__file__).parent
_WSDL: Final = {"wsdl": "http://schemas.xmlsoap.org/wsdl/", "soap": "http://schemas.xmlsoap.org/wsdl/soap/"}


def xsd() -> bytes:
    """Give the XSD as it is served."""
    return (_HERE / XSD_NAME).read_bytes()


def wsdl(address: str) -> bytes:
    """Give the WSDL as it is served, with the address that the service listens on."""
    tree = _wsdl()
    for port in tree.iterfind(".//soap:address", _WSDL):
        port.set("location", address)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


@cache
def schema() -> etree.XMLSchema:
    """Give the compiled XSD."""
    return etree.XMLSchema(file=str(_HERE / XSD_NAME))


@cache
def operations() -> frozenset[str]:
    """Name all operations of the port type."""
    return frozenset(str(found.get("name")) for found in _wsdl().iterfind(".//wsdl:portType/wsdl:operation", _WSDL))


def _wsdl() -> etree._Element:
    return etree.fromstring((_HERE / "fixed-legacy.wsdl").read_bytes())

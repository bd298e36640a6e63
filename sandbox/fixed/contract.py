"""The contract of the fixed system: its WSDL and XSD, as committed beside this module, and what they define.

Both files are our own design of such a system; everything else here follows them, and every answer validates against
the XSD.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from lxml import etree

NAMESPACE: Final = "urn:legacy:fixed:crm-billing:v3"
ENDPOINT: Final = "/ws/FixedLegacy"
XSD_NAME: Final = "fixed-legacy.xsd"

_HERE: Final = Path(__file__).parent
_XS: Final = {"xs": "http://www.w3.org/2001/XMLSchema"}
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


class Member(NamedTuple):
    """A child of an element as the XSD declares it; `type` without its prefix."""

    name: str
    type: str
    optional: bool


@cache
def members(holder: str) -> Mapping[str, Member]:
    """Give the children of a complex type, or of a top-level element, by name."""
    declared = _xsd().iterfind(f"*[@name='{holder}']//xs:sequence/xs:element", _XS)
    return {child.name: child for child in map(_member, declared)}


def _member(declared: etree._Element) -> Member:
    kind = str(declared.get("type")).rpartition(":")[2]
    return Member(str(declared.get("name")), kind, optional=declared.get("minOccurs") == "0")


@cache
def enumerations() -> frozenset[str]:
    """Name the simple types that list their values."""
    listed = _xsd().iterfind("xs:simpleType", _XS)
    return frozenset(str(each.get("name")) for each in listed if each.find(".//xs:enumeration", _XS) is not None)


@cache
def _xsd() -> etree._Element:
    return etree.fromstring(xsd())


def _wsdl() -> etree._Element:
    return etree.fromstring((_HERE / "fixed-legacy.wsdl").read_bytes())

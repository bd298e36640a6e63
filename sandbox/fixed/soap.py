"""SOAP 1.1 envelopes: reading them without trust, writing answers and faults.

Untrusted XML is read without DTD, entities and network, and never over MAX_BODY_BYTES.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from lxml import etree
from starlette.responses import Response

from sandbox.fixed import contract

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
MAX_BODY_BYTES: Final = 1024 * 1024
NAMES: Final = {"soap": ENVELOPE, "t": contract.NAMESPACE}

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"


class Nil(Enum):
    """The value of an element that says of itself that it has none: `xsi:nil`."""

    NIL = "true"


NIL: Final = Nil.NIL

Fields: TypeAlias = "Sequence[tuple[str, str | Nil | Fields | None]]"
"""The content of an element: names and values in the XSD's order; what is None is left out."""


class SoapFault(Exception):
    """A refusal. `code` is the system's own; `faultcode` is SOAP's, with a prefix that the envelope declares."""

    def __init__(self, code: str, message: str, *, faultcode: str = "soap:Client", kind: str = "REQUEST") -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.faultcode = faultcode
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request: `body` is the element of the operation, `header` the SOAP header, None when there is none."""

    header: etree._Element | None
    body: etree._Element

    @property
    def operation(self) -> str:
        """The local name of the body's element."""
        return etree.QName(self.body).localname

    @property
    def keys(self) -> tuple[str, ...]:
        """The batch keys, or the lines that are to be changed, each once, in the order asked."""
        return tuple(dict.fromkeys(texts(self.body, "key") or texts(self.body, "lineId")))

    @property
    def correlation_id(self) -> str | None:
        """The caller's id of the call."""
        return self.body.findtext("t:header/t:correlationId", namespaces=NAMES)


def read(raw: bytes) -> Envelope:
    """Read a request; nothing of it is validated but its being an envelope with one element in its body.

    Raises:
        SoapFault: it is not well formed, has a DTD, or is no envelope.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise SoapFault("XML", "The request is not well-formed XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise SoapFault("XML", "A DTD is not accepted")
    body = root.find("soap:Body", NAMES)
    if root.tag != f"{{{ENVELOPE}}}Envelope" or body is None or len(body) != 1:
        raise SoapFault("SOAP", "A SOAP 1.1 envelope with one element in its body is needed")
    return Envelope(header=root.find("soap:Header", NAMES), body=body[0])


def texts(holder: etree._Element, name: str) -> list[str]:
    """Give the texts of all children with a name."""
    return [child.text or "" for child in holder.iterfind(f"t:{name}", NAMES)]


def element(name: str, fields: Fields) -> etree._Element:
    """Make an element of the system's namespace."""
    made = etree.Element(f"{{{contract.NAMESPACE}}}{name}", nsmap={"t": contract.NAMESPACE})
    _fill(made, fields)
    return made


def answer(content: etree._Element) -> Response:
    """Wrap the answer of an operation."""
    return _response(content, status=200)


def fault(refusal: SoapFault, *, correlation_id: str | None, status: int = 500) -> Response:
    """Write a fault, with the system's own `LegacyFault` as its detail."""
    legacy = element(
        "LegacyFault",
        [
            ("code", refusal.code),
            ("type", refusal.kind),
            ("message", refusal.message),
            ("correlationId", correlation_id),
        ],
    )
    # The children of a fault have no namespace, and faultcode is a QName (SOAP 1.1, section 4.4).
    made = etree.Element(f"{{{ENVELOPE}}}Fault")
    etree.SubElement(made, "faultcode").text = refusal.faultcode
    etree.SubElement(made, "faultstring").text = refusal.message
    etree.SubElement(made, "detail").append(legacy)
    return _response(made, status=status)


def xml(raw: bytes, *, status: int = 200) -> Response:
    """Send XML, which is in UTF-8."""
    return Response(raw, status_code=status, headers={"content-type": "text/xml; charset=utf-8"})


def _fill(holder: etree._Element, fields: Fields) -> None:
    for name, value in fields:
        if value is None:
            continue
        child = etree.SubElement(holder, f"{{{contract.NAMESPACE}}}{name}")
        if isinstance(value, str):
            child.text = value
        elif isinstance(value, Nil):
            child.set(f"{{{_XSI}}}nil", value.value)
        else:
            _fill(child, value)


def _response(content: etree._Element, *, status: int) -> Response:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE, "wsse": WSSE, "xsi": _XSI})
    etree.SubElement(envelope, f"{{{ENVELOPE}}}Body").append(content)
    raw = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return xml(raw, status=status)

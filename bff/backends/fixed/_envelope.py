"""The SOAP envelope of a request. Names and orders of elements: spec, legacy/fixed-legacy.xsd."""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from lxml import etree

from bff.backends.fixed._answer import SOAP
from bff.backends.fixed._security import WSSE, WSU, Signature
from bff.backends.fixed._value import NAMESPACE, local_time
from bff.clock import Clock
from bff.observability import REQUEST

Fields: TypeAlias = "Sequence[tuple[str, str | Fields]]"
"""Names and contents of elements, in the order of the schema."""

_NAMES: Final = {"soap": SOAP, "wsse": WSSE, "wsu": WSU, "t": NAMESPACE}


class Author(NamedTuple):
    """Who changes something: the directory's key of the person, and the request id that the system knows it by."""

    person_key: str
    request_id: str


def envelope(operation: str, fields: Fields, signature: Signature, clock: Clock, author: Author | None = None) -> bytes:
    """Write the request of an operation, signed anew, with what it asks for behind who asks."""
    made = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_NAMES)
    signature.sign(etree.SubElement(made, f"{{{SOAP}}}Header"))
    body = etree.SubElement(made, f"{{{SOAP}}}Body")
    _fill(body, [(operation, [("header", _introduction(clock, author)), *fields])])
    return etree.tostring(made, encoding="utf-8", xml_declaration=True)


def _introduction(clock: Clock, author: Author | None) -> Fields:
    request = REQUEST.get(None)
    return [
        ("sourceSystem", "BFF"),
        ("channel", "WEB"),
        *([] if author is None else [("operator", author.person_key)]),
        ("correlationId", "-" if request is None else request.request_id),
        *([] if author is None else [("externalRequestId", author.request_id)]),
        ("sentAt", local_time(clock.now())),
    ]


def _fill(parent: etree._Element, fields: Fields) -> None:
    for name, content in fields:
        child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(content, str):
            child.text = content
        else:
            _fill(child, content)

"""From the bytes of an answer to a tree: XML without DTD, entities or huge trees.

The standard library's tree costs more to make than lxml's and far less to walk, and rows are walked. Its parser knows
no limits, so they are set here. RFC 7303 lets the HTTP charset win over the XML prolog; here neither wins over the
bytes (`_encoding`).
"""

import re
from itertools import chain
from xml.etree.ElementTree import XML, Element, ParseError

from bff.backends._body import is_bomb
from bff.backends._encoding import letters

_PROLOG = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_TAGS_MAX = 200_000
_DEPTH_MAX = 255  # levels with others in them
_DOCUMENT_TYPE = "<!DOCTYPE"  # entities are declared in it alone; nobody's text has it, be it in a comment
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class NotXml(Exception):
    """Bytes that are no XML we read."""


def tree(body: bytes, content_type: str) -> Element:
    """Read bytes as XML, byte order mark or not; raises NotXml."""
    if is_bomb(body, (b"<",), _TAGS_MAX):
        raise NotXml("more elements than any page has")
    text = _text(body, content_type)
    if _DOCUMENT_TYPE in text:
        raise NotXml("a document type")
    try:
        root = XML(text)  # as text, whatever encoding the prolog names
    except ParseError as error:
        raise NotXml("not well formed") from error
    if _is_deep(root):
        raise NotXml("deeper than any answer")
    if "nil" in text:
        _empty(root)
    return root


def is_nil(element: Element) -> bool:
    """Tell whether an element says that it is not there."""
    return element.get(_NIL) in {"true", "1"}


def _empty(root: Element) -> None:
    """Take the texts out of elements that say that they have none."""
    for element in root.iter():
        if is_nil(element):
            element.text = None


def _is_deep(root: Element) -> bool:
    level = [root]
    for _ in range(_DEPTH_MAX):
        level = list(filter(len, chain.from_iterable(level)))
        if not level:
            return False
    return True


def _text(body: bytes, content_type: str) -> str:
    prolog = _PROLOG.match(body)
    try:
        return letters(body, content_type, [prolog[1].decode()] if prolog else [])
    except UnicodeDecodeError as error:
        raise NotXml("characters of no encoding declared") from error

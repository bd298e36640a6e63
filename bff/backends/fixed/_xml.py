"""From the bytes of an answer to a tree: XML without DTD, entities or huge trees.

RFC 7303 lets the HTTP charset win over the XML prolog; here neither wins over the bytes (`_encoding`).
"""

import re

from lxml import etree

from bff.backends._body import is_bomb
from bff.backends._encoding import letters

_PROLOG = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_TAGS_MAX = 200_000


class NotXml(Exception):
    """Bytes that are no XML we read."""


def tree(body: bytes, content_type: str) -> etree._Element:
    """Read bytes as XML, byte order mark or not; raises NotXml."""
    if is_bomb(body, (b"<",), _TAGS_MAX):
        raise NotXml("more elements than any page has")
    parser = etree.XMLParser(
        encoding="utf-8",  # whatever the prolog says
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_utf8(body, content_type), parser)
    except etree.XMLSyntaxError as error:
        raise NotXml("not well formed") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("a document type")
    return root


def _utf8(body: bytes, content_type: str) -> bytes:
    prolog = _PROLOG.match(body)
    try:
        return letters(body, content_type, [prolog[1].decode()] if prolog else []).encode()
    except UnicodeDecodeError as error:
        raise NotXml("characters of no encoding declared") from error

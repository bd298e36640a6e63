"""From the bytes of an answer to a tree: which characters they are, and XML without DTD, entities or huge trees.

Who is right about the encoding (spec, legacy.md, quirk 11)? RFC 7303 lets the HTTP charset win over the XML prolog, but
these systems' front ends put a charset on everything, and it is often wrong. So the bytes are asked first: text in
ISO-8859-1 or windows-1252 that has an accent or a € is practically never valid UTF-8. What is not UTF-8 is one of these
two when either side says so, and else nobody's text: refused rather than shown with wrong letters. The two are read
alike, as browsers do (WHATWG Encoding): ISO-8859-1 has nothing but control characters where windows-1252 has its €.
"""

import re

from lxml import etree

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.ASCII | re.IGNORECASE)
_PROLOG = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_WESTERN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "windows-1252", "cp1252"})


class NotXml(Exception):
    """Bytes that are no XML we read."""


def tree(body: bytes, content_type: str) -> etree._Element:
    """Read bytes as XML, byte order mark or not; raises NotXml."""
    parser = etree.XMLParser(
        encoding="utf-8",  # whatever the prolog says: `_utf8` has seen to it
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
    try:
        body.decode()
    except UnicodeDecodeError:
        return _western(body, content_type).encode()
    return body


def _western(body: bytes, content_type: str) -> str:
    declared = [found[1].decode() for found in [_PROLOG.match(body)] if found]
    declared += _CHARSET.findall(content_type)
    if _WESTERN.isdisjoint(label.lower() for label in declared):
        raise NotXml("characters of no encoding declared")
    try:
        return body.decode("cp1252")
    except UnicodeDecodeError as error:
        raise NotXml("characters of no encoding declared") from error

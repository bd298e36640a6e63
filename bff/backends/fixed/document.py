"""GetInvoiceDocument: the PDF of an invoice, taken out of its SOAP answer as that arrives.

The file is one long text in base64. The parser is fed what has come, and gives what it has of that text; what stands
before it is read as any other answer once the text begins, so that an error in any of its shapes is told as one
(`_answer`). Names of elements: spec, legacy/fixed-legacy.xsd.
"""

import binascii
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final
from xml.parsers import expat

from bff.backends._call import Operation
from bff.backends._file import Files
from bff.backends._message import Answer, Incoming, Request
from bff.backends._pdf import MAX_BYTES
from bff.backends.fixed._answer import content, is_refusal, response
from bff.backends.fixed._envelope import Fields, envelope
from bff.backends.fixed._security import Credentials, Security, Signature
from bff.backends.fixed._soap import PATH
from bff.backends.fixed._value import NAMESPACE, Row, local_day
from bff.clock import Clock
from bff.domain.invoice import InvoiceKey
from bff.errors import BackendRejected, BackendUnavailable

OPERATION: Final = "GetInvoiceDocument"

_PLACE = 3  # how many elements are around the text
_DEPTH_MAX = 32
_HEAD_MAX_BYTES = 65_536
_MAX_BYTES = MAX_BYTES * 3 // 2  # of which base64 takes four thirds
_PIECE_BYTES = 65_536
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_ABSENT = "404"


class InvoiceDocuments:
    """The PDFs of fixed invoices."""

    def __init__(
        self, files: Files, url: str, credentials: Credentials, clock: Clock, nonce: Callable[[], bytes]
    ) -> None:
        """Ask at a base URL; the others are as for `Soap`."""
        self._files = files
        self._url = url + PATH
        self._security = Security(credentials, clock, nonce)
        self._clock = clock

    async def read(self, key: InvoiceKey, *, merged: bool = False) -> AsyncGenerator[bytes, None]:
        """Give the PDF of an invoice as it comes, or of the merge that it is the first of, as `Files.read` does."""
        signature = Signature(self._security)
        try:
            async with aclosing(self._attempt(key, signature, merged=merged)) as pieces:
                async for piece in pieces:
                    yield piece
        except BackendUnavailable:
            if not signature.may_pass:  # which is told before the first piece
                raise
        else:
            return
        async with aclosing(self._attempt(key, signature, merged=merged)) as pieces:
            async for piece in pieces:
                yield piece

    def _attempt(self, key: InvoiceKey, signature: Signature, *, merged: bool) -> AsyncGenerator[bytes, None]:
        def read(where: Operation, incoming: Incoming) -> AsyncGenerator[bytes, None]:
            return _content(where, incoming, signature)

        return self._files.read(OPERATION, self._request(key, signature, merged=merged), read, max_bytes=_MAX_BYTES)

    def _request(self, key: InvoiceKey, signature: Signature, *, merged: bool) -> Request:
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{NAMESPACE}/{OPERATION}"'}
        invoice = [
            ("accountCode", key.account),
            ("invoiceNo", key.number),
            ("issuedOn", local_day(key.issued_on)),
        ]
        wanted: Fields = [("invoice", invoice), ("format", "PDF_UNITO" if merged else "PDF")]
        return Request("POST", self._url, (), headers, envelope(OPERATION, wanted, signature, self._clock))


async def _content(where: Operation, incoming: Incoming, signature: Signature) -> AsyncGenerator[bytes, None]:
    """Give the file in an answer, piece by piece; raises the BackendError that any other answer stands for."""
    reader = _Reader(where)
    has_begun = False
    async for chunk in incoming.chunks:
        piece = reader.feed(chunk)
        if reader.has_begun and not has_begun:
            has_begun = True
            _check(where, incoming, reader.head, signature)
        if piece:
            yield piece
    if not has_begun:
        _check(where, incoming, reader.head, signature)
        raise where.garbled("no document")
    reader.close()


def _check(where: Operation, incoming: Incoming, body: bytes, signature: Signature) -> None:
    """See that an answer says that all is well, as far as it goes."""
    answer = Answer(incoming.status, incoming.headers, body)
    told = content(where, answer)
    if is_refusal(told):
        signature.refused(where, incoming.headers)
    try:
        response(where, told, answer)
    except BackendRejected as error:
        outcome = Row(told).row("outcome")
        error.absent = outcome is not None and outcome.text("code") == _ABSENT
        raise


class _DocumentType(Exception):
    """A document type, which is not read: as a rule a page of HTML."""


class _Reader:
    """An answer as it comes.

    Attributes:
        has_begun: True once the text of the file has begun.
        head: what stands before that, as a whole document; all that came, while it has not.
    """

    def __init__(self, where: Operation) -> None:
        self._where = where
        # Every byte is a letter: all that counts is ASCII, whatever the prolog says.
        self._parser = parser = expat.ParserCreate("iso-8859-1")
        parser.buffer_text = True
        parser.buffer_size = _PIECE_BYTES
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._document_type
        self._open: list[str] = []
        self._is_broken = False
        self._in_file = False
        self._taken_bytes = 0
        self._letters = bytearray()
        self._is_padded = False
        self.has_begun = False
        self.head = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and give what they tell of the file; raises BackendGarbled."""
        if not self._taken_bytes:
            data = data.removeprefix(_BOM)
        self._taken_bytes += len(data)
        if self._taken_bytes > _MAX_BYTES:
            raise self._where.garbled("an answer too large")
        if not self.has_begun:
            self.head += data
        if not self._is_broken:
            self._parse(data, is_final=False)
        if not self.has_begun and len(self.head) > _HEAD_MAX_BYTES:
            raise self._where.garbled("no document where it was due", foreign=True)
        return self._decoded()

    def close(self) -> None:
        """See that the answer is whole; raises BackendGarbled."""
        self._parse(b"", is_final=True)
        if self._letters:
            raise self._where.garbled("base64 cut short")

    def _parse(self, data: bytes, *, is_final: bool) -> None:
        """Go on. What is no XML before the file has begun may be a page, of which its status tells more."""
        try:
            self._parser.Parse(data, is_final)
        except (expat.ExpatError, _DocumentType) as error:
            self._is_broken = True
            if self.has_begun:
                raise self._where.garbled("XML broken off") from error

    def _start(self, name: str, _attributes: object) -> None:
        if self._in_file or len(self._open) >= _DEPTH_MAX:
            raise self._where.garbled("an element where none was due")
        if len(self._open) == _PLACE and name.rpartition(":")[2] == "content" and not self.has_begun:
            self._in_file = self.has_begun = True
            ends = "".join(f"</{each}>" for each in reversed(self._open))
            self.head = self.head[: self._parser.CurrentByteIndex] + ends.encode("latin-1")
        self._open.append(name)

    def _end(self, _name: str) -> None:
        self._open.pop()
        self._in_file = False

    def _text(self, text: str) -> None:
        if self._in_file:
            self._letters += text.encode("latin-1").translate(None, _BLANKS)

    def _document_type(self, *_: object) -> None:
        raise _DocumentType

    def _decoded(self) -> bytes:
        whole = len(self._letters) // 4 * 4
        if not whole:
            return b""
        letters = bytes(self._letters[:whole])
        del self._letters[:whole]
        if self._is_padded:
            raise self._where.garbled("more behind the base64")
        self._is_padded = letters.endswith(b"=")
        try:
            return binascii.a2b_base64(letters, strict_mode=True)
        except binascii.Error as error:
            raise self._where.garbled("no base64") from error

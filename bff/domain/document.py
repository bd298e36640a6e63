"""Files, the links that open them, and the names that they are saved under."""

import re
from datetime import datetime
from enum import Enum

import msgspec

from bff.domain.change import ChangeStatus, UserError
from bff.domain.invoice import Invoice
from bff.domain.request import ServiceRequest
from bff.domain.system import System
from bff.domain.url import Url

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class FileKind(Enum):
    """What a file is of, which says how it is got."""

    INVOICE = "INVOICE"
    MERGE = "MERGE"
    USERS = "USERS"


class Document(msgspec.Struct, frozen=True, gc=False):
    """A file without its content, known by its kind, its system and its key; `ready` is False while there is none."""

    kind: FileKind
    system: System
    key: tuple[str, ...]
    file_name: str
    ready: bool


class DocumentLink(msgspec.Struct, frozen=True, gc=False):
    """A link to a file: one person, one use, minutes."""

    url: Url
    expires_at: datetime
    file_name: str


class DocumentLinkCreated(msgspec.Struct, frozen=True, gc=False):
    """What became of the wish for a link; None when rejected."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    link: DocumentLink | None = None


class UsersExported(msgspec.Struct, frozen=True, gc=False):
    """What became of the wish for a spreadsheet of users; None when rejected."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    link: DocumentLink | None = None


def of_invoice(invoice: Invoice) -> Document:
    """Give the PDF of an invoice."""
    kind = "nota-di-credito" if invoice.credit_note else "fattura"
    number = _UNSAFE.sub("-", invoice.number)
    name = f"{kind}-{number}-{invoice.issued_on.isoformat()}.pdf"
    return Document(FileKind.INVOICE, invoice.system, invoice.key.parts, name, invoice.has_document)


def of_merge(request: ServiceRequest) -> Document | None:
    """Give the PDF of the invoices that a request merged; None when it is no merge, or not done."""
    if request.merged is None:
        return None
    name = f"fatture-unite-{request.reference}.pdf"
    return Document(FileKind.MERGE, request.system, (request.key,), name, ready=True)

"""Global ids of the world's rows, made with the development key: also of rows that nobody could be shown."""

from datetime import UTC
from functools import singledispatch

from bff.auth.ids import Ids
from bff.domain.system import System
from bff.settings import DEVELOPMENT_ID_KEY
from sandbox.world.appointment import Slot
from sandbox.world.model import Agreement, Bill, Company, FixedLine, MobileLine, Order, ServiceRequest, User
from tests.journeys.acting import is_fixed, request_key

IDS = Ids([DEVELOPMENT_ID_KEY])


def id_of(row: object, company: Company) -> str:
    """Make the id under which a company knows a row."""
    name, system, key = _named(row, company)
    return IDS.encode(name, system, key, company.tax_code)


def item_id(order: Order, item_key: str, company: Company) -> str:
    """Make the id of an item of an order."""
    return IDS.encode("OrderItem", System(order.network.upper()), (order.id, item_key), company.tax_code)


def merge_id(request: ServiceRequest, company: Company) -> str:
    """Make the id of the PDF that a merge of invoices produced."""
    return IDS.encode("Document", System.FIXED, ("MERGE", request.id), company.tax_code)


def document_id(bill: Bill, company: Company) -> str:
    """Make the id of a bill's PDF."""
    _, system, key = _named(bill, company)
    return IDS.encode("Document", system, ("INVOICE", *key), company.tax_code)


def campaign_id(campaign_key: str, company: Company) -> str:
    """Make the id of a campaign."""
    return IDS.encode("Campaign", System.MOBILE, (campaign_key,), company.tax_code)


def offer_id(campaign_key: str, offering_key: str, company: Company) -> str:
    """Make the id of an offer."""
    return IDS.encode("Offer", System.MOBILE, (campaign_key, offering_key), company.tax_code)


def slot_id(slot: Slot, company: Company) -> str:
    """Make the id of a time for a call back."""
    moments = (each.astimezone(UTC).isoformat() for each in (slot.start, slot.end))
    return IDS.encode("CallSlot", System.MOBILE, (slot.id, *moments), company.tax_code)


@singledispatch
def _named(row: object, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    raise TypeError(f"{type(row).__name__} has no id")


@_named.register
def _(row: Company, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    return "Customer", None, (row.tax_code,)


@_named.register
def _(row: Agreement, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    return "Contract", System.MOBILE, (row.id,)


@_named.register
def _(row: MobileLine, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    return "MobileLine", System.MOBILE, (row.product_id,)


@_named.register
def _(row: FixedLine, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    return "FixedLine", System.FIXED, (row.id,)


@_named.register
def _(row: Bill, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    system = System.FIXED if is_fixed(row, company) else System.MOBILE
    return "Invoice", system, (system.value, row.account, row.number, row.issued_on.isoformat())


@_named.register
def _(row: Order, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    return "Order", System(row.network.upper()), (row.id,)


@_named.register
def _(row: User, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    (membership,) = (each for each in row.memberships if each.company_tax_code == company.tax_code)
    return "PortalUser", System.DIRECTORY, (row.id, membership.id)


@_named.register
def _(row: ServiceRequest, company: Company) -> tuple[str, System | None, tuple[str, ...]]:
    return "ServiceRequest", System(row.network.upper()), (request_key(row),)

"""The read operations as one table: by which key, of which rows, narrowed how, rendered how.

Key patterns and the limit of 50 keys are the XSD's. Paging, unknown keys and row quirks are written once, in `answer`.
Nothing is sorted: rows come in the order of the keys, then in the world's.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from lxml import etree

from sandbox._faults import Injected, Quirk
from sandbox.clock import ROME
from sandbox.fixed import row
from sandbox.fixed.notation import bimester, flag, read_moment
from sandbox.fixed.quirk import spoilt
from sandbox.fixed.row import Charged, Held, LineService
from sandbox.fixed.soap import NAMES, Envelope, Fields, SoapFault, element, texts
from sandbox.world.model import Company, FixedAccount, FixedLine, Order, ServiceRequest, World
from sandbox.world.service import fixed_services

MAX_PAGE_SIZE: Final = 200
UNPAID_YEARS: Final = 5

Keep = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Finder:
    """A read operation. `holdings` gives, by key, the rows of a company; a key that it does not give is unknown.

    `narrow` makes of a request what a row must be; `render` takes the day, for what depends on it. What is not `paged`
    takes no page and answers whole, for the XSD gives it no other way.
    """

    name: str
    row: str
    holdings: Callable[[Company], Mapping[str, Sequence[Any]]]
    render: Callable[[Any, date], Fields]
    narrow: Callable[[etree._Element, date], Keep] = lambda _body, _today: lambda _row: True
    paged: bool = True


Holdings = Mapping[str, Sequence[tuple[Company, Any]]]
"""By key: the rows, each with the company that it belongs to."""


def index(finder: Finder, world: World) -> Holdings:
    """Put the rows of all companies under their keys."""
    found: defaultdict[str, list[tuple[Company, Any]]] = defaultdict(list)
    for company in world.everybody:
        for key, rows in finder.holdings(company).items():
            found[key].extend((company, held) for held in rows)
    return found


def answer(finder: Finder, holdings: Holdings, asked: Envelope, injected: Injected, now: datetime) -> etree._Element:
    """Make the answer of a read operation, quirks of its rows included.

    Raises:
        SoapFault: the page or a date makes no sense.
    """
    today = now.astimezone(ROME).date()
    outcomes = _item_outcomes(asked.keys, holdings, injected)
    page = _page(asked.body, injected) if finder.paged else _WHOLE
    of_keys = [held for key in asked.keys if key not in outcomes for _, held in holdings[key]]
    keeps = _narrowed(finder, asked.body, today)
    kept = injected.filtered(of_keys, lambda rows: [held for held in rows if keeps(held)])
    whole = injected.rows_at(page.first, kept) if finder.paged else kept
    rows = injected.rows(
        whole[page.first : page.first + page.size], foreign=lambda count: _foreign(holdings, asked.keys, count)
    )
    name = f"{finder.name}Response"
    fields: Fields = [
        ("outcome", FINE),
        *((finder.row, finder.render(held, today)) for held in rows),
        *(_item_outcome(key, said) for key, said in outcomes.items()),
        ("pageInfo", page.info(len(whole), injected.total(len(whole)))),
    ]
    return element(name, spoilt(name, fields, injected))


def outcome(code: str, severity: str, message: str | None = None) -> Fields:
    """Render an Outcome; severity is I, W or E."""
    return [("code", code), ("severity", severity), ("message", message)]


FINE: Final = outcome("000", "I")


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    size: int

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size

    def info(self, total: int, told: int | str | None) -> Fields:
        return [
            ("pageNo", str(self.number)),
            ("lastPage", flag(value=self.first + self.size >= total)),
            ("totalRows", None if told is None else str(told)),
        ]


_WHOLE: Final = _Page(1, sys.maxsize)


def _page(body: etree._Element, injected: Injected) -> _Page:
    """Read the page asked for; the size is capped in silence."""
    number = int(body.findtext("t:page/t:pageNo", "1", NAMES))
    size = int(body.findtext("t:page/t:pageSize", str(MAX_PAGE_SIZE), NAMES))
    if number < 1 or size < 1:
        raise SoapFault("PAGE", "pageNo and pageSize begin at 1")
    return _Page(number, injected.page_size(min(size, MAX_PAGE_SIZE)))


def _item_outcomes(keys: Sequence[str], holdings: Holdings, injected: Injected) -> dict[str, Fields]:
    """Give the outcome of each key that has no rows: unknown, or failing by quirk 5."""
    outcomes = {key: outcome("404", "E", "Chiave sconosciuta") for key in keys if key not in holdings}
    strike = injected.get(Quirk.PARTIAL_BULK)
    if strike is not None:
        failed = outcome(strike.parameters.code, "E", strike.parameters.message)
        outcomes |= dict.fromkeys(injected.failed_keys(keys), failed)
    return outcomes


def _item_outcome(key: str, said: Fields) -> tuple[str, Fields]:
    return "itemOutcome", [("key", key), ("outcome", said)]


def _narrowed(finder: Finder, body: etree._Element, today: date) -> Keep:
    try:
        return finder.narrow(body, today)
    except ValueError as error:
        raise SoapFault("DATE", "There is no such day or time") from error


def _foreign(holdings: Holdings, keys: Iterable[str], count: int) -> list[Any]:
    """Give rows of companies that none of the keys belongs to (quirk 6)."""
    owners = {company.tax_code for key in keys for company, _ in holdings.get(key, ())}
    strangers = (held for rows in holdings.values() for company, held in rows if company.tax_code not in owners)
    return list(islice(strangers, count))


def _customers(company: Company) -> dict[str, list[Held]]:
    if not company.fixed_customers:
        return {}
    return {company.tax_code: [Held(company, customer) for customer in company.fixed_customers]}


def _accounts(company: Company) -> dict[str, list[FixedAccount]]:
    return _grouped(
        (customer.code for customer in company.fixed_customers), company.fixed_accounts, by=lambda a: a.customer_code
    )


def _lines(company: Company) -> dict[str, list[FixedLine]]:
    return _grouped(
        (account.code for account in company.fixed_accounts), company.fixed_lines, by=lambda held: held.account_code
    )


def _lines_by_id(company: Company) -> dict[str, list[FixedLine]]:
    return {held.id: [held] for held in company.fixed_lines}


def _services(company: Company) -> dict[str, list[LineService]]:
    return {
        held.id: [LineService(held.id, each) for each in fixed_services(company, held)] for held in company.fixed_lines
    }


def _invoices(company: Company) -> dict[str, list[Charged]]:
    accounts = [account.code for account in company.fixed_accounts]
    return _grouped(accounts, _charged(company), by=lambda charged: charged.bill.account)


def _invoices_by_number(company: Company) -> dict[str, list[Charged]]:
    charged = _charged(company)
    return _grouped((one.bill.number for one in charged), charged, by=lambda one: one.bill.number)


def _orders(company: Company) -> dict[str, list[Order]]:
    orders = [order for order in company.orders if order.network == "fixed"]
    return _grouped((customer.code for customer in company.fixed_customers), orders, by=lambda o: o.customer_code)


def _orders_by_id(company: Company) -> dict[str, list[Order]]:
    return {order.id: [order] for order in company.orders if order.network == "fixed"}


def _requests(company: Company) -> dict[str, list[ServiceRequest]]:
    requests = [request for request in company.requests if request.network == "fixed"]
    return _grouped((customer.code for customer in company.fixed_customers), requests, by=lambda r: r.customer_code)


def _requests_by_protocol(company: Company) -> dict[str, list[ServiceRequest]]:
    return {request.id: [request] for request in company.requests if request.network == "fixed"}


def _charged(company: Company) -> list[Charged]:
    """Give the bills of fixed accounts, each with the line that it charges when there is but one."""
    accounts = {account.code for account in company.fixed_accounts}
    lines = {held.id for held in company.fixed_lines}
    charged = []
    for bill in company.bills:
        if bill.account in accounts:
            ours = [line_id for line_id in bill.line_ids if line_id in lines]
            charged.append(Charged(bill, ours[0] if len(ours) == 1 else None))
    return charged


def _grouped(keys: Iterable[str], rows: Iterable[Any], *, by: Callable[[Any], str]) -> dict[str, list[Any]]:
    """Put rows under their keys; a key without rows stays, for it is known."""
    grouped: dict[str, list[Any]] = {key: [] for key in keys}
    for held in rows:
        grouped[by(held)].append(held)
    return grouped


def _in_states(body: etree._Element, _today: date) -> Keep:
    states = set(texts(body, "state"))
    return lambda held: not states or held.state in states


def _issued_within(body: etree._Element, _today: date) -> Keep:
    """Keep by bimester of the period's first day, and by day of issue, both ends included."""
    bimesters = set(texts(body, "bimester"))
    since, until = (body.findtext(f"t:{name}", namespaces=NAMES) for name in ("from", "to"))
    first = read_moment(since).date() if since else date.min
    last = read_moment(until).date() if until else date.max

    def keeps(charged: Charged) -> bool:
        bill = charged.bill
        in_bimesters = not bimesters or bimester(bill.period_from) in bimesters
        return in_bimesters and first <= bill.issued_on <= last

    return keeps


def _unpaid(_body: etree._Element, today: date) -> Keep:
    """Keep what is owed of invoices of the last five years."""
    oldest = (today.year - UNPAID_YEARS, today.month, today.day)

    def keeps(charged: Charged) -> bool:
        bill, issued_on = charged.bill, charged.bill.issued_on
        owed = bill.outstanding > 0 and not bill.cancelled and not bill.credit_note
        return owed and (issued_on.year, issued_on.month, issued_on.day) >= oldest

    return keeps


def _received_since(body: etree._Element, _today: date) -> Keep:
    since = read_moment(body.findtext("t:from", "", NAMES))
    return lambda order: order.placed_at.astimezone(ROME).replace(tzinfo=None) >= since


def _entered_since(body: etree._Element, _today: date) -> Keep:
    since = read_moment(body.findtext("t:from", "", NAMES))
    return lambda request: request.made_at.astimezone(ROME).replace(tzinfo=None) >= since


def _timeless(render: Callable[[Any], Fields]) -> Callable[[Any, date], Fields]:
    return lambda held, _today: render(held)


FINDERS: Final[Mapping[str, Finder]] = {
    finder.name: finder
    for finder in (
        Finder("FindCustomersByTaxCode", "customer", _customers, _timeless(row.customer), paged=False),
        Finder("FindAccountsByCustomer", "account", _accounts, _timeless(row.account)),
        Finder("FindLinesByAccount", "line", _lines, _timeless(row.line), _in_states),
        Finder("FindLinesById", "line", _lines_by_id, _timeless(row.line), paged=False),
        Finder("FindServicesByLine", "service", _services, _timeless(row.service), paged=False),
        Finder("FindInvoicesByAccount", "invoice", _invoices, row.invoice, _issued_within),
        Finder("FindUnpaidInvoicesByAccount", "invoice", _invoices, row.invoice, _unpaid),
        Finder("FindInvoicesByNumber", "invoice", _invoices_by_number, row.invoice, paged=False),
        Finder("FindOrdersByCustomer", "order", _orders, _timeless(row.order), _received_since),
        Finder("FindOrdersById", "order", _orders_by_id, _timeless(row.order), paged=False),
        Finder("FindRequestsByCustomer", "request", _requests, _timeless(row.request), _entered_since),
        Finder("FindRequestsByProtocol", "request", _requests_by_protocol, _timeless(row.request), paged=False),
    )
}
"""The read operations by name, but Ping, which reads nothing."""

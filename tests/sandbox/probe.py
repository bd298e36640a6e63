"""One good request of every operation of the sandbox, sent as it is on the wire, for tests that play quirks on it."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec
from lxml import etree

from sandbox._faults import Parameters, Quirk, Rule, System
from sandbox.clock import DEFAULT_NOW
from sandbox.credentials import DIRECTORY_KEY, FIXED_PASSWORD, FIXED_USERNAME, IDENTITY_KEY, MOBILE_KEY
from sandbox.directory.schema import EXTENSION_URN
from sandbox.fixed import contract, document, finder
from sandbox.fixed.notation import amount, day
from sandbox.fixed.soap import ENVELOPE, WSSE, Fields, element
from sandbox.mobile.app import (
    ACCOUNT_PATH,
    CANCEL_PATH,
    METHOD_PATH,
    ORDER_PATH,
    PRODUCT_ORDER_PATH,
    TICKET_PATH,
    collections_by_path,
)
from sandbox.mobile.appointment import BOOKING_PATH, SEARCH_PATH
from sandbox.mobile.bill import mobile_bills
from sandbox.mobile.message import MESSAGE_PATH
from sandbox.mobile.paid import PAYMENT_PATH, TOP_UP_PATH
from sandbox.mobile.task import QUERY_PATH
from sandbox.server import Sandbox
from sandbox.world.appointment import Slot, free_slots
from sandbox.world.model import Bill, Company, MobileLine

PATIENCE_S: Final = 0.05
TASK: Final = QUERY_PATH.rpartition("/")[2]
SEARCH: Final = SEARCH_PATH.rpartition("/")[2]
MESSAGE: Final = MESSAGE_PATH.rpartition("/")[2]
CANCEL: Final = CANCEL_PATH.rpartition("/")[2]
WINDOW: Final = "2026-11-23T00:00:00+01:00/2026-11-28T00:00:00+01:00"
"""When a call back is wanted."""
_SILENT: Final = frozenset({Quirk.NO_ANSWER, Quirk.TAKEN_UNANSWERED})
_WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_HEADER: Final = [
    ("sourceSystem", "BFF"),
    ("channel", "WEB"),
    ("correlationId", "c-1"),
    ("sentAt", "22/11/2026 09:30:00"),
]
_NARROWED: Final[dict[str, Fields]] = {
    "FindLinesByAccount": [("state", "REV")],
    "FindInvoicesByAccount": [("from", "01/01/2030")],
    "FindOrdersByCustomer": [("from", "01/01/2030")],
    "FindRequestsByCustomer": [("from", "01/01/2030")],
}
_SINCE: Final = frozenset({"FindOrdersByCustomer", "FindRequestsByCustomer"})
"""What must be told since when."""


@dataclass(frozen=True)
class Asked:
    """A request with the batch keys in it: of REST the query, of SOAP the body's content."""

    keys: tuple[str, ...] = ()
    content: Any = ()
    id: str = "none"


@dataclass(frozen=True)
class Answered:
    """What came: no status when the connection was reset or nothing came in time."""

    status: int | None
    headers: dict[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def wire(self) -> tuple[int | None, dict[str, str], bytes]:
        """All but the time it took."""
        return self.status, self.headers, self.body


_PLACE: Final[Fields] = [
    ("toponym", "VIA"),
    ("street", "Roma"),
    ("civic", "1"),
    ("postCode", "20121"),
    ("city", "Milano"),
    ("province", "MI"),
]


class Probe:
    """Asks the operations of a running sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._client = httpx.Client(timeout=5)
        self._beginning = Lock()
        self._resources = {
            path.rpartition("/")[2]: (path, each) for path, each in collections_by_path(sandbox.stage).items()
        }
        self._good: dict[tuple[str, str, str], Answered] = {}
        self._singly: Mapping[str, Callable[[], Fields]] = {
            "FindByExternalRequestId": self._request_ids,
            "LookupThirdPartyInvoice": self._number_and_amount,
            "NotifyPayment": self._notice,
            "SetContactEmail": lambda: [
                ("customerCode", self._fixed.fixed_customers[0].code),
                ("email", "a@b.example"),
            ],
            "RevokeLineCease": lambda: [("lineId", self._fixed_line("CIP"))],
            "SetInvoiceDeliveryAddress": lambda: [
                ("accountCode", self._fixed.fixed_accounts[0].code),
                ("address", _PLACE),
            ],
            "SetLineService": lambda: [
                ("lineId", self._fixed.fixed_lines[0].id),
                ("serviceCode", "IVR"),
                ("active", "S"),
            ],
            "SubmitDirectDebit": lambda: [
                ("action", "REVOCA"),
                ("data", [("accountCode", self._fixed.fixed_accounts[0].code)]),
            ],
            "SubmitInvoiceMerge": self._two_invoices,
            "SubmitLineCease": lambda: [("lineId", self._fixed_line("ATT")), ("reason", "NSV")],
            "SubmitLineRelocation": self._relocation,
            "SubmitNuisanceCallReport": lambda: [
                ("lineId", self._fixed_line("ATT")),
                ("callAt", "21/11/2026 02:30:00"),
            ],
            "SubmitLegalAddressChange": self._office,
            "SubmitPaymentNotRecognised": self._payment,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def requests(self, system: System, operation: str) -> Iterator[Asked]:
        """Give requests of an operation that together bring all that its answers can hold."""
        return {"mobile": self._of_mobile, "fixed": self._of_fixed, "directory": self._of_directory}.get(
            system, lambda _: iter([Asked()])
        )(operation)

    def good(self, system: System, operation: str, asked: Asked) -> Answered:
        """Give the answer to a request when nothing is on; it is asked for once."""
        name = (system, operation, repr(asked))
        if name not in self._good:
            self._good[name] = self.send(system, operation, asked)
        return self._good[name]

    def struck(
        self, system: System, operation: str, quirk: Quirk, asked: Asked, *, seed: int = 1, **told: Any
    ) -> Answered:
        """Send a request while a quirk is on for its operation."""
        if quirk is Quirk.POISONED_KEY:
            told = {"keys": asked.keys[:1], **told}
        self.sandbox.faults.set(
            Rule(quirk=quirk, system=system, operation=operation, parameters=Parameters(**told), seed=seed)
        )
        try:
            return self.send(system, operation, asked, patience_s=PATIENCE_S if quirk in _SILENT else 5)
        finally:
            self.sandbox.faults.clear()

    def send(self, system: System, operation: str, asked: Asked, *, patience_s: float = 5) -> Answered:
        """Send a request to a sandbox where nothing was done yet."""
        with self._beginning:
            self.sandbox.deeds.clear()
            self.sandbox.mailbox.clear()
            self.sandbox.clock.set(DEFAULT_NOW)
        request = self._soap(operation, asked) if system == "fixed" else self._rest(system, operation, asked)
        request.extensions = {"timeout": httpx.Timeout(patience_s).as_dict()}
        try:
            answer = self._client.send(request)
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.TimeoutException):
            return Answered(None, {}, b"")
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        return Answered(answer.status_code, headers, answer.content, answer.elapsed.total_seconds())

    def _of_mobile(self, operation: str) -> Iterator[Asked]:
        if operation == "PATCH /billingAccount/{id}":
            accounts = [each for company in self.sandbox.world.companies for each in company.mobile_accounts]
            yield from (Asked((account.id,), (), account.id) for account in accounts)
            return
        if (key := self._posts().get(operation)) is not None:
            yield Asked((key,))
            return
        if operation.endswith(TASK) or f"{TASK}/" in operation:
            yield from self._of_task(operation)
            return
        name, _, single = operation.removeprefix("GET /").partition("/")
        if name == "billDocument":
            yield from (Asked((), (), bill.id) for bill in mobile_bills(self.sandbox.world)[:2])
            return
        _, collection = self._resources[name]
        ids = [collection.render(row)["id"] for row in itertools.islice(collection.rows(), 500)]
        if single:
            yield from (Asked((key,), (), key) for key in ids)
            return
        keys = tuple(ids[:50])
        keyed = {"id": ",".join(keys)}
        yield Asked(keys, keyed)
        yield Asked(keys, {**keyed, "offset": "1", "limit": "2"})
        yield Asked(keys, {**keyed, "nothing": "there"})
        yield Asked(keys[:1], {"id": keys[0]})

    def _posts(self) -> dict[str, str]:
        """Give the one key that is posted, by operation."""
        orders, line_id = self.sandbox.world.companies[0].orders, self._line().product_id
        order_id = next(each.id for each in orders if each.network == "mobile" and each.state == "RECEIVED")
        return {
            "POST /paymentMethod": self.sandbox.world.companies[0].mobile_accounts[0].id,
            "POST /serviceOrder": line_id,
            "POST /productOrder": line_id,
            "POST /troubleTicket": self.sandbox.world.companies[0].mobile_customer_id or "",
            f"POST /{CANCEL}": order_id,
            "POST /payment": self._mobile_bill().id,
            "POST /topupBalance": self._prepaid().product_id,
            f"POST /{SEARCH}": WINDOW,
            f"POST /{MESSAGE}": "+393331234567",
            "POST /appointment": next(_free_slots()).id,
        }

    def _mobile_bill(self) -> Bill:
        return mobile_bills(self.sandbox.world)[0]

    def _prepaid(self) -> MobileLine:
        return next(line for line in self.sandbox.world.companies[0].mobile_lines if line.prepaid)

    def _line(self) -> MobileLine:
        lines = self.sandbox.world.companies[0].mobile_lines
        return next(line for line in lines if line.sim and not line.sim.blocked)

    def _of_task(self, operation: str) -> Iterator[Asked]:
        lines = [line.product_id for company in self.sandbox.world.companies for line in company.mobile_lines]
        for count in (20, 1):
            posted = Asked(tuple(lines[:count]))
            if operation.startswith("POST"):
                yield posted
            else:
                begun = msgspec.json.decode(self.send("mobile", f"POST /{TASK}", posted).body)
                yield Asked(posted.keys, (), begun["id"])

    def _of_fixed(self, operation: str) -> Iterator[Asked]:
        if operation == document.OPERATION:
            yield from self._documents()
            return
        if operation == "SetPaperless":
            account = next(each for company in self.sandbox.world.companies for each in company.fixed_accounts)
            yield Asked((), [("accountCode", account.code), ("enabled", "S")])
            return
        if operation in self._singly:
            yield Asked((), self._singly[operation]())
            return
        found = finder.FINDERS.get(operation)
        if found is None:
            yield Asked()
            return
        every = tuple(finder.index(found, self.sandbox.world))
        for first in range(0, len(every), 50):
            keys = every[first : first + 50]
            content = [("key", key) for key in keys]
            needed = [("from", "01/01/2000")] if operation in _SINCE else []
            yield Asked(keys, [*content, *needed])
            if found.paged:
                yield Asked(keys, [*content, *needed, ("page", [("pageNo", "2"), ("pageSize", "3")])])
            if operation in _NARROWED:
                yield Asked(keys, [*content, *_NARROWED[operation]])
            yield Asked(keys[:1], [*content[:1], *needed])

    def _documents(self) -> Iterator[Asked]:
        company = next(each for each in self.sandbox.world.companies if each.fixed_accounts)
        account = company.fixed_accounts[0].code
        bill = next(each for each in company.bills if each.account == account)
        yield Asked((), [("invoice", _invoice_key(bill)), ("format", "PDF")])

    @property
    def _fixed(self) -> Company:
        return self.sandbox.world.companies[0]

    def _request_ids(self) -> Fields:
        made = [each for each in self._fixed.requests if each.network == "fixed"]
        return [("externalRequestId", each.external_id) for each in made]

    def _bills(self) -> list[Bill]:
        account = self._fixed.fixed_accounts[0].code
        return [each for each in self._fixed.bills if each.account == account and not each.credit_note]

    def _number_and_amount(self) -> Fields:
        bill = self._bills()[0]
        return [("invoiceNo", bill.number), ("amount", amount(bill.gross))]

    def _two_invoices(self) -> Fields:
        last = {_bimester(each): each for each in self._bills()}
        pair = next([each, last[_bimester(each)]] for each in self._bills() if last[_bimester(each)] != each)
        return [("invoice", _invoice_key(each)) for each in pair]

    def _fixed_line(self, state: str) -> str:
        lines = (line for company in self.sandbox.world.companies for line in company.fixed_lines)
        return next(line.id for line in lines if line.state == state)

    def _relocation(self) -> Fields:
        place = [("toponym", "VIA"), ("street", "Roma"), ("civic", "1"), ("postCode", "20121"), ("city", "Milano")]
        return [
            ("lineId", self._fixed_line("ATT")),
            ("newLocation", [*place, ("province", "MI")]),
            ("keepNumber", "S"),
            ("contactPhone", "+390212345678"),
        ]

    def _office(self) -> Fields:
        code = self._fixed.fixed_customers[0].code
        return [("customerCode", code), ("address", _PLACE)]

    def _notice(self) -> Fields:
        paid = [("amount", "12,20"), ("paidOn", "20/11/2026"), ("channel", "ONLINE"), ("outcome", "OK")]
        return [("payment", [("paymentId", "1"), ("invoice", _invoice_key(self._bills()[0])), *paid])]

    def _payment(self) -> Fields:
        paid = [("thirdParty", "N"), ("amount", "12,20"), ("paidOn", "20/11/2026"), ("channel", "BONIFICO")]
        return [("invoice", _invoice_key(self._bills()[0])), *paid]

    def _of_directory(self, operation: str) -> Iterator[Asked]:
        if operation == "GET /Users":
            for company in self.sandbox.world.companies:
                query = f'{EXTENSION_URN}:memberships.companyTaxCode eq "{company.tax_code}"'
                yield Asked((company.tax_code,), {"filter": query})
                yield Asked((company.tax_code,), {"filter": query, "startIndex": "2", "count": "2"})
            return
        if operation.startswith("POST"):
            yield Asked()
            return
        yield from (Asked((), (), user.id) for user in self.sandbox.world.users)

    def _rest(self, system: System, operation: str, asked: Asked) -> httpx.Request:
        method, path = operation.split(" ")
        base, key = {
            "mobile": (self.sandbox.urls.mobile, MOBILE_KEY),
            "directory": (f"{self.sandbox.urls.directory}/scim/v2", DIRECTORY_KEY),
            "identity": (self.sandbox.urls.identity, IDENTITY_KEY),
        }[system]
        if path == "/billDocument/{id}":
            path = "/documents/{id}.pdf"
        elif system == "mobile":
            name = path.split("/")[1]
            found = _POSTED_TO.get(name) or self._resources[name][0]
            path = found + ("/{id}" if path.endswith("{id}") else "")
        url = base + path.replace("{id}", asked.id)
        if method == "PATCH" and system == "mobile":
            return self._client.build_request(
                method,
                base + ACCOUNT_PATH + f"/{asked.id}",
                json={"billStructure": {"presentationMedia": [{"id": "paper", "name": "paper"}]}},
                headers={"Authorization": f"Bearer {key}"},
            )
        if system == "directory" and method != "GET":
            return self._written(method, url, asked)
        write = _ORDERED.get(path) if method == "POST" else None
        wanted = _posted(path, asked.keys) if write is None else write(self.sandbox.world.companies[0], *asked.keys)
        return self._client.build_request(
            method, url, params=dict(asked.content), json=wanted, headers={"Authorization": f"Bearer {key}"}
        )

    def _written(self, method: str, url: str, asked: Asked) -> httpx.Request:
        """Write to a user as whoever has just read them."""
        headers = {"Authorization": f"Bearer {DIRECTORY_KEY}"}
        if asked.id != "none":
            headers["If-Match"] = self._client.get(url, headers=headers).headers.get("etag", "*")
        switched_off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
        body = {"POST": {"userName": "new"}, "PATCH": switched_off}.get(method)
        return self._client.build_request(method, url, json=body, headers=headers)

    def _soap(self, operation: str, asked: Asked) -> httpx.Request:
        envelope = etree.Element(f"{{{ENVELOPE}}}Envelope")
        etree.SubElement(envelope, f"{{{ENVELOPE}}}Header").append(self._security())
        body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
        body.append(element(operation, [("header", _HEADER), *asked.content]))
        return self._client.build_request(
            "POST", self.sandbox.urls.fixed + contract.ENDPOINT, content=etree.tostring(envelope)
        )

    def _security(self) -> etree._Element:
        nonce, created = next(_NONCES), self.sandbox.clock.now().astimezone(UTC).isoformat()
        proof = nonce + created.encode() + FIXED_PASSWORD.encode()
        digest = hashlib.sha1(proof, usedforsecurity=False).digest()
        security = etree.Element(f"{{{WSSE}}}Security")
        token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
        etree.SubElement(token, f"{{{WSSE}}}Username").text = FIXED_USERNAME
        etree.SubElement(token, f"{{{WSSE}}}Password", Type=_DIGEST).text = base64.b64encode(digest).decode()
        etree.SubElement(token, f"{{{WSSE}}}Nonce").text = base64.b64encode(nonce).decode()
        etree.SubElement(token, f"{{{_WSU}}}Created").text = created
        return security


def _bimester(bill: Bill) -> tuple[int, int]:
    return bill.period_from.year, (bill.period_from.month + 1) // 2


def _invoice_key(bill: Bill) -> Fields:
    return [("accountCode", bill.account), ("invoiceNo", bill.number), ("issuedOn", day(bill.issued_on))]


def _ordered(company: Company, line_id: str) -> Any:
    """Write the order of a block, always under the same request id."""
    parties = {"customer": company.mobile_customer_id, "requester": "USR-000001"}
    return {
        "category": "simBlock",
        "description": "SIM smarrita",
        "externalId": "0b0cf1db-f6eb-5d59-90a3-01a17f912069",
        "relatedParty": [{"id": key, "role": role} for role, key in parties.items()],
        "serviceOrderItem": [{"service": {"relatedEntity": [{"id": line_id, "role": "line"}]}}],
    }


def _product_ordered(company: Company, line_id: str) -> Any:
    """Write the order to cease a line, always under the same request id."""
    parties = {"customer": company.mobile_customer_id, "requester": "USR-000001"}
    return {
        "category": "cessation",
        "externalId": [{"id": "0b0cf1db-f6eb-5d59-90a3-01a17f912069"}],
        "relatedParty": [{"role": role, "partyOrPartyRole": {"id": key}} for role, key in parties.items()],
        "productOrderItem": [{"id": "01", "action": "delete", "product": {"id": line_id}}],
    }


def _opened(company: Company, customer_id: str) -> Any:
    """Write a ticket on the payment of a bill, always under the same request id."""
    bill = next(each for each in company.bills if each.account == company.mobile_accounts[0].id)
    return {
        "description": "Pagamento non riconosciuto",
        "severity": "Minor",
        "ticketType": "paymentNotRecognised",
        "externalId": "0b0cf1db-f6eb-5d59-90a3-01a17f912070",
        "relatedParty": [{"id": customer_id, "role": "customer"}, {"id": "USR-000001", "role": "requester"}],
        "relatedEntity": [{"id": bill.id, "role": "bill"}],
    }


def _cancelled(_company: Company, order_id: str) -> Any:
    """Write the cancellation of an order."""
    return {"productOrder": {"id": order_id}}


def _free_slots() -> Iterator[Slot]:
    start, end = map(datetime.fromisoformat, WINDOW.split("/"))
    return free_slots(start, end)


def _booked(_company: Company, _slot_id: str) -> Any:
    """Write the booking of the first free time, always under the same request id."""
    slot = next(_free_slots())
    return {
        "category": "callBack",
        "description": "GENERAL",
        "externalId": "6f1a0c57-94d2-5c0e-8b1d-3f5b4e0a7c11",
        "validFor": {"startDateTime": slot.start.isoformat(), "endDateTime": slot.end.isoformat()},
        "contactMedium": [{"mediumType": "telephone number", "characteristic": {"phoneNumber": "+393331234567"}}],
        "relatedEntity": [{"id": slot.id, "role": "timeSlot", "@referredType": "TimeSlot"}],
        "relatedParty": [
            {"id": "08010100013", "role": "customer", "@referredType": "Organization"},
            {"id": "USR-000001", "role": "requester", "@referredType": "Individual"},
        ],
    }


def _paid(company: Company, bill_id: str) -> Any:
    """Write the payment of a bill, always under the same request id."""
    bill = next(each for each in company.bills if each.id == bill_id)
    amount = {"value": 12.2, "unit": "EUR"}
    return {
        "correlatorId": "0b0cf1db-f6eb-5d59-90a3-01a17f912071",
        "account": {"id": bill.account},
        "totalAmount": amount,
        "paymentMethod": {"name": "online"},
        "paymentItem": [{"amount": amount, "item": {"id": bill.id}}],
    }


def _topped_up(_company: Company, line_id: str) -> Any:
    """Write a top-up, always under the same request id."""
    return {
        "description": "0b0cf1db-f6eb-5d59-90a3-01a17f912072",
        "amount": {"amount": 20.0, "units": "EUR"},
        "usageType": "monetary",
        "bucket": {"id": line_id.replace("PRD-", "BKT-")},
        "partyAccount": {"id": "ACC-1"},
    }


_ORDERED = {
    ORDER_PATH: _ordered,
    TICKET_PATH: _opened,
    PRODUCT_ORDER_PATH: _product_ordered,
    CANCEL_PATH: _cancelled,
    BOOKING_PATH: _booked,
    PAYMENT_PATH: _paid,
    TOP_UP_PATH: _topped_up,
}


_POSTED_TO = {TASK: QUERY_PATH, SEARCH: SEARCH_PATH, MESSAGE: MESSAGE_PATH, CANCEL: CANCEL_PATH}
"""What is no collection, by its name."""


def _posted(path: str, keys: tuple[str, ...]) -> Any:
    """Write what a task is begun with; None for what takes no body."""
    if path == SEARCH_PATH:
        start, end = keys[0].split("/")
        return {"requestedTimeSlot": [{"validFor": {"startDateTime": start, "endDateTime": end}}]}
    if path == METHOD_PATH:
        debit = {"accountNumber": "IT60X0542811101000000123456", "owner": "Officina", "@type": "directDebit"}
        return {"name": "SEPA", "description": "3b6d4f0a-58b5", "account": [{"id": keys[0]}], **debit}
    if path == MESSAGE_PATH:
        receiver = {"phoneNumber": keys[0], "@type": "Receiver"}
        return {"messageType": "SMS", "content": "123456", "sender": {"name": "BFF"}, "receiver": [receiver]}
    return {"searchCriteria": {"product": [{"id": each} for each in keys]}} if path == QUERY_PATH else None


_NONCES = (str(number).encode() for number in itertools.count())

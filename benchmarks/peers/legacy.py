"""Reads of the mobile network for the peers: rows as the schema has them, through no cache, Redis or the process.

Far less than the BFF does: nothing is checked, no system is ever slow, closed or wrong.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final, Protocol

import httpx
import msgspec
import redis.asyncio

from benchmarks.peers.task import Cache, Task

Row = dict[str, Any]
Fetch = Callable[[Sequence[str]], Awaitable[dict[str, list[Row]]]]

_PAGE_ROWS: Final = 500
_KEYS_MAX: Final = 50
_SIMS_BY_KEY_MAX: Final = 200
_ORGANIZATION: Final = "/tmf-api/party/v4/organization"
_AGREEMENT: Final = "/tmf-api/agreementManagement/v4/agreement"
_PRODUCT: Final = "/tmf-api/productInventory/v4/product"
_RESOURCE: Final = "/tmf-api/resourceInventoryManagement/v4/resource"
_BILL: Final = "/tmf-api/customerBillManagement/v4/customerBill"
_LINE_STATES: Final = {
    "created": "ACTIVATING",
    "pendingActive": "ACTIVATING",
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "pendingTerminate": "CEASING",
    "terminated": "CEASED",
    "cancelled": "CEASED",
    "aborted": "CEASED",
}
_BILL_STATES: Final = {"onHold": "BEING_VERIFIED", "partiallyPaid": "PARTLY_PAID", "settled": "PAID"}


class Store(Protocol):
    """Where lists are kept by key."""

    async def read(self, kind: str, keys: Sequence[str], fetch: Fetch) -> list[list[Row]]:
        """Give the list of each key, fetched where it is not kept."""


class _Nowhere:
    async def read(self, _kind: str, keys: Sequence[str], fetch: Fetch) -> list[list[Row]]:
        found = await fetch(keys)
        return [found[key] for key in keys]


class _InProcess:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], list[Row]] = {}

    async def read(self, kind: str, keys: Sequence[str], fetch: Fetch) -> list[list[Row]]:
        if missing := [key for key in keys if (kind, key) not in self._kept]:
            self._kept |= {(kind, key): rows for key, rows in (await fetch(missing)).items()}
        return [self._kept[kind, key] for key in keys]


class _InRedis:
    def __init__(self, socket: str) -> None:
        self._redis = redis.asyncio.Redis(unix_socket_path=socket)

    async def read(self, kind: str, keys: Sequence[str], fetch: Fetch) -> list[list[Row]]:
        held = dict(zip(keys, await self._redis.mget([f"{kind}:{key}" for key in keys]), strict=True))
        found: dict[str, list[Row]] = {key: msgspec.json.decode(text) for key, text in held.items() if text}
        if missing := [key for key in keys if key not in found]:
            fetched = await fetch(missing)
            await self._redis.mset({f"{kind}:{key}": msgspec.json.encode(rows) for key, rows in fetched.items()})
            found |= fetched
        return [found[key] for key in keys]


def _store(task: Task) -> Store:
    if task.cache is Cache.REDIS:
        return _InRedis(task.redis)
    return _InProcess() if task.cache is Cache.PROCESS else _Nowhere()


class Legacy:
    """The mobile network as the peers see it."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._http = httpx.AsyncClient(base_url=task.mobile, timeout=30)
        self._store = _store(task)

    async def lines(self, tax_codes: Sequence[str]) -> list[list[Row]]:
        """Give the lines of each company, sorted by number."""
        return await self._store.read("lines", tax_codes, self._lines)

    async def invoices(self, accounts: Sequence[str]) -> list[list[Row]]:
        """Give the invoices of each account, newest first."""
        return await self._store.read("invoices", accounts, self._invoices)

    async def _lines(self, tax_codes: Sequence[str]) -> dict[str, list[Row]]:
        return dict(zip(tax_codes, await asyncio.gather(*map(self._lines_of, tax_codes)), strict=True))

    async def _lines_of(self, tax_code: str) -> list[Row]:
        [party] = await self._find(_ORGANIZATION, "organizationIdentification.identificationId", [tax_code], "name")
        agreements = await self._find(_AGREEMENT, "engagedParty.id", [party["id"]], "characteristic")
        accounts = {row["id"]: _characteristics(row, "characteristic")["billingAccountId"] for row in agreements}
        fields = "status,agreement,productOffering,productCharacteristic,realizingResource,relatedParty"
        products = await self._find(_PRODUCT, "agreement.id", list(accounts), fields)
        sims = {row["id"]: _sim(row) for row in await self._sims(products)}
        return sorted((_line(row, accounts, sims) for row in products), key=itemgetter("number"))

    async def _sims(self, products: Sequence[Row]) -> list[Row]:
        keys = [each["id"] for row in products for each in row.get("realizingResource", ())]
        if len(keys) <= _SIMS_BY_KEY_MAX:
            return await self._find(_RESOURCE, "id", keys, "administrativeState,resourceCharacteristic")
        customer = products[0]["relatedParty"][0]["id"]
        return await self._find(_RESOURCE, "relatedParty.id", [customer], "administrativeState,resourceCharacteristic")

    async def _invoices(self, accounts: Sequence[str]) -> dict[str, list[Row]]:
        fields = (
            "billNo,billDate,category,billingPeriod,paymentDueDate,taxExcludedAmount,taxIncludedAmount,"
            "remainingAmount,state,billingAccount"
        )
        since = f"{self._task.issued_from.isoformat()}T00:00:00+01:00"
        rows = await self._find(_BILL, "billingAccount.id", accounts, fields, {"billDate.gte": since})
        by_account = {account: list[Row]() for account in accounts}
        for row in rows:
            by_account[row["billingAccount"]["id"]].append(_invoice(row, self._task.today))
        return {account: _newest_first(found) for account, found in by_account.items()}

    async def _find(
        self, path: str, attribute: str, values: Sequence[str], fields: str, filters: dict[str, str] | None = None
    ) -> list[Row]:
        """Read all rows by the values of an attribute, 50 in a call, 500 rows a page."""
        batches = [values[at : at + _KEYS_MAX] for at in range(0, len(values), _KEYS_MAX)]
        asked = [{attribute: ",".join(batch), "fields": fields, **(filters or {})} for batch in batches]
        return [row for rows in await asyncio.gather(*(self._pages(path, query) for query in asked)) for row in rows]

    async def _pages(self, path: str, query: dict[str, str]) -> list[Row]:
        rows, total = await self._page(path, query, 0)
        more = [self._page(path, query, offset) for offset in range(_PAGE_ROWS, total, _PAGE_ROWS)]
        return rows + [row for page, _ in await asyncio.gather(*more) for row in page]

    async def _page(self, path: str, query: dict[str, str], offset: int) -> tuple[list[Row], int]:
        answer = await self._http.get(path, params={**query, "offset": str(offset), "limit": str(_PAGE_ROWS)})
        return msgspec.json.decode(answer.content), int(answer.headers["x-total-count"])


def _characteristics(row: Row, name: str) -> dict[str, str]:
    return {each["name"]: each["value"] for each in row[name]}


def _sim(row: Row) -> Row:
    iccid = _characteristics(row, "resourceCharacteristic")["iccid"]
    return {"iccid": iccid, "blocked": row["administrativeState"] == "locked"}


def _line(row: Row, accounts: dict[str, str], sims: dict[str, Row]) -> Row:
    told = _characteristics(row, "productCharacteristic")
    sim = next((sims[each["id"]] for each in row.get("realizingResource", ())), None)
    state = _LINE_STATES[row["status"]]
    agreement = row["agreement"][0]
    return {
        "number": told["msisdn"],
        "state": "BLOCKED" if state == "ACTIVE" and sim and sim["blocked"] else state,
        "tariffPlan": row["productOffering"]["name"],
        "prepaid": told["paymentType"] == "prepaid",
        "contractNumber": agreement["name"],
        "sim": sim,
        "account": accounts[agreement["id"]],
    }


def _invoice(row: Row, today: date) -> Row:
    due_on = None if row["category"] == "creditNote" else row["paymentDueDate"][:10]
    state = _BILL_STATES.get(row["state"], "UNPAID")
    late = state == "UNPAID" and due_on is not None and due_on < today.isoformat()
    remaining = row.get("remainingAmount")
    return {
        "number": row["billNo"],
        "kind": "SINGLE" if row["category"] == "single" else "MOBILE",
        "state": "OVERDUE" if late else state,
        "issuedOn": row["billDate"][:10],
        "dueOn": due_on,
        "period": {
            "from": row["billingPeriod"]["startDateTime"][:10],
            "to": row["billingPeriod"]["endDateTime"][:10],
        },
        "total": {"gross": _money(row["taxIncludedAmount"]), "net": _money(row["taxExcludedAmount"])},
        "remaining": None if remaining is None else _money(remaining),
    }


def _money(row: Row) -> Row:
    return {"amount": f"{row['value']:.2f}"}


def _newest_first(rows: list[Row]) -> list[Row]:
    rows.sort(key=itemgetter("number"))
    rows.sort(key=itemgetter("issuedOn"), reverse=True)
    return rows

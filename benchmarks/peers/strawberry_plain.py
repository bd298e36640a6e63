"""Plain Strawberry as its documentation has it: its ASGI view and data loaders, each document parsed anew."""

from typing import Any

import strawberry
from aiodataloader import DataLoader
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from benchmarks.peers.legacy import Legacy, Row
from benchmarks.peers.serve import serve
from benchmarks.peers.task import Task


@strawberry.type
class Money:
    """An amount."""

    amount: str


@strawberry.type
class TaxedMoney:
    """An amount with and without tax."""

    gross: Money
    net: Money


@strawberry.type
class Period:
    """Days."""

    from_: str = strawberry.field(name="from")
    to: str


@strawberry.type
class Invoice:
    """An invoice."""

    number: str
    kind: str
    state: str
    issued_on: str
    due_on: str | None
    period: Period
    total: TaxedMoney
    remaining: Money | None


@strawberry.type
class InvoiceConnection:
    """A page of invoices."""

    nodes: list[Invoice]


@strawberry.type
class Sim:
    """A SIM."""

    iccid: str
    blocked: bool


@strawberry.type
class MobileLine:
    """A line."""

    number: str
    state: str
    tariff_plan: str | None
    prepaid: bool
    contract_number: str
    sim: Sim | None
    account: strawberry.Private[str]

    @strawberry.field
    async def invoices(self, info: strawberry.Info, first: int = 6) -> InvoiceConnection:
        """Give the newest invoices of its account."""
        rows = await info.context["invoices"].load(self.account)
        return InvoiceConnection(nodes=[_invoice(row) for row in rows[:first]])


@strawberry.type
class MobileLineConnection:
    """A page of lines."""

    total_count: int
    nodes: list[MobileLine]


@strawberry.type
class Customer:
    """The company."""

    tax_code: strawberry.Private[str]

    @strawberry.field
    async def mobile_lines(self, info: strawberry.Info, first: int = 20) -> MobileLineConnection:
        """Give its first lines."""
        rows = await info.context["lines"].load(self.tax_code)
        return MobileLineConnection(total_count=len(rows), nodes=[_line(row) for row in rows[:first]])


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def customer(self, info: strawberry.Info) -> Customer:
        """Give the company that the header names."""
        return Customer(tax_code=info.context["tax_code"])


def _line(row: Row) -> MobileLine:
    sim = row["sim"]
    return MobileLine(
        number=row["number"],
        state=row["state"],
        tariff_plan=row["tariffPlan"],
        prepaid=row["prepaid"],
        contract_number=row["contractNumber"],
        sim=Sim(**sim) if sim else None,
        account=row["account"],
    )


def _invoice(row: Row) -> Invoice:
    period, total, remaining = row["period"], row["total"], row["remaining"]
    return Invoice(
        number=row["number"],
        kind=row["kind"],
        state=row["state"],
        issued_on=row["issuedOn"],
        due_on=row["dueOn"],
        period=Period(from_=period["from"], to=period["to"]),
        total=TaxedMoney(gross=Money(**total["gross"]), net=Money(**total["net"])),
        remaining=Money(**remaining) if remaining else None,
    )


class _App(GraphQL[dict[str, Any], None]):
    """The view, with the loaders of a request as its context."""

    def __init__(self, legacy: Legacy) -> None:
        super().__init__(strawberry.Schema(Query), graphql_ide=None)
        self._legacy = legacy

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        del response
        return {
            "tax_code": request.headers["x-company"],
            "lines": DataLoader(self._legacy.lines),
            "invoices": DataLoader(self._legacy.invoices),
        }


if __name__ == "__main__":
    task = Task.read()
    serve(_App(Legacy(task)), task.port)

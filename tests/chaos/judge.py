"""What an answer may be while anything fails: late or partial, and told so; never another's, never wrong by a cent.

It knows the world and the schema's error codes, and nothing of what fails at the moment. What a company calls its own
are all texts that name something of it: its numbers, its invoices, its name.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

import httpx

from bff.schema.error import ErrorCode
from sandbox.world.model import Company, World

TOLD: Final = frozenset(code.value for code in ErrorCode) - {"INTERNAL"}
STATUSES: Final = frozenset({200, 401, 403, 503, 504})
"""Whole or partial; not signed in, or not as far as one can tell; no system tells who asks; out of time."""


class Wrong(Exception):
    """An answer that must not be."""


class Verdict(NamedTuple):
    """An answer that may be: its status, the codes of its errors, whether it is without any."""

    status: int
    codes: tuple[str, ...]
    data: Any


class Judge:
    """Looks at answers."""

    def __init__(self, world: World) -> None:
        self._names = {company.tax_code: _names(company) for company in world.companies}
        self._amounts = {company.tax_code: _amounts(company) for company in world.companies}
        self._everyone = frozenset(chain.from_iterable(self._names.values()))

    def judge(self, customer: str, response: httpx.Response) -> Verdict:
        """Give what the answer to somebody of a company is. Raises Wrong."""
        body = _body(response)
        codes = tuple(error.get("extensions", {}).get("code", "none") for error in body.get("errors", ()))
        if response.status_code not in STATUSES or not TOLD.issuperset(codes):
            raise Wrong(f"status {response.status_code}, codes {codes}")
        data = body.get("data")
        if data is None and not codes:
            raise Wrong("neither data nor a reason")
        if response.status_code != httpx.codes.OK and data is not None:
            raise Wrong(f"data with status {response.status_code}")
        self._check_owner(customer, data)
        self._check_amounts(customer, data)
        return Verdict(response.status_code, codes, data)

    def _check_owner(self, customer: str, data: Any) -> None:
        own = self._names[customer]
        foreign = {text for text in _texts(data) if text in self._everyone and text not in own}
        if foreign:
            raise Wrong(f"of other companies: {sorted(foreign)[:5]}")

    def _check_amounts(self, customer: str, data: Any) -> None:
        known = self._amounts[customer]
        for row in _rows(data):
            if "total" not in row or row["total"] is None:
                continue
            amount = row["total"]["gross"]["amount"]
            if amount not in known.get(row["number"], frozenset()):
                raise Wrong(f"invoice {row['number']} of {amount}, which is {sorted(known.get(row['number'], ()))}")


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except json.JSONDecodeError as error:
        raise Wrong(f"status {response.status_code} without JSON") from error
    if not isinstance(body, dict):
        raise Wrong("no object")
    return body


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from chain.from_iterable(map(_texts, data.values()))
    elif isinstance(data, list):
        yield from chain.from_iterable(map(_texts, data))


def _rows(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        yield data
        yield from chain.from_iterable(map(_rows, data.values()))
    elif isinstance(data, list):
        yield from chain.from_iterable(map(_rows, data))


def _names(company: Company) -> frozenset[str]:
    return frozenset(
        [
            company.name,
            *(line.msisdn for line in company.mobile_lines),
            *(line.sim.iccid for line in company.mobile_lines if line.sim),
            *(f"+39{line.id}" for line in company.fixed_lines),
            *(agreement.number for agreement in company.agreements),
            *(bill.number for bill in company.bills),
            *(order.id for order in company.orders),
            *(request.id for request in company.requests),
        ]
    )


def _amounts(company: Company) -> Mapping[str, set[str]]:
    """Give the amounts of each invoice number; numbers come again every year."""
    amounts: dict[str, set[str]] = defaultdict(set)
    for bill in company.bills:
        amounts[bill.number].add(f"{bill.gross:.2f}")
    return amounts

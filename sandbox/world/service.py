"""Services of lines and contracts: drawn for each when it is asked for, so that 5,800 lines cost nothing.

Each line and contract has a generator of its own, from the company's tax code and its id. The first contract and the
first lines have every case that a customer area must show; the others what is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sandbox.world.model import Agreement, Company, FixedLine, MobileLine

COST_ADMINISTRATION = ("ICA", "Internet Cost Administration")
FIXED_SERVICES = (
    ("TIAVVISO", "TiAvviso"),
    ("IVR", "Risponditore IVR"),
    ("SEGR", "Segreteria telefonica"),
    ("TRASF", "Trasferimento di chiamata"),
    ("CHIE", "Chi è"),
    ("BLOCCOINT", "Blocco chiamate internazionali"),
)
_COST_ADMINISTRATION_LINES = 5
"""Companies with so many fixed lines have Internet Cost Administration, on their first line."""
_OFTEN, _EVEN, _SELDOM = 0.7, 0.5, 0.3
"""Shares of what is drawn."""
_MOBILE = (
    ("OPT-2001", "Roaming UE e Mondo"),
    ("OPT-2002", "Segreteria mobile"),
    ("OPT-2003", "Avviso di chiamata"),
    ("OPT-2004", "Giga extra 20 GB"),
    ("OPT-2005", "Protezione mobile"),
)
_CONTRACT = (("OPT-3001", "Rete aziendale mobile"), ("OPT-3002", "Numerazioni brevi"), ("OPT-3003", "Report mensile"))
_PREMIUM = (("PRM-5001", "Notizie Borsa"), ("PRM-5002", "Meteo Professional"))
_SENDERS = ("48383", "48200", "40499", "44244", "48444")
_LIMITS = (("voice", "chiamate"), ("data", "dati"), ("messages", "messaggi"), ("total", "traffico"))
_STATES = ("active",) * 6 + ("pendingActive", "suspended", "pendingTerminate", "terminated")


@dataclass(frozen=True, slots=True)
class FixedService:
    """A service of a fixed line; `since` is None for those older than the system's records."""

    code: str
    name: str
    active: bool
    since: date | None


@dataclass(frozen=True, slots=True)
class MobileService:
    """A service of a mobile line or contract: a product that relies on another.

    `kind` is neutral: service, spendingThreshold, timDuo, companyReference, charitySms, premiumService, premiumBarring,
    premiumBlackList; `details` are what it says beyond code and name. `state` is one of TMF637's ProductStatusType.
    """

    id: str
    parent_id: str
    kind: str
    code: str
    name: str
    state: str
    since: date
    details: tuple[tuple[str, str], ...] = ()


def fixed_services(company: Company, line: FixedLine) -> tuple[FixedService, ...]:
    """Give the services that a fixed line has or had; none of a line that was ceased."""
    if line.state == "CES":
        return ()
    rng = _random(company, line.id)
    drawn = [_fixed_service(rng, each, line) for each in FIXED_SERVICES if rng.random() < _OFTEN]
    if len(company.fixed_lines) >= _COST_ADMINISTRATION_LINES and line is company.fixed_lines[0]:
        drawn.append(FixedService(*COST_ADMINISTRATION, active=True, since=line.activated_on))
    return tuple(drawn)


def _fixed_service(rng: random.Random, named: tuple[str, str], line: FixedLine) -> FixedService:
    since = line.activated_on + timedelta(days=rng.randrange(1500))
    return FixedService(*named, active=rng.random() < _OFTEN, since=since if rng.random() < _OFTEN else None)


def contract_product_id(agreement: Agreement) -> str:
    """Name the product of a contract, on which its services rely."""
    return f"PRC-{agreement.id.removeprefix('AGR-')}"


def contract_services(company: Company, agreement: Agreement) -> tuple[MobileService, ...]:
    """Give the services that a contract has or had."""
    rng = _random(company, agreement.id)
    wanted = [*_of_contract(rng, company, agreement, whole=agreement is company.agreements[0])]
    return _made(rng, contract_product_id(agreement), wanted, agreement.started_on)


def line_services(company: Company, line: MobileLine) -> tuple[MobileService, ...]:
    """Give the services that a mobile line has or had; none of a line without a SIM."""
    if line.sim is None:
        return ()
    rng = _random(company, line.product_id)
    wanted = [*_of_line(rng, whole=line is company.mobile_lines[0])]
    return _made(rng, line.product_id, wanted, line.started_on)


_Wanted = tuple[str, str, str, str, tuple[tuple[str, str], ...]]
"""Kind, code, name, state, details."""


def _of_contract(rng: random.Random, company: Company, agreement: Agreement, *, whole: bool) -> Iterator[_Wanted]:
    for code, name in _CONTRACT:
        yield "service", code, name, "active" if whole else rng.choice(_STATES), ()
    for kind, shown in _LIMITS if whole else rng.sample(_LIMITS, k=rng.randrange(3)):
        limit = Decimal(rng.randrange(20, 400) * 25) / 10
        details = (("kind", kind), ("limit", f"{limit:.2f}"))
        yield "spendingThreshold", f"OPT-31{kind[:2].upper()}", f"Soglia di spesa {shown}", "active", details
    if whole or rng.random() < _EVEN:
        yield from (("timDuo", "OPT-3201", "TIMDUO", "active", pair) for pair in _pairs(company, agreement))
    if whole or rng.random() < _EVEN:
        reference = (("reference", f"CIG {rng.randrange(16**10):010X}"),)
        yield "companyReference", "OPT-3301", "RIF Azienda", "active", reference
    yield "charitySms", "OPT-3401", "SMS Solidale", "active" if whole else "terminated", ()


def _pairs(company: Company, agreement: Agreement) -> list[tuple[tuple[str, str], ...]]:
    """Join the first two lines of a contract with a number each, a fixed one where the company has some."""
    lines = [line for line in company.mobile_lines if line.agreement_id == agreement.id]
    others = [f"+39{line.id}" for line in company.fixed_lines[:2]] or [line.msisdn for line in lines[2:4]]
    return [
        (("lineId", line.product_id), ("lineNumber", line.msisdn), ("pairedNumber", other))
        for line, other in zip(lines[:2], others, strict=False)
    ]


def _of_line(rng: random.Random, *, whole: bool) -> Iterator[_Wanted]:
    for code, name in rng.sample(_MOBILE, k=rng.randrange(1, 4)):
        yield "service", code, name, rng.choice(_STATES), ()
    for code, name in _PREMIUM if whole else rng.sample(_PREMIUM, k=rng.randrange(2)):
        yield "premiumService", code, name, "active", ()
    if not whole and rng.random() < _SELDOM:
        yield "premiumBarring", "OPT-5101", "Blocco servizi premium", rng.choice(_STATES), ()
    if whole or rng.random() < _SELDOM:
        senders = tuple(("sender", each) for each in rng.sample(_SENDERS, k=rng.randrange(1, 4)))
        yield "premiumBlackList", "OPT-5201", "Black list servizi premium", "active", senders


def _made(rng: random.Random, parent_id: str, wanted: list[_Wanted], started_on: date) -> tuple[MobileService, ...]:
    return tuple(
        MobileService(
            id=f"{parent_id}-S{number:02d}",
            parent_id=parent_id,
            kind=kind,
            code=code,
            name=name,
            state=state,
            since=started_on + timedelta(days=rng.randrange(20)),
            details=details,
        )
        for number, (kind, code, name, state, details) in enumerate(wanted, start=1)
    )


def _random(company: Company, id_: str) -> random.Random:
    return random.Random(f"{company.tax_code}:services:{id_}")

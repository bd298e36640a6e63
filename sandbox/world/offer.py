"""Offers and campaigns: a catalogue, campaigns around the world's moment, and what is recommended to which company.

Whom a campaign is for follows from how many mobile lines a company has, so that there are companies in none, one and
several running campaigns. Nothing is drawn for a company until it is asked for.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Final

from sandbox.clock import ROME
from sandbox.world.model import Company

_VAT: Final = Decimal("0.22")
_CENT: Final = Decimal("0.01")
_MEDIA: Final = "https://media.business.example/offerte"
_LINES_MAX = 300
_SHARE = 0.6
_RUN_OFFERINGS = 4


@dataclass(frozen=True, slots=True)
class Price:
    """A price without VAT, and its VAT."""

    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class Offering:
    """What the catalogue sells; `media` is the address of a picture or film. `status` is one of TMF620's words."""

    id: str
    name: str
    description: str
    monthly: Price | None
    once: Price | None
    for_lines: bool
    media: str | None = None
    status: str = "Active"


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign, until the first instant after it (None: no end); `status` is one of TMF620's words."""

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime | None
    offering_ids: tuple[str, ...]
    status: str = "Active"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An offering for a company, and the mobile product ids of the lines that it can be bought for."""

    offering_id: str
    line_ids: tuple[str, ...]


def _price(net: str) -> Price:
    amount = Decimal(net)
    return Price(amount, (amount * _VAT).quantize(_CENT))


OFFERINGS: Final = (
    Offering(
        "OFR-2001",
        "Giga Extra 100",
        "100 GB in aggiunta al piano, ogni mese.",
        _price("2.46"),
        None,
        for_lines=True,
        media=f"{_MEDIA}/giga-extra.jpg",
    ),
    Offering(
        "OFR-2002",
        "Mondo Business 10 GB",
        "10 GB fuori dall'Unione Europea, validi 30 giorni.",
        None,
        _price("24.51"),
        for_lines=True,
        media=f"{_MEDIA}/mondo.mp4",
    ),
    Offering(
        "OFR-2003",
        "Protezione Mobile Impresa",
        "Antivirus e filtro dei siti per tutte le linee.",
        _price("29.00"),
        _price("49.00"),
        for_lines=False,
    ),
    Offering(
        "OFR-2004",
        "Smartphone Business",
        "Uno smartphone 5G in 24 rate.",
        _price("12.50"),
        _price("99.00"),
        for_lines=True,
        media="http://media.business.example/offerte/smartphone.jpg",  # without TLS
    ),
    Offering(
        "OFR-2005",
        "Backup Cloud 1 TB",
        "Un anno di copie di sicurezza in Italia.",
        None,
        _price("120.00"),
        for_lines=False,
        media="https://images.elsewhere.example/backup.jpg",
        status="Launched",
    ),
    Offering(
        "OFR-2006",
        "eSIM gratuita",
        "Il passaggio alla eSIM, senza costi.",
        None,
        None,
        for_lines=True,
        media=f"{_MEDIA}/esim.jpg",
    ),
    Offering("OFR-2007", "Roaming Estate", "5 GB al mese fino a settembre.", _price("4.00"), None, for_lines=True),
    Offering("OFR-2008", "Rete Privata 5G", "Copertura dedicata in sede.", _price("590.00"), None, for_lines=False),
    Offering(
        "OFR-2009", "Chiavetta 4G", "Internet in viaggio.", _price("9.90"), None, for_lines=True, status="Retired"
    ),
    Offering("OFR-2010", "Anteprima Satellite", "Messaggi ovunque.", _price("7.00"), None, for_lines=True),
)

_RECOMMENDED: Final = (
    (6, ("OFR-2007", "OFR-2008")),
    (10, ("OFR-2006",)),
    (999, ("OFR-2001", "OFR-2002", "OFR-2003", "OFR-2004", "OFR-2007", "OFR-2008", "OFR-2009", "OFR-2010")),
    (None, ("OFR-2004", "OFR-2005")),
)
"""By the most mobile lines that a company has: what is recommended to it."""


def campaigns(now: datetime) -> tuple[Campaign, ...]:
    """Give the campaigns around a moment: running, one of them until midnight; over; to come; being prepared."""

    def day(days: int, at: time = time()) -> datetime:
        return datetime.combine(now.astimezone(ROME).date() + timedelta(days=days), at, tzinfo=ROME)

    return (
        Campaign("CMP-101", "Autunno in rete", day(-21), day(1), ("OFR-2001", "OFR-2002", "OFR-2009")),
        Campaign("CMP-102", "Natale Business", day(-1, time(9)), day(31), ("OFR-2004", "OFR-2002", "OFR-2005")),
        Campaign("CMP-103", "Benvenuto eSIM", day(-60, time(8)), day(60), ("OFR-2006",), "Launched"),
        Campaign("CMP-104", "Sempre protetti", day(-400), None, ("OFR-2003",)),
        Campaign("CMP-105", "Estate senza confini", day(-150), day(-60), ("OFR-2007", "OFR-2001")),
        Campaign("CMP-106", "Anno nuovo 5G", day(9), day(70), ("OFR-2008", "OFR-2001")),
        Campaign("CMP-107", "Prova riservata", day(-5), day(20), ("OFR-2010",), "In design"),
    )


def recommended(company: Company) -> tuple[Recommendation, ...]:
    """Give what is recommended to a company; nothing to one that is not on the mobile network."""
    if company.mobile_party_id is None:
        return ()
    count = len(company.mobile_lines)
    ids = next(ids for most, ids in _RECOMMENDED if most is None or count <= most)
    return tuple(Recommendation(each, _lines(company, each)) for each in ids)


def runs(company: Company) -> tuple[Sequence[Recommendation], ...]:
    """Give what is recommended to a company as it was worked out: at once, or in several runs that overlap by one."""
    rows = recommended(company)
    if len(rows) <= _RUN_OFFERINGS:
        return (rows,) if rows else ()
    return (rows[:_RUN_OFFERINGS], rows[_RUN_OFFERINGS - 1 :])


def _lines(company: Company, offering_id: str) -> tuple[str, ...]:
    """Draw lines in use, and name a ceased one that is still listed."""
    if not next(each for each in OFFERINGS if each.id == offering_id).for_lines:
        return ()
    rng = random.Random(f"{company.tax_code}:offers:{offering_id}")
    drawn = (line for line in company.mobile_lines if line.state == "active" and rng.random() < _SHARE)
    ceased = (line for line in company.mobile_lines if line.state == "terminated")
    return tuple(line.product_id for line in (*islice(drawn, _LINES_MAX), *islice(ceased, 1)))

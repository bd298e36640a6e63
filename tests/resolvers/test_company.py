"""Which network's registry leads, and what is told when the two differ."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.typing import EventDict

from bff.domain.company import Company, FixedCustomer, MobileParty
from bff.domain.customer import Customer
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.loaders import Loader, Read
from bff.resolvers import company

pytestmark = pytest.mark.anyio

TAX_CODE = "12345678903"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _company(name: str, system: System) -> Company:
    return Company(name=name, tax_code=TAX_CODE, system=system, as_of=NOW)


def _loader(value: Any) -> Loader[str, Any]:
    async def fetch(keys: list[str]) -> dict[str, Any]:
        return {key: Read(value, NOW) for key in keys}

    return Loader(fetch, limit=50, name="test")


def _context(*, fixed_name: str, mobile_name: str, ceased: bool = False) -> Any:
    """Give what the resolver uses of a context."""
    customer = FixedCustomer(customer_code="FC1", ceased=ceased, company=_company(fixed_name, System.FIXED))
    party = MobileParty(party_key="O1", customer_keys=("C1",), company=_company(mobile_name, System.MOBILE))
    return SimpleNamespace(
        principal=SimpleNamespace(profile=Profile.LEGAL_REPRESENTATIVE),
        loaders=SimpleNamespace(parties=_loader(party), fixed_customers=_loader((customer,))),
        customers=SimpleNamespace(learn=lambda *_: None),
    )


async def test_fixed_leads_while_it_has_a_live_customer_and_mobile_is_not_asked() -> None:
    context = _context(fixed_name="Rossi", mobile_name="Bianchi")

    [found] = await company.registry(context, [Customer(TAX_CODE)])

    assert isinstance(found, Company)
    assert (found.name, found.system) == ("Rossi", System.FIXED)
    assert context.loaders.parties.calls == 0


async def test_mobile_leads_where_the_fixed_customer_has_ceased() -> None:
    [found] = await company.registry(
        _context(fixed_name="Rossi", mobile_name="Bianchi", ceased=True), [Customer(TAX_CODE)]
    )

    assert isinstance(found, Company)
    assert (found.name, found.system) == ("Bianchi", System.MOBILE)


@pytest.mark.parametrize(("mobile_name", "differing"), [("Bianchi", [["name"]]), ("Rossi", [])])
async def test_a_difference_to_a_registry_that_was_read_anyway_is_logged_without_what_it_says(
    mobile_name: str, differing: list[list[str]], told: list[EventDict]
) -> None:
    context = _context(fixed_name="Rossi", mobile_name=mobile_name)
    await context.loaders.parties.one(TAX_CODE)

    await company.registry(context, [Customer(TAX_CODE)])

    assert [line["fields"] for line in told if line["event"] == "registries_differ"] == differing
    assert "Bianchi" not in str(told)

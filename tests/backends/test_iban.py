"""Of an IBAN only the end is told: not the record, not what is cached, not a log line has more."""

from typing import Any

import msgspec
import pytest
from structlog.typing import EventDict

from bff.backends import Backends
from bff.backends._iban import masked
from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.payment import direct_debit, payment_id
from tests.backends.wire import NOW


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("IT60X0542811101000000123456", "***********************3456"),
        ("it60 x054 2811 1010 0000 0123 456", "***********************3456"),
        ("NO9386011117947", "***********7947"),
        ("", None),
        (None, None),
        ("0123456789", None),
        ("IT60X05428111010000001234561234567890", None),
        ("IT60X054281110100000-123456", None),
    ],
)
def test_all_but_the_last_four_characters_are_hidden_and_what_is_no_iban_is_none(
    text: str | None, shown: str | None
) -> None:
    assert masked(text) == shown


@pytest.mark.anyio
@pytest.mark.parametrize("quirk", [None, Quirk.NULL_SHAPES, Quirk.SCIENTIFIC_NOTATION, Quirk.DUPLICATED])
async def test_no_clear_iban_leaves_the_adapters(
    backends: Backends, sandbox: Sandbox, told: list[EventDict], quirk: Quirk | None
) -> None:
    company = sandbox.world.companies[0]
    mobile = [direct_debit(company, each, NOW.date()) for each in company.mobile_accounts]
    clear = {each.iban for each in mobile if each} | {
        each.direct_debit_iban for each in company.fixed_accounts if each.direct_debit_iban
    }
    if quirk is not None:
        sandbox.faults.set(Rule(quirk=quirk))

    found: list[dict[str, Any]] = [
        {**await backends.mobile.payment_methods(map(payment_id, company.mobile_accounts))},
        {**await backends.fixed.accounts_by_customer(each.code for each in company.fixed_customers)},
    ]

    assert len(clear) == 3
    kept = msgspec.json.encode(
        [[value for value in each.values() if not isinstance(value, Exception)] for each in found]
    )
    written = f"{kept!r} {found!r} {told!r}"
    assert [iban for iban in clear if iban in written or iban[2:] in written] == []

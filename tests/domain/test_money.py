"""That amounts stay exact, also where records are written and read again."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bff.domain.money import Currency, Money, TaxedMoney

amounts = st.decimals(-(10**12), 10**12, places=2)


@given(amounts)
def test_an_amount_keeps_every_digit_when_it_is_written_and_read_again(amount: Decimal) -> None:
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(Money(amount)), type=Money)
    assert str(again.amount) == str(amount)


def test_an_amount_is_in_euro_and_may_come_without_its_vat() -> None:
    total = TaxedMoney(Money(Decimal("12.20")))
    assert total.gross == Money(Decimal("12.20"), Currency.EUR)
    assert (total.net, total.vat) == (None, None)

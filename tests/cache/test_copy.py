"""Entries: what comes back is what was put, for a time within its bounds, at a weight near the truth."""

import gc
import tracemalloc
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bff.cache._copy import pack, unpack
from bff.cache._load import JITTER
from bff.cache.kinds import MOBILE_INVOICES
from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.money import Money, TaxedMoney
from bff.domain.period import Period
from bff.domain.system import System
from bff.errors import BackendTimeout
from tests.cache.parts import EARLY, THING, Thing

PLACE = "bff:1:{acme}:mobile:thing:a"
_NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC).timestamp()


def _invoice(number: int) -> Invoice:
    issued = date(2026, 10, 1)
    money = Money(Decimal(number) / 100)
    return Invoice(
        key=InvoiceKey("MOBILE", "BA-00001", f"{number:08}", issued),
        system=System.MOBILE,
        number=f"{number:08}",
        kind=InvoiceKind.MOBILE,
        credit_note=False,
        state=InvoiceState.UNPAID,
        period=Period(date(2026, 8, 1), date(2026, 9, 30)),
        issued_on=issued,
        due_on=date(2026, 10, 31),
        total=TaxedMoney(money, money, money),
        remaining=money,
        account="BA-00001",
        bill_key=f"BILL-{number:08}",
        as_of=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    )


def test_records_come_back_as_they_were() -> None:
    invoices = tuple(_invoice(number) for number in range(3))
    blob = pack(MOBILE_INVOICES, PLACE, list(invoices), versions=(b"1",), now=_NOW, shorter=0)
    copy = unpack(MOBILE_INVOICES, PLACE, blob)
    assert copy.read is not None
    assert copy.read.value == invoices
    assert copy.read.as_of == datetime.fromtimestamp(_NOW, UTC)
    assert not copy.read.stale
    assert copy.versions == (b"1",)


def test_what_is_unknown_comes_back_as_unknown_for_its_own_time() -> None:
    copy = unpack(THING, PLACE, pack(THING, PLACE, None, versions=(), now=_NOW, shorter=0))
    assert copy.read is None
    assert copy.fresh(_NOW + THING.negative_s - 1)
    assert not copy.fresh(_NOW + THING.negative_s)
    assert not copy.can_stand_in(_NOW + 1, 3600)


@given(st.floats(0, 1, exclude_max=True))
def test_a_lifetime_is_never_longer_than_the_table_and_at_most_a_tenth_shorter(random: float) -> None:
    blob = pack(EARLY, PLACE, Thing("a"), versions=(), now=_NOW, shorter=JITTER * random)
    copy = unpack(EARLY, PLACE, blob)
    lifetime = copy.fresh_until - _NOW
    assert EARLY.lifetime_s * (1 - JITTER) - 0.001 <= lifetime <= EARLY.lifetime_s
    assert copy.fresh_until - copy.refresh_at == pytest.approx(60)


def test_an_old_copy_may_stand_in_for_its_time_and_says_why() -> None:
    copy = unpack(THING, PLACE, pack(THING, PLACE, Thing("a"), versions=(), now=_NOW, shorter=0))
    error = BackendTimeout(System.MOBILE, "GET /thing")
    ends = _NOW + THING.lifetime_s + THING.stale_if_error_s
    assert copy.can_stand_in(ends - 1, THING.stale_if_error_s)
    assert not copy.can_stand_in(ends, THING.stale_if_error_s)
    stand_in = copy.standing_in(error)
    assert stand_in.read is not None
    assert stand_in.read.stale
    assert stand_in.read.error is error
    assert copy.read is not None
    assert not copy.read.stale


def test_a_copy_from_the_future_is_not_served() -> None:
    copy = unpack(THING, PLACE, pack(THING, PLACE, Thing("a"), versions=(), now=_NOW, shorter=0))
    assert copy.fresh(_NOW - 4)
    assert not copy.fresh(_NOW - 3600)


@example(b"\x95\xa3\x00\x00\x80")  # a text that is no UTF-8
@given(st.binary(max_size=60))
def test_any_bytes_are_an_entry_or_a_msgspec_error(blob: bytes) -> None:
    with suppress(msgspec.MsgspecError):
        unpack(THING, PLACE, blob)


@given(st.floats(), st.floats(), st.binary(max_size=20) | st.none())
def test_any_times_and_body_are_an_entry_or_a_msgspec_error(
    loaded_at: float, fresh_until: float, body: bytes | None
) -> None:
    with suppress(msgspec.MsgspecError):
        unpack(THING, PLACE, msgspec.msgpack.encode((PLACE, loaded_at, fresh_until, (), body)))
    good = msgspec.msgpack.encode(Thing("a"))
    with suppress(msgspec.MsgspecError):
        unpack(THING, PLACE, msgspec.msgpack.encode((PLACE, loaded_at, fresh_until, (), good)))


def test_the_estimated_weight_of_a_copy_is_its_true_one_within_a_third() -> None:
    blob = pack(MOBILE_INVOICES, PLACE, [_invoice(n) for n in range(1000)], versions=(bytes(8),), now=_NOW, shorter=0)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        copy = unpack(MOBILE_INVOICES, PLACE, blob)
        true = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert copy.weight == pytest.approx(true, rel=0.33), f"{true / len(blob):.2f} for each byte"


def test_what_stands_under_another_name_is_no_entry() -> None:
    blob = pack(THING, PLACE, Thing("a"), versions=(), now=_NOW, shorter=0)
    with pytest.raises(msgspec.ValidationError, match="another place"):
        unpack(THING, PLACE.replace("acme", "other"), blob)

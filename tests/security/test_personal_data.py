"""What people give when they change something stands in no log line, no audit, no deed: nowhere in the state Redis."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import house
from tests.http import personal
from tests.http.test_log import stream  # noqa: F401 - a fixture
from tests.journeys.acting import acting
from tests.security.strikes import MARK, Strike
from tests.security.test_bad_change import functions, good, sent

TELLING = {
    *("firstName", "lastName", "taxCode", "companyTaxCode", "holder", "holderTaxCode", "signerTaxCode", "iban"),
    *("email", "username", "mobileNumber", "contactPhone", "notifyNumber", "number", "caller", "lineNumber"),
    *("pairedNumber", "newIccid", "street", "text", "note", "policeReport", "search"),
}
"""Fields that tell of somebody."""
INVOICES = {"otherInvoicePay", "otherInvoicePaymentReport"}
"""Whose number is an invoice's, which a payment is remembered by."""


def _told(given: Any) -> Iterator[str]:
    """Give what an input tells of somebody."""
    if isinstance(given, list):
        for each in given:
            yield from _told(each)
    elif isinstance(given, dict):
        yield from (value.strip() for name, value in given.items() if name in TELLING and isinstance(value, str))
        for value in given.values():
            yield from _told(value)


def _kept(client: redis.Redis) -> str:
    """Give all that a Redis holds: keys and values, as text as far as they are one."""
    reading: dict[Any, Any] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    return "\n".join(f"{key!r} {reading[client.type(key)](key)!r}" for key in client.scan_iter(count=1_000))


@pytest.mark.redis
def test_nothing_that_people_give_is_logged_or_kept(stream: io.StringIO, sandbox: Sandbox, redis_url: str) -> None:  # noqa: F811
    who = acting(sandbox.world, "legal")
    given: set[str] = set()
    with house(sandbox, state_redis_url=redis_url) as opened, redis.Redis.from_url(redis_url) as client:
        for mutation in functions():
            wanted = good(mutation, who)
            if mutation == "usersExport":
                wanted = {"filter": {"search": MARK}}
            if mutation not in INVOICES:
                given |= set(_told(wanted))
            for quirk in (None, Quirk.TAKEN_UNANSWERED, Quirk.ERROR_FAULT_500, Quirk.HTML_INSTEAD):
                sandbox.faults.set(*([] if quirk is None else [Rule(quirk=quirk, times=1)]))
                sent(opened, mutation, Strike(None, "", "", (), wanted), "it")
        kept = _kept(client)
    logged = stream.getvalue()
    people = personal.of_world(sandbox.world) - {user.subject for user in sandbox.world.users}
    assert len(given) > len(TELLING) / 2
    assert (len(kept.splitlines()) > len(functions()), '"audit"' in logged) == (True, True)
    for text in (logged, kept):
        assert personal.found_in(text, people) == []
        assert [each for each in given if each in text or repr(each.encode())[2:-1] in text] == []

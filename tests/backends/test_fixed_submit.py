"""What became of what was asked of the fixed network, by the request id; and whose an answer is."""

import pytest

from bff.backends.fixed import Credentials, Fixed, Soap
from bff.backends.fixed._value import NAMESPACE
from bff.domain.change import ChangeStatus
from bff.domain.system import System
from bff.errors import BackendGarbled
from tests.backends.wire import Reply, StillClock, always, http

pytestmark = pytest.mark.anyio

ID = "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b21"
FINE = "<outcome><code>000</code><severity>I</severity></outcome>"
UNKNOWN = f"<itemOutcome><key>{ID}</key><outcome><code>404</code><severity>E</severity></outcome></itemOutcome>"


def row(state: str, *, request_id: str = ID, protocol: str = "9000000001") -> str:
    """Write a request as the system does."""
    told = f"<externalRequestId>{request_id}</externalRequestId>" if request_id else ""
    return (
        f"<request><protocolNo>{protocol}</protocolNo><customerCode>FC1</customerCode><kind>SEDE_LEGALE</kind>"
        f"<state>{state}</state><enteredOn>22/11/2026 09:30:00</enteredOn>{told}</request>"
    )


async def requested(*parts: str) -> object:
    """Ask what became of the request while the system answers with these parts."""
    name = "FindByExternalRequestIdResponse"
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<{name} xmlns="{NAMESPACE}">{FINE}{"".join(parts)}</{name}></s:Body></s:Envelope>'
    )
    exchange = http(always(Reply(body.encode())), system=System.FIXED)
    fixed = Fixed(Soap(exchange, Credentials("bff", "secret"), StillClock(), lambda: b"0" * 16), StillClock())
    try:
        found = await fixed.requested(ID)
    finally:
        await fixed.aclose()
    return found and (found.status, found.request_key)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("INS", ChangeStatus.ACCEPTED),
        ("PIC", ChangeStatus.ACCEPTED),
        ("LAV", ChangeStatus.ACCEPTED),
        ("CHI", ChangeStatus.DONE),
        ("RES", ChangeStatus.REJECTED),
        ("ANN", ChangeStatus.REJECTED),
        ("XXX", ChangeStatus.ACCEPTED),
    ],
)
async def test_the_state_of_the_request_tells_what_became_of_it(state: str, status: ChangeStatus) -> None:
    assert await requested(row(state)) == (status, "9000000001")


async def test_one_that_nobody_knows_is_none() -> None:
    assert await requested(UNKNOWN) is None
    assert await requested() is None


async def test_a_protocol_number_that_can_not_be_read_leaves_nothing_to_follow() -> None:
    assert await requested(row("INS", protocol="?")) == (ChangeStatus.ACCEPTED, None)


@pytest.mark.parametrize("request_id", ["another", ""])
async def test_a_row_that_is_anothers_or_does_not_tell_is_no_proof_that_nothing_was_done(request_id: str) -> None:
    with pytest.raises(BackendGarbled):
        await requested(row("INS", request_id=request_id))
    assert await requested(row("INS", request_id=request_id), row("CHI")) == (ChangeStatus.DONE, "9000000001")

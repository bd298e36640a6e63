"""Every quirk of the two operations that hand out files, one at a time.

A file is a text of the whole case: what comes up is the good file, or the error that ends it, before or after its first
byte.
"""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import pytest

from bff.backends import Backends
from bff.domain.invoice import Invoice
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendUnavailable
from sandbox._faults import Quirk, modes
from sandbox.wire.file import LARGE_BYTES
from sandbox.world.build import build_world
from tests.backends.invoices import invoice_of
from tests.backends.matrix import REACHED_AND_FAILED, Case, Expected, Matrix, Play, Result, fails, lacking, plays, same
from tests.backends.wire import NOW

pytestmark = pytest.mark.anyio

WORLD = build_world(NOW, 1)
COMPANY = next(each for each in WORLD.companies if each.mobile_accounts and each.fixed_accounts)


async def read(backends: Backends, invoice: Invoice) -> bytes | BackendError:
    """Read a file whole."""
    try:
        async with aclosing(backends.documents.invoice(invoice)) as pieces:
            return b"".join([piece async for piece in pieces])
    except BackendError as error:
        return error


def case(system: Any, operation: str, invoice: Invoice) -> Case:
    async def call(backends: Backends, asked: tuple[str, ...]) -> Mapping[str, Any]:
        return {key: await read(backends, invoice) for key in asked}

    return Case(f"{system} document", system, operation, (invoice.number,), call)


CASES = [
    case("mobile", "GET /billDocument/{id}", invoice_of(COMPANY, is_fixed=False)),
    case("fixed", "GetInvoiceDocument", invoice_of(COMPANY, is_fixed=True)),
]


def is_larger(good: Result, bad: Result) -> None:
    """A file of 20 MB is one like any other."""
    [file], [large] = good.values(), bad.values()
    assert large[:8] == file[:8]
    assert LARGE_BYTES < len(large) < LARGE_BYTES + 2_000


BROKEN: Mapping[str, Expected] = {
    "missing": fails(BackendRejected),
    "empty": fails(BackendGarbled),
    "html": fails(BackendGarbled),
    "wrong_type": same,
    "cut": fails(BackendGarbled),
    "large": is_larger,
    "oversized": fails(BackendGarbled),
}
ALL: Mapping[Play, Expected] = {
    **REACHED_AND_FAILED,
    **{Play(Quirk.BAD_DOCUMENT, mode): BROKEN[mode] for mode in modes("mobile", Quirk.BAD_DOCUMENT)},
    **{Play(Quirk.ENCODING, mode): same for mode in modes("fixed", Quirk.ENCODING)},
    Play(Quirk.ENCODING, "nonsense"): fails(BackendGarbled),  # a byte in the middle of the base64
    Play(Quirk.CLOCK_SKEW): same,
}
OF_MOBILE: Mapping[Play, Expected] = {
    # Of what is no file its status is all that is looked at.
    Play(Quirk.ERROR_FAULT_500): fails(BackendUnavailable),
    Play(Quirk.ERROR_FAULT_200): fails(BackendGarbled),
    Play(Quirk.ERROR_CODE_IN_ANSWER): fails(BackendGarbled),
}


def expected(case: Case, play: Play) -> Expected | None:
    return (OF_MOBILE.get(play) if case.system == "mobile" else None) or ALL.get(play)


def test_every_pair_of_operation_and_quirk_has_an_expectation() -> None:
    assert lacking(CASES, expected) == []


@pytest.mark.parametrize(
    ("case", "play"),
    [
        pytest.param(case, play, id=f"{case.name} {play.quirk} {play.mode or ''}".strip())
        for case in CASES
        for play in plays(case)
    ],
)
async def test_what_comes_up_is_what_is_written_down(matrix: Matrix, case: Case, play: Play) -> None:
    check = expected(case, play)
    assert check is not None
    outcome = await matrix.played(case, play)
    [file] = outcome.good.values()
    assert file.startswith(b"%PDF-")
    check(outcome.good, outcome.bad)
    assert outcome.hits > 0

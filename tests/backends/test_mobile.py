"""The mobile adapter against the stand-in: what comes up is what the world holds, for a known number of calls."""

from collections import Counter
from datetime import date, timedelta

import pytest

from bff.backends import Backends
from bff.domain.address import Address
from bff.domain.company import Company as Registry
from bff.domain.company import LegalRepresentative, MobileAccount, MobileParty
from bff.domain.contract import Contract, ContractState
from bff.domain.invoice import Invoice, InvoiceKind, InvoiceState
from bff.domain.line import LineState, MobileLine, Sim
from bff.domain.order import Order, OrderKind, OrderState, ShipmentState
from bff.domain.system import System
from bff.errors import BackendError
from sandbox.server import Sandbox
from sandbox.world import model
from tests.backends.wire import NOW

pytestmark = pytest.mark.anyio

TODAY = NOW.date()
YEAR_AGO = date(2025, 11, 22)
STATES = {
    "active": LineState.ACTIVE,
    "suspended": LineState.SUSPENDED,
    "created": LineState.ACTIVATING,
    "pendingActive": LineState.ACTIVATING,
    "pendingTerminate": LineState.CEASING,
    "terminated": LineState.CEASED,
    "cancelled": LineState.CEASED,
}


def good[V](value: V | BackendError | None) -> V: ...

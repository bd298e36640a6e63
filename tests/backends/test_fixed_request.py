"""Which invoices a merge put together, as a request's note tells it."""

from datetime import UTC, date, datetime
from xml.etree.ElementTree import fromstring

import pytest

from bff.backends.fixed._value import NAMESPACE, Row
from bff.backends.fixed.request import by_protocol
from bff.domain.invoice import InvoiceKey

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
REQUEST = f"""<request xmlns="{NAMESPACE}"><protocolNo>0001000022</protocolNo><customerCode>FX1</customerCode>
<kind>{{kind}}</kind><state>{{state}}</state><enteredOn>01/06/2026 23:25:55</enteredOn>
<note>{{note}}</note></request>"""
NOTE = "Unione delle fatture 000001010002 T0010202 06/05/2026 e 000001010001 T0010104 06/05/2026."
FIRST = InvoiceKey("FIXED", "000001010002", "T0010202", date(2026, 5, 6))


@pytest.mark.parametrize(
    ("kind", "state", "note", "expected"),
    [
        ("UNIONE_FATTURE", "CHI", NOTE, FIRST),
        ("UNIONE_FATTURE", "LAV", NOTE, None),
        ("SERVIZIO", "CHI", NOTE, None),
        ("UNIONE_FATTURE", "CHI", "", None),
        ("UNIONE_FATTURE", "CHI", "Unione di due fatture.", None),
        ("UNIONE_FATTURE", "CHI", NOTE.replace("06/05/2026", "31/02/2026"), None),
    ],
)
def test_a_merge_that_is_done_is_known_by_the_first_invoice_of_its_note(
    kind: str, state: str, note: str, expected: InvoiceKey | None
) -> None:
    row = Row(fromstring(REQUEST.format(kind=kind, state=state, note=note)))  # noqa: S314 - written above
    assert by_protocol(NOW).record(row, "0001000022").merged == expected

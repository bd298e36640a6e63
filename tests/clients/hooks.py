"""What schemathesis must know of the API: how its scalars are written, and what a fault of ours is.

Runs in schemathesis' own environment, which `make audit` makes.
"""

from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

_AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=2)

schemathesis.graphql.scalar("Date", st.dates().map(lambda day: nodes.String(day.isoformat())))
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda at: nodes.String(f"{at.isoformat()}Z")))
schemathesis.graphql.scalar("Decimal", _AMOUNTS.map(lambda amount: nodes.String(str(amount))))


@schemathesis.check  # type: ignore[untyped-decorator]  # it is not in our environment
def no_fault_of_ours(_context: Any, response: Any, _case: Any) -> None:
    """Fail on a 5xx, and on an error that says that we have broken; refusals are answers."""
    assert response.status_code < 500, response.text
    codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
    assert "INTERNAL" not in codes, response.text

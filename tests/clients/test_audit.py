"""That the entry passes every audit of GraphQL over HTTP that its reference implementation brings."""

from tests.clients import javascript
from tests.clients.audit import audited, table


@javascript.needed
def test_all_61_audits_of_graphql_over_http_pass() -> None:
    rows = audited()
    assert len({row.id for row in rows}) == 61
    assert [row for row in rows if row.result != "ok"] == [], table(rows)

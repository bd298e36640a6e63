"""That whatever a client does wrong is a 4xx with a GraphQL error that says what was wrong."""

from collections.abc import Iterator

import pytest

from tests.http.conftest import Door, errors

BODY = (
    "The body must be a JSON object with `query` (text), and optionally `operationName` (text), "
    "`variables` (object) and `extensions` (object)"
)
BAD, INVALID = "BAD_REQUEST", "VALIDATION_FAILED"
MAX_BYTES = 256 * 1024


# --- method, body, media types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_than_post_is_refused_with_the_one_that_is_allowed(door: Door, method: str) -> None:
    response = door.client.request(method, "/graphql?query={__typename}", headers=door.headers())
    (error,) = errors(response)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert error["message"] == f"{method} is not answered here; send a POST with a body in JSON."
    assert error["extensions"]["code"] == BAD


def test_head_is_refused_without_a_body(door: Door) -> None:
    response = door.client.head("/graphql", headers=door.headers())
    assert (response.status_code, response.headers["allow"], response.content) == (405, "POST", b"")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=utf-8; version=1",
        "application/json-seq",
        "application/graphql-response+json",
    ],
)
def test_another_media_type_than_json_in_utf_8_is_refused(door: Door, content_type: str | None) -> None:
    response = door.send(content_type=content_type)
    (error,) = errors(response)
    assert response.status_code == 415
    assert error["message"] == "The body must be sent as `Content-Type: application/json` in UTF-8."


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml, text/*", "image/png;q=1", "application/json;q=0", ","]
)
def test_a_client_that_takes_neither_of_our_media_types_is_told_which_there_are(door: Door, accept: str) -> None:
    response = door.send(accept=accept)
    (error,) = errors(response)
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert error["message"] == (
        "This endpoint answers with application/graphql-response+json or application/json; accept one."
    )


def large(size: int) -> bytes:
    return b'{"query":"{__typename}","extensions":{"x":"' + b"x" * (size - 46) + b'"}}'


def chunked(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 4096):
        yield body[start : start + 4096]


def test_a_body_of_the_largest_size_is_read(door: Door) -> None:
    body = large(MAX_BYTES)
    assert len(body) == MAX_BYTES
    assert door.send(body).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("in_chunks", [False, True], ids=["with its length", "in chunks"])
def test_a_larger_body_is_refused(door: Door, in_chunks: bool) -> None:  # noqa: FBT001 - parametrised
    body = large(MAX_BYTES + 1)
    content = chunked(body) if in_chunks else body
    response = door.client.post("/graphql", content=content, headers=door.headers())
    (error,) = errors(response)
    assert response.status_code == 413
    assert error["message"] == f"The body is larger than {MAX_BYTES} bytes."
    assert door.send().status_code == 200, "and the next request is served"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", ""),
        (b"{", ""),
        (b'{"query":"{__typename}"', ""),
        (b'{"query":"{__typename}"} x', ""),
        (b"query { __typename }", ""),
        (b'{"query":"\xff"}', ""),
        (b"\xff\xfe{\x00}\x00", ""),
        (b'{"query":"\\ud800"}', ""),
        (b'{"query":NaN}', ""),
        (b'{"query":"{__typename}","variables":' + b'{"a":' * 50_000, ""),
        (b'{"query":' + b"[" * 50_000, "Expected `str`, got `array` - at `$.query`"),
        (b"1", "Expected `object`, got `int`"),
        (b"null", "Expected `object`, got `null`"),
        (b'"{__typename}"', "Expected `object`, got `str`"),
        (b"{}", "Object missing required field `query`"),
        (b'{"query":null}', "Expected `str`, got `null` - at `$.query`"),
        (b'{"query":["{__typename}"]}', "Expected `str`, got `array` - at `$.query`"),
        (b'{"query":"{__typename}","variables":[]}', "Expected `object | null`, got `array` - at `$.variables`"),
        (b'{"query":"{__typename}","variables":"{}"}', "Expected `object | null`, got `str` - at `$.variables`"),
        (b'{"query":"{__typename}","operationName":1}', "Expected `str | null`, got `int` - at `$.operationName`"),
        (b'{"query":"{__typename}","extensions":[]}', "Expected `object | null`, got `array` - at `$.extensions`"),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_body_that_is_no_graphql_request_is_refused(door: Door, body: bytes, detail: str) -> None:
    response = door.send(body)
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (400, BAD)
    assert error["message"] == f"{BODY}{f' ({detail})' if detail else ''}."


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"[]", b"[1]", b' \n[{"query":"{__typename}"}]'], ids=lambda body: body[:9]
)
def test_a_batch_is_refused_as_such(door: Door, body: bytes) -> None:
    response = door.send(body)
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (400, BAD)
    assert error["message"] == f"There are no batches here: {BODY.replace('The', 'the')}, not an array."


def test_a_byte_order_mark_is_no_json(door: Door) -> None:
    response = door.send(b'\xef\xbb\xbf{"query":"{__typename}"}')
    (error,) = errors(response)
    assert (response.status_code, error["message"]) == (400, f"{BODY}.")


def test_of_a_name_that_is_there_twice_the_last_counts_as_in_browsers(door: Door) -> None:
    body = b'{"query":"{ nonsense }","query":"{ __typename }","variables":[],"variables":{}}'
    assert door.send(body).status_code == 400, "each one must be of its type"
    assert door.send(body.replace(b"[]", b"{}")).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("number", [b"9" * 400, b"-" + b"9" * 4000, b"1e400", b"0." + b"1" * 4000])
def test_a_number_beyond_all_bounds_is_a_mistake_or_ignored_and_never_our_fault(door: Door, number: bytes) -> None:
    query = b"query ($n: Int) { customer { lines(first: $n) { totalCount } } }"
    used = door.send(b'{"query":"%s","variables":{"n":%s}}' % (query, number))
    assert (used.status_code, used.json().keys()) == (400, {"errors"})
    unused = door.send(b'{"query":"{__typename}","extensions":{"n":%s}}' % number)
    assert unused.status_code in {200, 400}


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x"])
def test_a_body_in_a_content_coding_is_refused(door: Door, coding: str) -> None:
    response = door.send(content_encoding=coding)
    (error,) = errors(response)
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "identity")
    assert error["message"] == "The body must be sent without a `Content-Encoding`."
    assert door.send(content_encoding="identity").status_code == 200


@pytest.mark.parametrize(
    ("name", "values", "status"),
    [
        ("content-type", ("application/json", "application/json"), 415),
        ("authorization", ("Bearer a", "Bearer b"), 401),
        ("accept", ("text/html", "application/json"), 200),
    ],
)
def test_a_header_of_two_lines_is_the_list_that_they_mean(
    door: Door, name: str, values: tuple[str, str], status: int
) -> None:
    kept = [(key, value) for key, value in door.headers().items() if key.decode() != name]
    both = [(name.encode(), value.encode()) for value in values]
    response = door.client.post("/graphql", content=b'{"query":"{__typename}"}', headers=[*kept, *both])
    assert response.status_code == status


@pytest.mark.parametrize("members", ['"variables":null,"operationName":null,"extensions":null', '"doc_id":"x"'])
def test_members_that_are_null_or_unknown_are_as_absent(door: Door, members: str) -> None:
    assert door.send(f'{{"query":"{{__typename}}",{members}}}').json() == {"data": {"__typename": "Query"}}


# --- the document -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "operation", "code", "message"),
    [
        ("", None, BAD, "Syntax Error: Unexpected <EOF>."),
        ("{", None, BAD, "Syntax Error: Expected Name, found <EOF>."),
        ("{ customer { id }", None, BAD, "Syntax Error: Expected Name, found <EOF>."),
        ("{ \u00e8 }", None, BAD, "Syntax Error: Unexpected character: U+00E8."),
        ("{a" * 400, None, BAD, "Syntax Error: Document is nested too deeply. Parsing aborted."),
        (
            "{" + " __typename" * 1000 + "}",
            None,
            BAD,
            "Syntax Error: Document contains more than 1000 tokens. Parsing aborted.",
        ),
        (
            "query A { __typename } query B { __typename }",
            None,
            BAD,
            "`operationName` is missing; the document has: A, B.",
        ),
        (
            "query A { __typename } query B { __typename }",
            "C",
            BAD,
            "`operationName` names none of the operations; the document has: A, B.",
        ),
        ("{ __typename }", "A", BAD, "`operationName` names none of the operations; the document has: none."),
        ("{ __typename }", "", BAD, "`operationName` names none of the operations; the document has: none."),
        ("{ secrets }", None, INVALID, "Cannot query field 'secrets' on type 'Query'."),
        ("{ custome { id } }", None, INVALID, "Cannot query field 'custome' on type 'Query'."),
        (
            "{ customer { lines(frist: 1) { totalCount } } }",
            None,
            INVALID,
            "Unknown argument 'frist' on field 'Customer.lines'.",
        ),
        (
            "{ customer { lines(filter: {kind: MOBIL}) { totalCount } } }",
            None,
            INVALID,
            "Value 'MOBIL' does not exist in 'LineKind' enum.",
        ),
        ("mutation { x }", None, INVALID, "Cannot query field 'x' on type 'Mutation'."),
        ("subscription { x }", None, INVALID, "Cannot query field 'x' on type 'Subscription'."),
        ("fragment F on Query { __typename }", None, INVALID, "Fragment 'F' is never used."),
        (
            '{ customer { invoices(filter: {issuedFrom: "1.1.2026"}) { totalCount } } }',
            None,
            INVALID,
            "Expected value of type 'Date', but encountered error 'not a day, YYYY-MM-DD'; found: \"1.1.2026\".",
        ),
    ],
)
def test_a_document_that_can_not_be_run_is_refused_and_nothing_is_suggested(
    door: Door, query: str, operation: str | None, code: str, message: str
) -> None:
    response = door.post(query, operation=operation)
    error = errors(response)[0]
    assert (response.status_code, error["extensions"]["code"], error["message"]) == (400, code, message)


def test_a_mistake_in_a_document_says_where_it_is(door: Door) -> None:
    response = door.post('{ customer {\n  invoices(filter: {issuedFrom: "x"}) { totalCount } nonsense } }')
    assert [error["locations"] for error in errors(response)] == [
        [{"line": 2, "column": 33}],
        [{"line": 2, "column": 54}],
    ]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "Expected a value of non-null type 'ID!' to be provided."),
        ({"id": None}, "Expected value of non-null type 'ID!' not to be None."),
        ({"id": {}}, "ID cannot represent value."),
        ({"id": [1]}, "ID cannot represent value."),
    ],
)
def test_variables_that_do_not_fit_are_refused(door: Door, variables: object, message: str) -> None:
    response = door.post("query ($id: ID!) { node(id: $id) { id } }", variables)
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (400, INVALID)
    assert error["message"] == f"Variable '$id' has invalid value: {message}"


def test_a_variable_s_mistake_suggests_nothing(door: Door) -> None:
    query = "query ($k: LineKind) { customer { lines(filter: {kind: $k}) { totalCount } } }"
    (error,) = errors(door.post(query, {"k": "MOBIL"}))
    assert error["message"] == "Variable '$k' has invalid value: Value 'MOBIL' does not exist in 'LineKind' enum."


_MANDATE = {"iban": "IT60X0542811101000000123456", "holder": "Anna Neri", "holderTaxCode": "X", "signerTaxCode": "Y"}


@pytest.mark.parametrize(
    ("mandate", "message"),
    [
        (_MANDATE["iban"], "Expected value of type 'MandateInput' to be an object."),
        (
            {"iban": _MANDATE["iban"]},
            "Expected value of type 'MandateInput' to include required field 'holder'.",
        ),
        ({**_MANDATE, "bic": 1}, "Expected value of type 'MandateInput' not to include unknown field 'bic'."),
        ({**_MANDATE, "iban": [_MANDATE["iban"]]}, "String cannot represent a non string value."),
    ],
)
def test_a_variable_s_mistake_tells_nothing_of_what_was_given(door: Door, mandate: object, message: str) -> None:
    query = "mutation ($d: DirectDebitInput!) { contractDirectDebitSet(input: { directDebit: $d }) { status } }"
    query = query.replace("directDebit: $d", 'contractId: "", directDebit: $d, idempotencyKey: ""')
    response = door.post(query, {"d": {"mandate": mandate}})
    assert response.status_code == 400
    assert message in errors(response)[0]["message"]
    assert not any(value in response.text for value in (_MANDATE["iban"], _MANDATE["holder"]))


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 1e40, 1.5, "1", True])
def test_a_number_that_is_none_of_graphql_is_refused(door: Door, number: object) -> None:
    response = door.post("query ($n: Int!) { customer { lines(first: $n) { totalCount } } }", {"n": number})
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (400, INVALID)


def test_a_null_where_the_schema_has_a_default_is_the_client_s_mistake_and_costs_only_its_field(door: Door) -> None:
    """Valid by the document, as the argument has a default; graphql-core finds it only when it gets there."""
    response = door.post("query ($n: Int) { customer { id lines(first: $n) { totalCount } } }", {"n": None})
    body = response.json()
    (error,) = body["errors"]
    assert response.status_code == 200
    assert body["data"]["customer"]["id"]
    assert body["data"]["customer"]["lines"] is None
    assert (error["path"], error["extensions"]["code"]) == (["customer", "lines"], INVALID)
    assert error["message"] == (
        "Argument 'first' has invalid value: Expected variable '$n' provided to non-null type 'Int!' not to be None."
    )


def test_fragments_that_double_again_and_again_are_refused_by_what_they_amount_to(door: Door) -> None:
    levels = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    response = door.post(f"{{ ...F0 }} {levels} fragment F40 on Query {{ __typename }}")
    told = errors(response)
    assert (response.status_code, {error["extensions"]["code"] for error in told}) == (400, {INVALID})
    assert told[0]["message"] == "The operation has 1,000,000 or more root fields; at most 20."


# --- who asks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer a b",
        "Basic dXNlcjpwYXNz",
        "Bearer abc",
        "Bearer a.b.c",
        b"Bearer \xff\xfe",
        "token abc",
    ],
)
def test_a_request_without_a_good_token_is_401_and_names_the_scheme(
    door: Door, authorization: str | bytes | None
) -> None:
    response = door.send(authorization=authorization)
    (error,) = errors(response)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert (error["message"], error["extensions"]["code"]) == ("A valid access token is needed.", "UNAUTHENTICATED")


def test_who_asks_is_settled_before_the_document_is_looked_at(door: Door) -> None:
    assert door.post("{ nonsense }", authorization="Bearer abc").status_code == 401


def test_an_account_that_may_not_come_in_is_403(door: Door) -> None:
    response = door.send(authorization=f"Bearer {door.house.sandbox.token('disabled')}")
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (403, "ACCOUNT_DISABLED")
    assert "www-authenticate" not in response.headers


@pytest.mark.parametrize("membership", ["nope", b"\xe9", "MEM-000007-1"])
def test_a_membership_that_is_not_the_person_s_is_400(door: Door, membership: str | bytes) -> None:
    response = door.send(x_membership=membership)
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (400, BAD)
    assert error["message"] == "X-Membership is not the id of a membership that you can use."


def test_another_spelling_of_the_address_is_not_found_and_never_redirected(door: Door) -> None:
    assert door.client.post("/graphql/", json={"query": "{ __typename }"}).status_code == 404

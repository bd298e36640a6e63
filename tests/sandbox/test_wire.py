"""How quirks 7 to 12, 18 and 19 look on the wire: in TM Forum's JSON, SCIM's JSON and the fixed system's XML."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from lxml import etree

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Bill, Company, Order
from tests.sandbox.probe import Answered, Asked, Probe
from tests.waiting import eventually

Json = Callable[..., Any]
Xml = Callable[..., list[tuple[str, str | None]]]


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Sandbox() as sandbox, Probe(sandbox) as opened:
        yield opened


@pytest.fixture
def company(probe: Probe) -> Company:
    return probe.sandbox.world.companies[0]


@pytest.fixture
def mobile(probe: Probe) -> Json:
    """Read mobile documents by id while a quirk is on."""

    def read(resource: str, quirk: Quirk, *ids: str, **told: Any) -> Any:
        asked = Asked(ids, {"id": ",".join(ids)})
        return json.loads(probe.struck("mobile", f"GET /{resource}", quirk, asked, **told).body)

    return read


@pytest.fixture
def fixed(probe: Probe) -> Xml:
    """Read fixed rows by key while a quirk is on; give names and texts of their leaves in order, None for nil."""

    def read(operation: str, quirk: Quirk, *keys: str, **told: Any) -> list[tuple[str, str | None]]:
        asked = Asked(keys, [("key", key) for key in keys])
        return leaves(probe.struck("fixed", operation, quirk, asked, **told))

    return read


def leaves(answer: Answered) -> list[tuple[str, str | None]]:
    rows = etree.fromstring(answer.body).iterfind("{*}Body/*/*")
    return [
        (etree.QName(leaf).localname, None if leaf.get(f"{{{XSI}}}nil") == "true" else leaf.text or "")
        for row in rows
        if etree.QName(row).localname not in {"outcome", "pageInfo", "itemOutcome"}
        for leaf in row.iter("{*}*")
        if len(leaf) == 0
    ]


XSI = "http://www.w3.org/2001/XMLSchema-instance"


def bill_of(company: Company, *, mobile: bool, credit_note: bool = False) -> Bill:
    """Give the first bill of a network that has cents."""
    accounts = {account.id for account in company.mobile_accounts}
    return next(
        bill
        for bill in company.bills
        if (bill.account in accounts) is mobile and bill.credit_note is credit_note and bill.gross % 1
    )


def order_of(company: Company, network: str) -> Order:
    """Give the first order of a network that waits for something."""
    return next(
        order
        for order in company.orders
        if order.network == network
        if any(not phase.reached_at for item in order.items for phase in item.phases)
    )


# 7: totals, filters, pages


@pytest.mark.parametrize(("mode", "total"), [("high", "25"), ("low", "6"), ("absent", None), ("nonsense", "n.d.")])
def test_totals_are_wrong_and_rows_right(probe: Probe, company: Company, mode: str, total: str | None) -> None:
    asked = Asked(content={"agreement.id": company.agreements[1].id})
    answer = probe.struck("mobile", "GET /product", Quirk.WRONG_TOTAL, asked, mode=mode)
    assert (answer.status, answer.headers.get("x-total-count"), len(json.loads(answer.body))) == (200, total, 12)

    keys = [line.id for line in company.fixed_lines]
    soap = etree.fromstring(
        probe.struck(
            "fixed", "FindLinesById", Quirk.WRONG_TOTAL, Asked(content=[("key", key) for key in keys]), mode=mode
        ).body
    )
    expected = {"high": "17", "low": "4", "absent": None, "nonsense": "n.d."}[mode]
    assert (soap.findtext(".//{*}totalRows"), soap.findtext(".//{*}lastPage")) == (expected, "S")

    users = Asked(content={"count": "4"})
    scim = json.loads(probe.struck("directory", "GET /Users", Quirk.WRONG_TOTAL, users, mode=mode).body)
    right = len(probe.sandbox.world.users)
    assert (
        scim.get("totalResults") == {"high": 2 * right + 1, "low": right // 2, "absent": None, "nonsense": "n.d."}[mode]
    )
    assert scim["itemsPerPage"] == 4


def test_filters_are_ignored_but_not_the_keys(probe: Probe, company: Company) -> None:
    agreement = company.agreements[1].id
    asked = Asked(content={"agreement.id": agreement, "status": "terminated"})
    rows = json.loads(probe.struck("mobile", "GET /product", Quirk.IGNORED_FILTER, asked).body)
    assert (len(rows), {row["agreement"][0]["id"] for row in rows}) == (12, {agreement})
    assert len(json.loads(probe.good("mobile", "GET /product", asked).body)) < 12

    account = company.fixed_accounts[0].code
    narrowed = Asked(content=[("key", account), ("state", "CES")])
    ceased = leaves(probe.good("fixed", "FindLinesByAccount", narrowed))
    assert {text for name, text in ceased if name == "state"} == {"CES"}
    struck = leaves(probe.struck("fixed", "FindLinesByAccount", Quirk.IGNORED_FILTER, narrowed))
    assert Counter(text for name, text in struck if name == "lineId") == Counter(
        line.id for line in company.fixed_lines if line.account_code == account
    )


def test_pages_are_capped_in_silence_and_still_lead_to_the_end(probe: Probe) -> None:
    big = max(probe.sandbox.world.companies, key=lambda each: len(each.mobile_lines))
    agreement = {"agreement.id": big.agreements[0].id, "limit": "500"}
    seen: list[str] = []
    for _ in range(50):
        asked = Asked(content={**agreement, "offset": str(len(seen))})
        answer = probe.struck("mobile", "GET /product", Quirk.CAPPED_PAGE, asked, rows=150)
        seen += [row["id"] for row in json.loads(answer.body)]
        if len(seen) == int(answer.headers["x-total-count"]):
            break
    assert Counter(seen) == Counter(
        line.product_id for line in big.mobile_lines if line.agreement_id == big.agreements[0].id
    )
    assert (
        len(json.loads(probe.struck("mobile", "GET /product", Quirk.CAPPED_PAGE, Asked(content=agreement)).body)) == 20
    )
    users = json.loads(probe.struck("directory", "GET /Users", Quirk.CAPPED_PAGE, Asked(content={"count": "200"})).body)
    assert (users["itemsPerPage"], len(users["Resources"])) == (20, 20)


def test_capped_soap_pages_follow_each_other(probe: Probe, company: Company) -> None:
    keys = [("key", account.code) for account in company.fixed_accounts]
    seen: list[str | None] = []
    lasts = []
    for number in ("1", "2", "3"):
        asked = Asked(content=[*keys, ("page", [("pageNo", number), ("pageSize", "200")])])
        answer = probe.struck("fixed", "FindLinesByAccount", Quirk.CAPPED_PAGE, asked, rows=3)
        seen += [text for name, text in leaves(answer) if name == "lineId"]
        lasts.append(etree.fromstring(answer.body).findtext(".//{*}lastPage"))
    assert Counter(seen) == Counter(line.id for line in company.fixed_lines)
    assert lasts == ["N", "N", "S"]


@pytest.mark.parametrize(("mode", "second", "total"), [("doubled", 1, 13), ("skipped", 3, 11)])
def test_after_the_first_page_rows_have_moved(
    probe: Probe, company: Company, mode: str, second: int, total: int
) -> None:
    agreement = {"agreement.id": company.agreements[1].id}
    whole = [row["id"] for row in json.loads(probe.good("mobile", "GET /product", Asked(content=agreement)).body)]

    def page(offset: int) -> tuple[list[str], str]:
        asked = Asked(content={**agreement, "offset": str(offset), "limit": "2"})
        answer = probe.struck("mobile", "GET /product", Quirk.UNSTABLE_PAGING, asked, mode=mode)
        return [row["id"] for row in json.loads(answer.body)], answer.headers["x-total-count"]

    assert page(0) == (whole[:2], "12")
    assert page(2) == (whole[second : second + 2], str(total))


@pytest.mark.parametrize(("mode", "second"), [("doubled", 2), ("skipped", 4)])
def test_rows_move_under_soap_and_scim_pages_too(probe: Probe, company: Company, mode: str, second: int) -> None:
    keys = [("key", account.code) for account in company.fixed_accounts]
    lines = [
        text
        for name, text in leaves(probe.good("fixed", "FindLinesByAccount", Asked(content=keys)))
        if name == "lineId"
    ]
    asked = Asked(content=[*keys, ("page", [("pageNo", "2"), ("pageSize", "3")])])
    answer = probe.struck("fixed", "FindLinesByAccount", Quirk.UNSTABLE_PAGING, asked, mode=mode)
    assert [text for name, text in leaves(answer) if name == "lineId"] == lines[second : second + 3]

    asked = Asked(content={"startIndex": "4", "count": "3"})
    users = json.loads(probe.struck("directory", "GET /Users", Quirk.UNSTABLE_PAGING, asked, mode=mode).body)
    assert [user["id"] for user in users["Resources"]] == [
        user.id for user in probe.sandbox.world.users[second : second + 3]
    ]


# 8: digits


def test_leading_zeros_are_lost(probe: Probe, mobile: Json, fixed: Xml, company: Company) -> None:
    agreement = next(
        each for one in probe.sandbox.world.companies for each in one.agreements if each.recipient_code == "0000000"
    )
    [document] = mobile("agreement", Quirk.LOST_ZEROS, agreement.id)
    assert document["characteristic"][2]["value"] == "0"

    line = company.fixed_lines[0]
    told = dict(fixed("FindLinesById", Quirk.LOST_ZEROS, line.id))
    assert told["lineId"] == line.id[1:]
    assert told["accountCode"] == line.account_code.lstrip("0")
    assert told["activatedOn"] == f"{line.activated_on:%d/%m/%Y}"


def test_ids_of_digits_become_json_numbers(mobile: Json, company: Company) -> None:
    line = company.mobile_lines[0]
    assert line.sim is not None
    [sim] = mobile("resource", Quirk.IDS_AS_NUMBERS, line.sim.resource_id)
    assert sim["id"] == line.sim.resource_id
    assert [each["value"] for each in sim["resourceCharacteristic"]] == [int(line.sim.iccid), int(line.msisdn[1:])]


def test_long_numbers_lose_their_digits(mobile: Json, fixed: Xml, company: Company) -> None:
    line = company.mobile_lines[0]
    assert line.sim is not None
    [sim] = mobile("resource", Quirk.SCIENTIFIC_NOTATION, line.sim.resource_id)
    assert [each["value"] for each in sim["resourceCharacteristic"]] == ["8.93910E+18", f"{int(line.msisdn):.5E}"]

    told = dict(fixed("FindLinesById", Quirk.SCIENTIFIC_NOTATION, company.fixed_lines[0].id))
    assert told["accountCode"] == "1.01000E+6"


# 9: amounts


@pytest.mark.parametrize("credit_note", [False, True])
@pytest.mark.parametrize(
    ("mode", "written"),
    [("italian", "{0}"), ("comma", "{0}"), ("sign_first", "{1}{0}"), ("sign_last", "{0}{1}"), ("empty", "")],
)
def test_json_amounts_become_text_in_another_notation(
    mobile: Json, company: Company, mode: str, written: str, *, credit_note: bool
) -> None:
    bill = bill_of(company, mobile=True, credit_note=credit_note)
    [document] = mobile("customerBill", Quirk.AMOUNT_NOTATION, bill.id, mode=mode)
    told = document["taxIncludedAmount"]["value"]
    assert told == written.format(str(bill.gross).replace(".", ","), "-" if credit_note else "+")
    assert document["taxIncludedAmount"]["unit"] == "EUR"


def test_json_amounts_become_numbers_with_binary_noise(probe: Probe, company: Company) -> None:
    bill = bill_of(company, mobile=True)
    asked = Asked(content={"id": bill.id})
    body = probe.struck("mobile", "GET /customerBill", Quirk.AMOUNT_NOTATION, asked, mode="float").body.decode()
    [told] = re.findall(r'"taxIncludedAmount":{"unit":"EUR","value":([^}]*)}', body)
    assert len(told) > 15
    assert float(told) == pytest.approx(float(bill.gross), abs=1e-9)
    assert float(told) != float(bill.gross)


@pytest.mark.parametrize("credit_note", [False, True])
@pytest.mark.parametrize(("mode", "written"), [("comma", "{0}"), ("sign_first", "{1}{0}"), ("sign_last", "{0}{1}")])
def test_soap_amounts_come_in_another_notation(
    fixed: Xml, company: Company, mode: str, written: str, *, credit_note: bool
) -> None:
    bill = bill_of(company, mobile=False, credit_note=credit_note)
    read = fixed("FindInvoicesByNumber", Quirk.AMOUNT_NOTATION, bill.number, mode=mode)
    gross = f"{bill.gross.normalize() if mode == 'comma' else bill.gross}".replace(".", ",")
    assert ("total", written.format(gross, "-" if credit_note else "+")) in read


def test_soap_amounts_may_be_empty(fixed: Xml, company: Company) -> None:
    bill = bill_of(company, mobile=False)
    read = fixed("FindInvoicesByNumber", Quirk.AMOUNT_NOTATION, bill.number, mode="empty")
    assert {text for name, text in read if name in {"total", "vat", "outstanding"}} == {""}


# 10: dates


def test_open_dates_are_written_as_sentinels(mobile: Json, fixed: Xml, company: Company) -> None:
    [agreement] = mobile("agreement", Quirk.SENTINEL_DATES, company.agreements[0].id)
    assert agreement["agreementPeriod"]["endDateTime"] in {"9999-12-31T23:59:59Z", "0001-01-01T00:00:00+01:00"}

    keys = [line.id for line in company.fixed_lines]
    told: Counter[str | None] = Counter(
        text for name, text in fixed("FindLinesById", Quirk.SENTINEL_DATES, *keys) if name == "ceaseRequestedOn"
    )
    known: Counter[str | None] = Counter(
        f"{line.cease_requested_on:%d/%m/%Y}" for line in company.fixed_lines if line.cease_requested_on
    )
    assert set(told - known) == {"31/12/9999", "01/01/0001"}
    assert told & known == known


def test_a_phase_that_is_not_reached_has_a_sentinel(mobile: Json, company: Company) -> None:
    order = order_of(company, "mobile")
    [document] = mobile("productOrder", Quirk.SENTINEL_DATES, order.id)
    waiting = [each for each in document["productOrderMilestone"] if each["status"] == "Yet-To-Reach"]
    assert waiting
    assert {each["milestoneDate"][:4] for each in waiting} <= {"9999", "0001"}


def test_json_times_lose_their_zone_and_fall_into_the_changes_of_clock(mobile: Json, company: Company) -> None:
    order = order_of(company, "mobile")
    [document] = mobile("productOrder", Quirk.LOCAL_TIMES, order.id)
    reached = [each["milestoneDate"] for each in document["productOrderMilestone"] if "milestoneDate" in each]
    own = [f"{phase.reached_at:%Y-%m-%dT%H:%M:%S}" for item in order.items for phase in item.phases if phase.reached_at]
    assert [document["creationDate"], *reached] == ["2026-10-25T02:30:00", "2026-03-29T02:30:00", *own[1:]]

    bill = bill_of(company, mobile=True)
    [document] = mobile("customerBill", Quirk.LOCAL_TIMES, bill.id)
    assert document["billDate"] == f"{bill.issued_on.isoformat()}T00:00:00"


def test_soap_times_fall_into_the_changes_of_clock(fixed: Xml, company: Company) -> None:
    order = next(each for each in company.orders if each.network == "fixed")
    times = [
        text
        for name, text in fixed("FindOrdersById", Quirk.LOCAL_TIMES, order.id)
        if name in {"receivedOn", "reachedOn"}
    ]
    assert times[:2] == ["25/10/2026 02:30:00", "29/03/2026 02:30:00"]
    assert len(set(times)) > 2


# 11: encodings and texts

STREET = "della Libertà"


@pytest.fixture
def accented(probe: Probe) -> dict[str, Asked]:
    """Give by system a request whose answer has an accent in it."""
    world = probe.sandbox.world
    account = next(a for c in world.companies for a in c.mobile_accounts if a.delivery_address.street == STREET)
    line = next(line for c in world.companies for line in c.fixed_lines if line.location.street == STREET)
    return {"mobile": Asked(content={"id": account.id}), "fixed": Asked(content=[("key", line.id)])}


@pytest.mark.parametrize(
    ("mode", "charset", "street"),
    [
        ("latin1", "ISO-8859-1", STREET.encode("latin-1")),
        ("windows1252", "windows-1252", STREET.encode("windows-1252")),
        ("conflict", "ISO-8859-1", STREET.encode()),
        ("nonsense", None, b"della Libert\x81"),
    ],
)
def test_an_answer_comes_in_another_encoding(
    probe: Probe, accented: dict[str, Asked], mode: str, charset: str | None, street: bytes
) -> None:
    rest = probe.struck("mobile", "GET /billingAccount", Quirk.ENCODING, accented["mobile"], mode=mode)
    soap = probe.struck("fixed", "FindLinesById", Quirk.ENCODING, accented["fixed"], mode=mode)

    prolog = charset if mode in {"latin1", "windows1252"} else "UTF-8"
    assert street in rest.body
    assert street in soap.body
    assert soap.body.startswith(f"<?xml version='1.0' encoding='{prolog}'?>".encode())
    assert rest.headers["content-type"] == "application/json" + (f"; charset={charset}" if charset else "")
    assert soap.headers["content-type"] == f"text/xml; charset={charset or 'utf-8'}"


def test_nonsense_is_in_a_text_also_where_all_is_ascii(probe: Probe) -> None:
    answers = [
        probe.struck("identity", "GET /jwks", Quirk.ENCODING, Asked(), mode="nonsense"),
        probe.struck("fixed", "Ping", Quirk.ENCODING, Asked(), mode="nonsense"),
    ]
    for answer in answers:
        assert answer.body.count(b"\x81") == 1
        with pytest.raises(UnicodeDecodeError):
            answer.body.decode()


def test_a_byte_order_mark_comes_before_the_same_answer(probe: Probe, accented: dict[str, Asked]) -> None:
    good = probe.good("mobile", "GET /billingAccount", accented["mobile"])
    struck = probe.struck("mobile", "GET /billingAccount", Quirk.ENCODING, accented["mobile"], mode="bom")
    assert struck.body == b"\xef\xbb\xbf" + good.body
    assert struck.headers["content-length"] == str(len(good.body) + 3)


def test_texts_are_padded_and_what_tells_how_to_read_them_is_not(
    probe: Probe, mobile: Json, fixed: Xml, company: Company
) -> None:
    line = company.mobile_lines[0]
    [product] = mobile("product", Quirk.PADDED_FIELDS, line.product_id)
    assert (product["id"], product["status"]) == (f"  {line.product_id}   ", f"  {line.state}   ")
    assert product["productCharacteristic"][0]["name"] == "msisdn"
    assert product["href"].endswith(line.product_id)
    assert product["isBundle"] is False

    found = fixed("FindLinesById", Quirk.PADDED_FIELDS, company.fixed_lines[0].id)
    assert ("lineId", f"  {company.fixed_lines[0].id}   ") in found
    assert all(text is not None and text.startswith("  ") and text.endswith("   ") for _, text in found)

    asked = Asked(content={"count": "1"})
    users = json.loads(probe.struck("directory", "GET /Users", Quirk.PADDED_FIELDS, asked).body)
    assert users["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert users["Resources"][0]["id"] == f"  {probe.sandbox.world.users[0].id}   "


def test_accents_become_apostrophes(probe: Probe, accented: dict[str, Asked]) -> None:
    soap = probe.struck("fixed", "FindLinesById", Quirk.APOSTROPHES, accented["fixed"])
    rest = probe.struck("mobile", "GET /billingAccount", Quirk.APOSTROPHES, accented["mobile"])
    assert b"<t:street>della Liberta'</t:street>" in soap.body
    assert b"della Liberta'" in rest.body


# 12: codes, nulls, lists


@pytest.mark.parametrize(
    ("quirk", "rest", "soap"), [(Quirk.UNKNOWN_CODE, "ZZZ", "ZZZ"), (Quirk.WRONG_CASE, None, None)]
)
def test_codes_are_unknown_or_in_the_wrong_case(
    mobile: Json, fixed: Xml, company: Company, quirk: Quirk, rest: str | None, soap: str | None
) -> None:
    line, fixed_line = company.mobile_lines[0], company.fixed_lines[0]
    [product] = mobile("product", quirk, line.product_id)
    assert product["status"] == (rest or line.state.upper())
    assert product["@type"] == "Product"
    told = dict(fixed("FindLinesById", quirk, fixed_line.id))
    assert (told["state"], told["type"]) == (soap or fixed_line.state.lower(), soap or fixed_line.technology.lower())
    assert told["lineId"] == fixed_line.id


def test_yes_and_no_come_in_lower_case_and_are_never_a_third(fixed: Xml, company: Company) -> None:
    code = company.fixed_customers[0].code
    flags = {
        text
        for name, text in fixed("FindAccountsByCustomer", Quirk.WRONG_CASE, code)
        if name in {"paperless", "directDebit"}
    }
    assert flags == {"s", "n"}


ABSENT = object()


@pytest.mark.parametrize(("mode", "shape"), [("empty", ""), ("null_text", "NULL"), ("nil", None), ("absent", ABSENT)])
def test_what_may_be_missing_is_null_in_one_of_four_shapes(
    mobile: Json, fixed: Xml, company: Company, mode: str, shape: Any
) -> None:
    [product] = mobile("product", Quirk.NULL_SHAPES, company.mobile_lines[0].product_id, mode=mode)
    assert product["productOffering"].get("name", ABSENT) == shape
    assert product.get("startDate", ABSENT) == shape
    assert product["status"] == company.mobile_lines[0].state

    told = dict(fixed("FindLinesById", Quirk.NULL_SHAPES, company.fixed_lines[0].id, mode=mode))
    assert {told.get(name, ABSENT) for name in ("civic", "activatedOn", "ceaseRequestedOn", "tariffPlan")} == {shape}
    assert told["state"] == company.fixed_lines[0].state


def test_an_open_date_is_null_too(mobile: Json, company: Company) -> None:
    [agreement] = mobile("agreement", Quirk.NULL_SHAPES, company.agreements[0].id, mode="nil")
    assert agreement["agreementPeriod"] == {"startDateTime": None, "endDateTime": None}


def test_lists_of_one_come_as_the_one_thing(probe: Probe, mobile: Json, company: Company) -> None:
    line = company.mobile_lines[0]
    product = mobile("product", Quirk.SINGLE_AS_OBJECT, line.product_id)
    assert product["id"] == line.product_id
    assert product["agreement"]["id"] == line.agreement_id
    assert len(product["productCharacteristic"]) == 2

    users = json.loads(
        probe.struck("directory", "GET /Users", Quirk.SINGLE_AS_OBJECT, Asked(content={"count": "1"})).body
    )
    assert users["Resources"]["emails"]["primary"] is True


# 18: load


@pytest.mark.parametrize(("mode", "status"), [("fault", 500), ("reset", None)])
def test_calls_above_the_limit_are_refused_and_those_of_another_system_not(
    probe: Probe, mode: Any, status: int | None
) -> None:
    together = 8
    probe.sandbox.faults.set(
        Rule(quirk=Quirk.SLOW_TAIL, parameters=Parameters(seconds=1)),
        Rule(quirk=Quirk.TOO_MANY_CALLS, system="mobile", parameters=Parameters(mode=mode, limit=5)),
    )
    asked = Asked(content={"limit": "1"})
    with ThreadPoolExecutor(2 * together) as pool:
        calls = [pool.submit(probe.send, "mobile", "GET /customer", asked) for _ in range(together)]
        others = [pool.submit(probe.send, "directory", "GET /Users", asked_user()) for _ in range(together)]
        statuses = Counter(call.result().status for call in calls)
        assert {other.result().status for other in others} == {200}
    hits = probe.sandbox.faults.hits()[1][1]
    probe.sandbox.faults.clear()
    assert statuses == {206: 5, status: 3}
    assert hits == 3
    eventually(lambda: probe.sandbox.stage.running.total() == 0, "calls are counted that have ended")


def asked_user() -> Asked:
    return Asked(content={"count": "1"})


def test_too_many_calls_are_told_in_the_words_of_the_system(probe: Probe) -> None:
    rest = probe.struck("mobile", "GET /customer", Quirk.TOO_MANY_CALLS, Asked(), limit=0)
    soap = probe.struck("fixed", "Ping", Quirk.TOO_MANY_CALLS, Asked(), limit=0)
    assert json.loads(rest.body)["message"] == "Troppe richieste"
    assert b"<faultstring>Troppe richieste</faultstring>" in soap.body
    assert (rest.status, soap.status) == (500, 500)


def test_twenty_calls_at_once_are_borne(probe: Probe) -> None:
    assert probe.struck("mobile", "GET /customer", Quirk.TOO_MANY_CALLS, Asked()).status == 200


# 19: clocks


@pytest.mark.parametrize(("seconds", "refused"), [(None, True), (301, True), (-301, True), (240, False), (-240, False)])
def test_a_clock_that_is_wrong_refuses_good_credentials(probe: Probe, seconds: float | None, *, refused: bool) -> None:
    answer = probe.struck("fixed", "Ping", Quirk.CLOCK_SKEW, Asked(), seconds=seconds)
    assert (b"<faultcode>wsse:FailedAuthentication</faultcode>" in answer.body) is refused
    assert probe.sandbox.ledger.entries()[-1].fault == ("clock_skew" if refused else None)


def test_only_the_credentials_are_judged_by_the_wrong_clock(probe: Probe, company: Company) -> None:
    bill = bill_of(company, mobile=False)
    asked = Asked(content=[("key", bill.number)])
    struck = probe.struck("fixed", "FindInvoicesByNumber", Quirk.CLOCK_SKEW, asked, seconds=299)
    assert struck.wire == probe.good("fixed", "FindInvoicesByNumber", asked).wire


def test_the_same_seed_plays_the_same_answer(probe: Probe, company: Company) -> None:
    asked = Asked(content=[("key", line.id) for line in company.fixed_lines])
    answers = {
        probe.struck("fixed", "FindLinesById", Quirk.SENTINEL_DATES, asked, seed=seed).body for seed in (1, 1, 1)
    }
    assert len(answers) == 1
    assert probe.struck("fixed", "FindLinesById", Quirk.SENTINEL_DATES, asked, seed=2).body not in answers


def test_quirks_strike_a_value_together(probe: Probe, company: Company) -> None:
    line = company.fixed_lines[0]
    probe.sandbox.faults.set(*(Rule(quirk=quirk, system="fixed") for quirk in (Quirk.PADDED_FIELDS, Quirk.LOST_ZEROS)))
    read = dict(leaves(probe.send("fixed", "FindLinesById", Asked(content=[("key", line.id)]))))
    probe.sandbox.faults.clear()
    assert read["lineId"] == f"  {line.id.lstrip('0')}   "

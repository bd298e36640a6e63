"""The mobile stand-in over real sockets: lists, filters, pages, fields, errors, and what belongs to what."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.credentials import MOBILE_KEY
from sandbox.server import Sandbox
from sandbox.world.model import Company
from sandbox.world.offer import recommended
from sandbox.world.service import contract_services, line_services

CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ORGANIZATION = "/tmf-api/party/v4/organization"
INDIVIDUAL = "/tmf-api/party/v4/individual"
AGREEMENT = "/tmf-api/agreementManagement/v4/agreement"
PRODUCT = "/tmf-api/productInventory/v4/product"
RESOURCE = "/tmf-api/resourceInventoryManagement/v4/resource"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
BILL = "/tmf-api/customerBillManagement/v4/customerBill"
RATE = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
ORDER = "/tmf-api/productOrderingManagement/v5/productOrder"
SHIPPING = "/tmf-api/shippingOrder/v4.0/shippingOrder"

RECOMMENDATION = "/customer/v4/queryProductRecommendation"
OFFERING = "/tmf-api/productCatalogManagement/v4/productOffering"
PROMOTION = "/tmf-api/promotionManagement/v4/promotion"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {MOBILE_KEY}"}
    with httpx.Client(base_url=sandbox.urls.mobile, headers=headers) as opened:
        yield opened


@pytest.fixture(scope="module")
def small(sandbox: Sandbox) -> Company:
    return sandbox.world.companies[0]


@pytest.fixture(scope="module")
def big(sandbox: Sandbox) -> Company:
    return sandbox.world.companies[1]


def rows(response: httpx.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = response.raise_for_status().json(parse_float=Decimal)
    return found


def ids(response: httpx.Response) -> list[str]:
    return [row["id"] for row in rows(response)]


def characteristics(row: dict[str, Any], name: str) -> dict[str, str]:
    return {each["name"]: each["value"] for each in row[name]}


def test_a_tax_code_leads_to_party_customer_representative_and_contracts(client: httpx.Client, small: Company) -> None:
    [party] = rows(client.get(ORGANIZATION, params={"organizationIdentification.identificationId": small.tax_code}))
    [customer] = rows(client.get(CUSTOMER, params={"engagedParty.id": party["id"]}))
    [person] = rows(client.get(INDIVIDUAL, params={"id": party["relatedParty"][0]["id"]}))
    agreements = rows(client.get(AGREEMENT, params={"engagedParty.id": party["id"]}))
    assert (party["name"], customer["name"]) == (small.name, small.name)
    assert person["familyName"] == small.representative.last_name
    assert [each["id"] for each in agreements] == [each.id for each in small.agreements]
    assert characteristics(agreements[0], "characteristic") == {
        "contractNumber": small.agreements[0].number,
        "billingAccountId": small.mobile_accounts[0].id,
        "recipientCode": small.agreements[0].recipient_code,
    }


def test_a_line_names_its_number_contract_account_and_sim(client: httpx.Client, small: Company) -> None:
    line = small.mobile_lines[0]
    [row] = rows(client.get(PRODUCT, params={"id": line.product_id}))
    assert characteristics(row, "productCharacteristic") == {"msisdn": line.msisdn, "paymentType": "postpaid"}
    assert row["agreement"] == [{"id": line.agreement_id, "name": small.agreements[0].number}]
    assert row["productOffering"]["name"] == line.tariff_plan
    [sim] = rows(client.get(RESOURCE, params={"id": row["realizingResource"][0]["id"]}))
    assert line.sim is not None
    assert characteristics(sim, "resourceCharacteristic") == {"iccid": line.sim.iccid, "msisdn": line.msisdn}


def test_what_relies_on_a_line_or_contract_is_found_by_it_and_by_its_own_id(
    client: httpx.Client, small: Company
) -> None:
    line, agreement = small.mobile_lines[0], small.agreements[0]
    [item] = rows(client.get(AGREEMENT, params={"id": agreement.id}))[0]["agreementItem"]
    parents = [line.product_id, item["product"][0]["id"]]
    drawn = [*line_services(small, line), *contract_services(small, agreement)]

    found = rows(client.get(PRODUCT, params={"productRelationship.product.id": ",".join(parents)}))

    assert [(row["id"], row["status"], row["productOffering"]["name"]) for row in found] == [
        (each.id, each.state, each.name) for each in drawn
    ]
    assert {row["productRelationship"][0]["product"]["id"] for row in found} == set(parents)
    assert client.get(f"{PRODUCT}/{drawn[-1].id}").json() == found[-1]


def test_a_blocked_sim_is_locked(client: httpx.Client, small: Company) -> None:
    blocked = next(line.sim for line in small.mobile_lines if line.sim and line.sim.blocked)
    [sim] = rows(client.get(RESOURCE, params={"id": blocked.resource_id}))
    assert sim["administrativeState"] == "locked"


def test_sims_can_be_read_by_customer(client: httpx.Client, small: Company) -> None:
    sims = ids(client.get(RESOURCE, params={"relatedParty.id": str(small.mobile_customer_id)}))
    assert sims == [line.sim.resource_id for line in small.mobile_lines if line.sim]


def test_several_values_may_be_comma_separated_or_repeated(client: httpx.Client, small: Company) -> None:
    first, second = (account.id for account in small.mobile_accounts)
    together = ids(client.get(ACCOUNT, params={"id": f"{first},{second}"}))
    assert together == ids(client.get(ACCOUNT, params={"id": [first, second]})) == [first, second]


def test_a_value_given_twice_answers_once(client: httpx.Client, small: Company) -> None:
    account = small.mobile_accounts[0].id
    assert ids(client.get(ACCOUNT, params={"id": [account, account]})) == [account]


def test_an_unknown_value_answers_nothing(client: httpx.Client) -> None:
    response = client.get(PRODUCT, params={"agreement.id": "AGR-none"})
    assert (response.status_code, response.json(), response.headers["X-Total-Count"]) == (200, [], "0")


def test_more_than_fifty_values_are_refused(client: httpx.Client) -> None:
    assert client.get(RESOURCE, params={"id": ",".join(map(str, range(50)))}).status_code == 200
    response = client.get(RESOURCE, params={"id": ",".join(map(str, range(51)))})
    assert response.status_code == 400
    assert response.json() == {
        "code": "20",
        "reason": "id: at most 50 values, not 51",
        "message": "id: at most 50 values, not 51",
        "status": "400",
        "@type": "Error",
    }


def test_pages_cover_the_whole_without_gaps(client: httpx.Client, small: Company) -> None:
    key = small.agreements[0].id
    pages = [
        client.get(PRODUCT, params={"agreement.id": key, "limit": 12, "offset": offset}) for offset in (0, 12, 24, 36)
    ]
    assert [page.status_code for page in pages] == [206] * 4
    assert [page.headers["X-Result-Count"] for page in pages] == ["12", "12", "6", "0"]
    assert {page.headers["X-Total-Count"] for page in pages} == {"30"}
    assert len({key for page in pages for key in ids(page)}) == 30


def test_the_page_size_is_100_unless_asked_and_capped_at_500_silently(client: httpx.Client) -> None:
    assert len(rows(client.get(PRODUCT))) == 100
    assert len(rows(client.get(PRODUCT, params={"limit": 5000}))) == 500


@pytest.mark.parametrize("query", [{"limit": "-1"}, {"offset": "x"}, {"billDate.gte": "yesterday"}])
def test_a_query_that_makes_no_sense_is_refused(client: httpx.Client, query: dict[str, str]) -> None:
    response = client.get(BILL, params=query)
    assert (response.status_code, response.json()["code"]) == (400, "20")


def test_fields_are_chosen_and_id_and_href_always_come_along(client: httpx.Client, small: Company) -> None:
    key = small.mobile_lines[0].product_id
    [row] = rows(client.get(PRODUCT, params={"id": key, "fields": "status"}))
    assert row == {
        "id": key,
        "href": str(client.base_url.join(f"{PRODUCT}/{key}")),
        "status": "active",
        "@type": "Product",
    }


def test_one_document_is_read_by_its_id(client: httpx.Client, small: Company) -> None:
    key = small.mobile_lines[0].product_id
    single = client.get(f"{PRODUCT}/{key}").raise_for_status().json()
    assert [single] == rows(client.get(PRODUCT, params={"id": key}))


def test_a_document_that_is_not_there_is_404_with_an_error_body(client: httpx.Client) -> None:
    response = client.get(f"{PRODUCT}/none")
    assert (response.status_code, response.json()["status"]) == (404, "404")


@pytest.mark.parametrize("path", ["/tmf-api/productInventory/v4/nothing", "/"])
def test_an_unknown_path_is_404_with_an_error_body(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "60")


def test_what_only_reads_takes_no_writing(client: httpx.Client) -> None:
    assert client.post(CUSTOMER, json={}).status_code == 405


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": MOBILE_KEY}])
def test_wrong_credentials_are_refused(sandbox: Sandbox, header: dict[str, str]) -> None:
    response = httpx.get(sandbox.urls.mobile + CUSTOMER, headers=header)
    assert (response.status_code, response.json()["status"]) == (401, "401")


def test_bills_are_found_by_account_and_day(client: httpx.Client, small: Company) -> None:
    account = small.mobile_accounts[0].id
    found = ids(client.get(BILL, params={"billingAccount.id": account, "billDate.gte": "2025-11-22", "limit": 500}))
    expected = [
        bill.id for bill in small.bills if bill.account == account and bill.issued_on.isoformat() >= "2025-11-22"
    ]
    assert sorted(found) == sorted(expected)


def test_amounts_are_json_numbers_with_their_cents(client: httpx.Client, small: Company) -> None:
    bill = small.bills[0]
    response = client.get(BILL, params={"id": bill.id})
    [row] = json.loads(response.text, parse_float=Decimal)
    assert row["taxIncludedAmount"] == {"unit": "EUR", "value": bill.gross}
    assert row["taxExcludedAmount"]["value"] == bill.gross - bill.vat
    assert f'"value":{bill.gross}' in response.text


@pytest.mark.parametrize(
    ("state", "category"),
    [("sent", "normal"), ("partiallyPaid", "normal"), ("onHold", "normal"), ("settled", "creditNote")],
)
def test_bill_states_and_kinds_are_the_files_own(
    client: httpx.Client, small: Company, state: str, category: str
) -> None:
    account = small.mobile_accounts[0].id
    assert rows(client.get(BILL, params={"billingAccount.id": account, "state": state, "category": category}))


def test_unpaid_bills_are_found_by_several_states(client: httpx.Client, small: Company) -> None:
    account = small.mobile_accounts[0].id
    found = rows(client.get(BILL, params={"billingAccount.id": account, "state": "new,validated,sent,partiallyPaid"}))
    assert {row["state"] for row in found} == {"sent", "partiallyPaid"}
    assert all(row["remainingAmount"]["value"] > 0 for row in found)


def test_a_bills_rates_name_the_lines_that_it_charges(client: httpx.Client, small: Company) -> None:
    bill = small.bills[0]
    found = rows(client.get(RATE, params={"bill.id": bill.id}))
    assert [row["product"]["id"] for row in found] == list(bill.line_ids)
    single = client.get(f"{RATE}/{found[1]['id']}").raise_for_status().json()
    assert single["product"]["id"] == bill.line_ids[1]


def test_orders_are_found_by_customer_and_day_through_either_path(client: httpx.Client, small: Company) -> None:
    day = "2026-05-22T00:00:00+02:00"
    since = datetime.fromisoformat(day)
    expected = [order.id for order in small.orders if order.network == "mobile" and order.placed_at >= since]
    for path in ("relatedParty.id", "relatedParty.partyOrPartyRole.id"):
        query = {path: str(small.mobile_customer_id), "creationDate.gte": day}
        assert ids(client.get(ORDER, params=query)) == expected


def test_orders_are_found_by_requester_and_by_line(client: httpx.Client, small: Company) -> None:
    mobile = [order for order in small.orders if order.network == "mobile"]
    requester = next(order.requested_by for order in mobile if order.requested_by)
    line = next(item.line_id for order in mobile for item in order.items if item.line_id)
    by_person = ids(client.get(ORDER, params={"relatedParty.id": requester}))
    by_line = ids(client.get(ORDER, params={"productOrderItem.product.id": line}))
    assert by_person == [order.id for order in mobile if order.requested_by == requester]
    assert by_line == [order.id for order in mobile if any(item.line_id == line for item in order.items)]


def test_milestones_tell_phase_item_and_date(client: httpx.Client, small: Company) -> None:
    order = next(order for order in small.orders if order.network == "mobile" and order.state == "IN_PROGRESS")
    [row] = rows(client.get(ORDER, params={"id": order.id}))
    milestones = [
        (each["productOrderItem"][0]["productOrderItemId"], each["name"], "milestoneDate" in each, each["status"])
        for each in row["productOrderMilestone"]
    ]
    assert milestones == [
        (item.id, phase.code, bool(phase.reached_at), "Completed" if phase.reached_at else "Yet-To-Reach")
        for item in order.items
        for phase in item.phases
    ]


def test_a_shipping_order_carries_carrier_tracking_code_and_history(client: httpx.Client, small: Company) -> None:
    order = next(
        order
        for order in small.orders
        if order.network == "mobile" and order.items[0].delivery and order.state == "COMPLETED"
    )
    delivery = order.items[0].delivery
    assert delivery is not None
    row = rows(client.get(SHIPPING, params={"productOrder.id": order.id}))[0]
    [item] = row["shippingOrderItem"]
    assert row["shippingInstruction"]["carrierName"] == delivery.carrier
    assert item["shipment"]["shipmentTracking"]["id"] == delivery.tracking_code
    assert item["productOrderItem"] == {"id": order.items[0].id, "productOrderId": order.id}
    assert [note["text"] for note in row["note"]] == [
        "preparing",
        "shipped",
        "inTransit",
        "outForDelivery",
        "delivered",
    ]


def test_offers_are_found_by_party_by_id_and_by_what_they_offer(client: httpx.Client, small: Company) -> None:
    party = str(small.mobile_party_id)
    told = rows(client.get(RECOMMENDATION, params={"relatedParty.id": party}))
    items = [item for run in told for item in run["recommendationItem"]]
    keys = list(dict.fromkeys(item["productOffering"]["id"] for item in items))
    assert keys == [each.offering_id for each in recommended(small)]
    assert ids(client.get(OFFERING, params={"id": ",".join(keys)})) == keys
    found = rows(client.get(PROMOTION, params={"pattern.action.actionEntityRef.id": "OFR-2001,OFR-2002"}))
    assert [each["id"] for each in found] == ["CMP-101", "CMP-105", "CMP-106", "CMP-102"], "each once"


def test_five_hundred_of_five_thousand_lines_come_in_milliseconds(client: httpx.Client, big: Company) -> None:
    query = {"agreement.id": ",".join(agreement.id for agreement in big.agreements), "limit": "500"}
    client.get(PRODUCT, params=query)
    started = time.perf_counter()
    response = client.get(PRODUCT, params=query)
    assert time.perf_counter() - started < 0.5  # 20 ms on an idle machine
    assert response.headers["X-Total-Count"] == "5000"


def test_calls_are_noted_with_their_batch_keys(sandbox: Sandbox, client: httpx.Client, small: Company) -> None:
    keys = ",".join(agreement.id for agreement in small.agreements)
    client.get(PRODUCT, params={"agreement.id": keys}, headers={"X-Request-Id": "request-1"})
    [entry] = sandbox.ledger.entries(request_id="request-1")
    assert (entry.system, entry.operation, entry.keys, entry.status, entry.fault) == (
        "mobile",
        "GET /product",
        2,
        200,
        None,
    )

"""What the mobile adapter orders, against the official TM Forum files, read strictly, and what comes of it.

A name that a file does not know fails, so that nothing is told where nobody would look for it.
"""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from bff.backends import Backends, open_backends
from bff.backends.mobile import product_order, service_order
from bff.domain.change import ChangeStatus
from bff.domain.deed.offer import OfferOrder
from bff.domain.deed.service import ServiceOrder
from bff.domain.deed.sim import SimOrder
from bff.domain.error_code import ErrorCode
from bff.domain.money import Money
from bff.domain.service import PremiumWish, ServiceKind, SpendingThreshold, ThresholdKind, TimDuoPair
from bff.errors import BackendRejected
from sandbox.credentials import MOBILE_KEY
from sandbox.mobile.app import ORDER_PATH
from sandbox.server import Sandbox
from sandbox.world.offer import OFFERINGS
from sandbox.world.service import contract_product_id
from tests.backends.standin import access_to
from tests.backends.wire import StillClock
from tests.sandbox.test_mobile_payloads import FILES, definitions

pytestmark = pytest.mark.anyio

PRODUCT_PATH = "/tmf-api/productInventory/v4/product"
REQUEST_ID = "0b0cf1db-f6eb-5d59-90a3-01a17f912069"
PAIR = TimDuoPair(line_key="PRD-1", line_number="+393331234567", paired_number="+390612345678")
WANTED: dict[ServiceKind, Any] = {
    ServiceKind.THRESHOLDS: (SpendingThreshold(ThresholdKind.DATA, Money(Decimal("12.5"))),),
    ServiceKind.TIM_DUO: (PAIR,),
    ServiceKind.COMPANY_REFERENCE: "CIG 0123456789",
    ServiceKind.CHARITY_SMS: False,
    ServiceKind.PREMIUM: PremiumWish(enabled=False, end=("PRM-1",)),
    ServiceKind.PREMIUM_BLACK_LIST: ("48383",),
}
TOLD: dict[ServiceKind, list[dict[str, Any]]] = {
    ServiceKind.THRESHOLDS: [{"name": "threshold", "value": {"kind": "data", "limit": "12.50"}}],
    ServiceKind.TIM_DUO: [
        {
            "name": "pair",
            "value": {"lineId": "PRD-1", "lineNumber": PAIR.line_number, "pairedNumber": PAIR.paired_number},
        }
    ],
    ServiceKind.COMPANY_REFERENCE: [{"name": "reference", "value": "CIG 0123456789"}],
    ServiceKind.CHARITY_SMS: [{"name": "enabled", "value": False}],
    ServiceKind.PREMIUM: [{"name": "enabled", "value": False}, {"name": "end", "value": "PRM-1"}],
    ServiceKind.PREMIUM_BLACK_LIST: [{"name": "sender", "value": "48383"}],
}


def of(kind: ServiceKind, subject_key: str = "KEY-1") -> ServiceOrder:
    return ServiceOrder(kind=kind, subject_key=subject_key, customer_key="CUST-000001", person_key="USR-000001")


def bought(*line_keys: str, offering_key: str = OFFERINGS[0].id) -> OfferOrder:
    return OfferOrder(
        campaign_key="CMP-101",
        offering_key=offering_key,
        line_keys=line_keys,
        customer_key="CUST-000001",
        person_key="USR-000001",
    )


def follows(document: Any, file: str, name: str) -> None:
    if not FILES.exists():
        pytest.skip("the official TM Forum files are not beside the repository")
    Draft202012Validator({"$ref": f"#/definitions/{name}", "definitions": definitions(file)}).validate(document)


@pytest.mark.parametrize("kind", ServiceKind)
async def test_the_order_of_a_service_follows_the_official_file(kind: ServiceKind) -> None:
    document = service_order.of_service(of(kind), WANTED[kind], REQUEST_ID)

    follows(document, "TMF641-ServiceOrdering-v4.1.0.swagger.json", "ServiceOrder_Create")
    assert document["externalId"] == REQUEST_ID
    [item] = document["serviceOrderItem"]
    assert item["service"]["serviceCharacteristic"] == TOLD[kind]
    assert [each["role"] for each in item["service"]["relatedEntity"]] == ["line" if kind.of_line else "contract"]


@pytest.mark.parametrize("block", [True, False])
async def test_the_order_of_a_sim_follows_the_official_file(*, block: bool) -> None:
    deed = SimOrder(line_key="L", customer_key="C", person_key="P", block=block, reason="LOST" if block else None)
    document = service_order.of_sim(deed, REQUEST_ID)
    follows(document, "TMF641-ServiceOrdering-v4.1.0.swagger.json", "ServiceOrder_Create")


@pytest.mark.parametrize("lines", [(), ("PRD-1",), ("PRD-1", "PRD-2")])
async def test_the_order_of_an_offer_follows_the_official_file(lines: tuple[str, ...]) -> None:
    document = product_order.of_offer(bought(*lines), REQUEST_ID)

    follows(document, "TMF622-ProductOrdering-v5.0.0.oas.yaml", "ProductOrder_FVO")
    assert [each.get("product", {}).get("id") for each in document["productOrderItem"]] == list(lines or (None,))
    assert [each["channel"]["id"] for each in document["channel"]] == ["CMP-101"]


def opened(sandbox: Sandbox) -> Backends:
    return open_backends(access_to(sandbox), StillClock())


async def test_an_order_is_made_once_under_a_request_id_and_found_by_it(sandbox: Sandbox) -> None:
    backends, contract = opened(sandbox), sandbox.world.companies[0].agreements[0].id
    assert await backends.mobile.service_order(REQUEST_ID) is None
    made = [
        await backends.mobile.order_service(of(ServiceKind.CHARITY_SMS, contract), id_, wanted=False)
        for id_ in (REQUEST_ID, REQUEST_ID, "another")
    ]
    found = await backends.mobile.service_order(REQUEST_ID)
    await backends.aclose()

    assert [told.status for told in made] == [ChangeStatus.ACCEPTED] * 3
    assert made[0] == made[1]
    assert made[0].request_key != made[2].request_key
    assert found is not None
    assert (found.status, found.request_key) == (ChangeStatus.DONE, made[0].request_key)
    assert len(sandbox.deeds) == 2


async def test_a_product_order_is_made_once_under_a_request_id_and_found_by_it(sandbox: Sandbox) -> None:
    backends, line = opened(sandbox), sandbox.world.companies[0].mobile_lines[0].product_id
    assert await backends.mobile.product_order(REQUEST_ID) is None
    made = [await backends.mobile.order_offer(bought(line), REQUEST_ID) for _ in range(2)]
    found = await backends.mobile.product_order(REQUEST_ID)
    await backends.aclose()

    assert [*made, found] == [made[0]] * 3
    assert made[0].status is ChangeStatus.ACCEPTED
    assert made[0].order_key is not None


@pytest.mark.parametrize("kind", ServiceKind)
async def test_what_the_stand_in_makes_of_an_order_follows_the_official_files(
    sandbox: Sandbox, kind: ServiceKind
) -> None:
    backends, company = opened(sandbox), sandbox.world.companies[0]
    subject = company.mobile_lines[0].product_id if kind.of_line else company.agreements[0].id
    parent = subject if kind.of_line else contract_product_id(company.agreements[0])
    await backends.mobile.order_service(of(kind, subject), REQUEST_ID, WANTED[kind])
    await backends.aclose()

    orders = listed(sandbox, ORDER_PATH, externalId=REQUEST_ID)
    services = listed(sandbox, PRODUCT_PATH, **{"productRelationship.product.id": parent})
    for order in orders:
        follows(order, "TMF641-ServiceOrdering-v4.1.0.swagger.json", "ServiceOrder")
    for service in services:
        follows(service, "TMF637-ProductInventory-v4.0.0.swagger.json", "Product")
    assert (len(orders), bool(services)) == (1, True)
    assert services == listed(sandbox, PRODUCT_PATH, id=",".join(each["id"] for each in services))


def listed(sandbox: Sandbox, path: str, **query: str) -> list[dict[str, Any]]:
    """List a resource as it is on the wire."""
    headers = {"Authorization": f"Bearer {MOBILE_KEY}"}
    answer = httpx.get(f"{sandbox.urls.mobile}{path}", params=query, headers=headers)
    rows: list[dict[str, Any]] = answer.raise_for_status().json()
    return rows


async def test_what_the_system_refuses_was_surely_not_done(sandbox: Sandbox) -> None:
    backends = opened(sandbox)
    for refused in (
        backends.mobile.order_offer(bought("PRD-0"), REQUEST_ID),
        backends.mobile.order_offer(bought(offering_key="OFR-0"), REQUEST_ID),
        backends.mobile.order_service(of(ServiceKind.CHARITY_SMS, "AGR-0"), REQUEST_ID, wanted=True),
        backends.mobile.order_service(of(ServiceKind.PREMIUM, "PRD-0"), REQUEST_ID, WANTED[ServiceKind.PREMIUM]),
    ):
        with pytest.raises(BackendRejected) as error:
            await refused
        assert error.value.undone
    await backends.aclose()
    assert len(sandbox.deeds) == 0


@pytest.mark.parametrize(
    ("state", "status", "why"),
    [
        ("acknowledged", ChangeStatus.ACCEPTED, None),
        ("partial", ChangeStatus.ACCEPTED, None),
        ("COMPLETED ", ChangeStatus.DONE, None),
        ("rejected", ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE),
        ("cancelled", ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE),
        ("nobody knows", ChangeStatus.ACCEPTED, None),
        (None, ChangeStatus.ACCEPTED, None),
    ],
)
async def test_accepted_is_not_done(state: str | None, status: ChangeStatus, why: ErrorCode | None) -> None:
    told = service_order.MadeServiceOrder(id="1", state=state).told()
    assert (told.status, told.why, told.request_key) == (status, why, "order/1")

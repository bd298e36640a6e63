"""Every list of the mobile stand-in against the official TM Forum files, read strictly.

Strictly: the files let any attribute pass; here one that they don't name fails, so that a misspelling can't hide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from sandbox.credentials import MOBILE_KEY
from sandbox.mobile.appointment import SEARCH_PATH
from sandbox.mobile.message import MESSAGE_PATH
from sandbox.mobile.task import AT_ONCE_MAX, QUERY_PATH
from sandbox.server import Sandbox

FILES = Path(__file__).parents[2].parent / "shared" / "spec" / "tmf"
RESOURCES = {
    "/tmf-api/customerManagement/v4/customer": ("TMF629-Customer-v4.0.0.swagger.json", "Customer"),
    "/tmf-api/party/v4/organization": ("TMF632-Party-v4.0.0.swagger.json", "Organization"),
    "/tmf-api/party/v4/individual": ("TMF632-Party-v4.0.0.swagger.json", "Individual"),
    "/tmf-api/agreementManagement/v4/agreement": ("TMF651-Agreement-v4.0.0.swagger.json", "Agreement"),
    "/tmf-api/productInventory/v4/product": ("TMF637-ProductInventory-v4.0.0.swagger.json", "Product"),
    "/tmf-api/resourceInventoryManagement/v4/resource": ("TMF639-ResourceInventory-v4.0.0.swagger.json", "Resource"),
    "/tmf-api/accountManagement/v4/billingAccount": ("TMF666-Account-v4.0.0.swagger.json", "BillingAccount"),
    "/tmf-api/paymentMethod/v4/paymentMethod": ("TMF670-PaymentMethod-v4.0.0.swagger.json", "DirectDebit"),
    "/tmf-api/customerBillManagement/v4/customerBill": ("TMF678-CustomerBill-v4.0.0.swagger.json", "CustomerBill"),
    "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate": (
        "TMF678-CustomerBill-v4.0.0.swagger.json",
        "AppliedCustomerBillingRate",
    ),
    "/tmf-api/productOrderingManagement/v5/productOrder": (
        "TMF622-ProductOrdering-v5.0.0.oas.yaml",
        "ProductOrder",
    ),
    "/tmf-api/shippingOrder/v4.0/shippingOrder": ("TMF700-ShippingOrder-v4.0.0.swagger.json", "ShippingOrder"),
    "/customer/v4/queryProductRecommendation": (
        "TMF680-Recommendation-v4.0.0.swagger.json",
        "QueryProductRecommendation",
    ),
    "/tmf-api/productCatalogManagement/v4/productOffering": (
        "TMF620-ProductCatalog-v4.1.0.swagger.json",
        "ProductOffering",
    ),
    "/tmf-api/promotionManagement/v4/promotion": (
        "TMF671_Promotion_Management_API_v4.1.0_swagger.json",
        "Promotion",
    ),
    "/tmf-api/prepayBalanceManagement/v4/bucket": ("TMF654-PrepayBalance-v4.0.0.swagger.json", "Bucket"),
    "/tmf-api/usageManagement/v4/usage": ("TMF635-UsageManagement-v4.0.0.swagger.json", "Usage"),
    "/tmf-api/serviceOrdering/v4/serviceOrder": ("TMF641-ServiceOrdering-v4.1.0.swagger.json", "ServiceOrder"),
    "/tmf-api/troubleTicket/v4/troubleTicket": ("TMF621-TroubleTicket-v4.0.0.swagger.json", "TroubleTicket"),
    "/tmf-api/appointment/v4/appointment": ("TMF646-Appointment-v4.0.0.swagger.json", "Appointment"),
}
V5 = "/tmf-api/productOrderingManagement/v5/"
KEYWORDS = ("type", "enum", "format", "items", "minItems", "maxItems")

pytestmark = pytest.mark.skipif(not FILES.exists(), reason="the official TM Forum files are not beside the repository")
dates = FormatChecker(formats=())


@dates.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    return datetime.fromisoformat(str(value)).tzinfo is not None


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {MOBILE_KEY}"}
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.urls.mobile, headers=headers) as client:
        yield client


def definitions(file: str) -> dict[str, Any]:
    """Read a file's definitions, each made strict."""
    text = (FILES / file).read_text(encoding="utf-8")
    read = json.loads(text) if file.endswith(".json") else yaml.load(text, Loader=yaml.CSafeLoader)
    found: dict[str, Any] = read.get("definitions") or read["components"]["schemas"]
    return {name: strict(schema, found) for name, schema in found.items()}


def strict(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Merge what a schema inherits, and allow no attribute beyond."""
    if "$ref" in schema:
        return {"$ref": "#/definitions/" + schema["$ref"].rpartition("/")[2]}
    if "oneOf" in schema:
        return {"oneOf": [typed(kind) for kind in schema["discriminator"]["mapping"]]}
    result = {name: schema[name] for name in KEYWORDS if name in schema}
    if "items" in schema:
        result["items"] = strict(schema["items"], found)
    properties, required = attributes(schema, found)
    if properties:
        result["properties"] = {name: strict(each, found) for name, each in properties.items()}
        result["required"] = sorted(required)
        result["additionalProperties"] = False
    return result


def typed(kind: str) -> dict[str, Any]:
    """Choose a branch by `@type`, as the discriminator says."""
    return {"allOf": [{"properties": {"@type": {"const": kind}}}, {"$ref": f"#/definitions/{kind}"}]}


def attributes(schema: dict[str, Any], found: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Give a schema's attributes, inherited ones too, and which of them are required."""
    properties, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        base = found[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        inherited, needed = attributes(base, found)
        properties, required = {**inherited, **properties}, required | needed
    return properties, required


@pytest.mark.parametrize("path", RESOURCES)
def test_a_page_of_every_resource_follows_its_official_file(client: httpx.Client, path: str) -> None:
    file, name = RESOURCES[path]
    documents = client.get(path, params={"limit": 200}).raise_for_status().json()
    assert documents
    schema = {"type": "array", "items": {"$ref": f"#/definitions/{name}"}, "definitions": definitions(file)}
    Draft202012Validator(schema, format_checker=dates).validate(documents)


@pytest.mark.parametrize("count", [1, AT_ONCE_MAX + 1])
def test_a_task_and_what_it_comes_to_follow_their_official_file(client: httpx.Client, count: int) -> None:
    file = "TMF677-UsageConsumption-v4.0.1.swagger.json"
    products = [{"id": f"PRD-0001001{number:04d}"} for number in range(1, count + 1)]
    begun = client.post(QUERY_PATH, json={"searchCriteria": {"product": products}})
    come_to = client.get(f"{QUERY_PATH}/{begun.json()['id']}")
    assert (begun.status_code, come_to.status_code) == (201, 200)
    assert len(come_to.json()["usageConsumption"]) == count
    states = [{each["state"] for each in answer.json()["usageConsumption"]} for answer in (begun, come_to)]
    assert states == [{"done"} if count <= AT_ONCE_MAX else {"inProgress"}, {"done"}]
    schema = {"$ref": "#/definitions/QueryUsageConsumption", "definitions": definitions(file)}
    for answer in (begun, come_to):
        Draft202012Validator(schema, format_checker=dates).validate(answer.json())


def test_an_sms_follows_its_official_file(client: httpx.Client) -> None:
    file = "TMF681-Communication-v4.0.0.swagger.json"
    receiver = {"phoneNumber": "+393331234567", "@type": "Receiver"}
    asked = {"messageType": "SMS", "content": "123456", "sender": {"name": "BFF"}, "receiver": [receiver]}
    schema = {"$ref": "#/definitions/CommunicationMessage_Create", "definitions": definitions(file)}
    Draft202012Validator(schema).validate(asked)
    sent = client.post(MESSAGE_PATH, json=asked)
    assert sent.status_code == 201
    schema = {"$ref": "#/definitions/CommunicationMessage", "definitions": definitions(file)}
    Draft202012Validator(schema, format_checker=dates).validate(sent.json())


@pytest.mark.parametrize("body", [b"", b"{}", b'{"searchCriteria": {"product": []}}'])
def test_a_task_for_nothing_is_refused_as_the_official_file_says(client: httpx.Client, body: bytes) -> None:
    answer = client.post(QUERY_PATH, content=body)
    assert answer.status_code == 400
    schema = {"$ref": "#/definitions/Error", "definitions": definitions("TMF677-UsageConsumption-v4.0.1.swagger.json")}
    Draft202012Validator(schema).validate(answer.json())


def test_a_search_for_times_follows_its_official_file(client: httpx.Client) -> None:
    week = {"startDateTime": "2026-11-23T00:00:00+01:00", "endDateTime": "2026-11-28T00:00:00+01:00"}
    found = client.post(SEARCH_PATH, json={"requestedTimeSlot": [{"validFor": week}]})
    assert found.status_code == 201
    assert len(found.json()["availableTimeSlot"]) > 20
    named = definitions("TMF646-Appointment-v4.0.0.swagger.json")
    Draft202012Validator({"$ref": "#/definitions/SearchTimeSlot", "definitions": named}, format_checker=dates).validate(
        found.json()
    )
    refused = client.post(SEARCH_PATH, json={"requestedTimeSlot": []})
    assert refused.status_code == 400
    Draft202012Validator({"$ref": "#/definitions/Error", "definitions": named}).validate(refused.json())


def test_services_of_lines_and_contracts_follow_the_official_file(client: httpx.Client) -> None:
    path = "/tmf-api/productInventory/v4/product"
    file, name = RESOURCES[path]
    parents = "PRD-00010010001,PRD-00010010002,PRC-0001001"
    documents = client.get(path, params={"productRelationship.product.id": parents}).raise_for_status().json()
    assert {each["productRelationship"][0]["product"]["id"] for each in documents} == set(parents.split(","))
    schema = {"type": "array", "items": {"$ref": f"#/definitions/{name}"}, "definitions": definitions(file)}
    Draft202012Validator(schema, format_checker=dates).validate(documents)


@pytest.mark.parametrize("path", RESOURCES)
def test_errors_follow_the_official_file(client: httpx.Client, path: str) -> None:
    file, _ = RESOURCES[path]
    error = client.get(path, params={"limit": "many"}).json()
    schema = {"$ref": "#/definitions/Error", "definitions": definitions(file)}
    Draft202012Validator(schema).validate(error)


@pytest.mark.parametrize("path", RESOURCES)
def test_the_path_is_the_one_of_the_official_file(path: str) -> None:
    file, _ = RESOURCES[path]
    if file.endswith(".yaml"):
        assert path.startswith(V5)
        return
    official = json.loads((FILES / file).read_text(encoding="utf-8"))
    base = official["basePath"].rstrip("/")
    assert path.removeprefix(base) in official["paths"]


def test_a_misspelt_attribute_would_be_noticed() -> None:
    schema = {"$ref": "#/definitions/Customer", "definitions": definitions("TMF629-Customer-v4.0.0.swagger.json")}
    customer = {"engagedParty": {"id": "ORG-1", "@referredType": "Organization"}, "nmae": "Ferramenta"}
    assert not Draft202012Validator(schema).is_valid(customer)

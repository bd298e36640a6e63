"""What is sent to change how accounts are billed: by the official files, and streets in the fixed legacy's parts.

A name that a file does not know fails, so that nothing is told where nobody would look for it.
"""

from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from bff.backends.fixed import _place
from bff.backends.mobile import Mobile
from bff.domain.address import Address
from bff.domain.billing import SignedMandate
from bff.domain.deed.billing import MobileDebit, MobileDelivery, MobilePaperless
from bff.errors import BackendRejected
from tests.backends.wire import Reply, Script, StillClock, http
from tests.sandbox.test_mobile_payloads import FILES, dates, definitions

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not FILES.exists(), reason="the official TM Forum files are not beside the repository"),
]

REQUEST_ID = "3b6d4f0a-58b5-5f8e-b37a-1f4f6f2f7c11"
MANDATE = SignedMandate(
    iban="IT60X0542811101000000123456",
    holder="Officina",
    holder_tax_code="00488410010",
    signer_tax_code="RSSMRA80A01H501U",
)
ADDRESS = Address("Via Roma, 12", "20121", "Milano", "MI")


def network() -> Script:
    """Answer each call with nothing but the id that it is about."""
    return Script(
        lambda request: Reply(
            msgspec.json.encode({"id": "PAY-1" if request.method == "POST" else request.url.path.rpartition("/")[2]}),
            headers={"content-type": "application/json"},
        )
    )


def follows(document: Any, file: str, name: str) -> None:
    """Hold a document against a definition; of a patch it is no matter what is left out."""
    defined = definitions(file)
    if name.endswith("_Update"):
        defined[name] = {**defined[name], "required": []}
    schema = {"$ref": f"#/definitions/{name}", "definitions": defined}
    Draft202012Validator(schema, format_checker=dates).validate(document)


@pytest.mark.parametrize(("mandate", "kind"), [(MANDATE, "DirectDebit"), (None, "BankAccountTransfer")])
async def test_a_payment_method_is_made_and_named_as_the_official_files_say(
    mandate: SignedMandate | None, kind: str
) -> None:
    script = network()
    mobile = Mobile(http(script), StillClock())
    await mobile.set_debit(MobileDebit(account_key="MBA-1", mandate=mandate is not None), REQUEST_ID, mandate)

    made, named = (msgspec.json.decode(request.content) for request in script.requests)
    follows(made, "TMF670-PaymentMethod-v4.0.0.swagger.json", kind)
    assert (made["@type"].lower(), made["description"]) == (kind.lower(), REQUEST_ID)
    follows(named, "TMF666-Account-v4.0.0.swagger.json", "BillingAccount_Update")
    assert named == {"defaultPaymentMethod": {"id": "PAY-1", "@referredType": "PaymentMethod"}}


async def test_the_settings_of_an_account_are_set_as_the_official_file_says() -> None:
    script = network()
    mobile = Mobile(http(script), StillClock())
    await mobile.set_paperless(MobilePaperless(account_key="MBA-1", paperless=True))
    await mobile.set_delivery(MobileDelivery(account_key="MBA-1", mark="-"), ADDRESS)

    for request in script.requests:
        assert request.method == "PATCH"
        patch = msgspec.json.decode(request.content)
        follows(patch, "TMF666-Account-v4.0.0.swagger.json", "BillingAccount_Update")


async def test_an_iban_that_is_refused_is_in_no_error() -> None:
    refusal = Reply(b'{"code": "1", "reason": "no", "message": "no"}', 400, {"content-type": "application/json"})
    mobile = Mobile(http(Script(lambda _request: refusal)), StillClock())
    with pytest.raises(BackendRejected) as caught:
        await mobile.set_debit(MobileDebit(account_key="MBA-1", mandate=True), REQUEST_ID, MANDATE)

    assert MANDATE.iban not in repr(caught.value) + str(caught.value) + repr(MANDATE)
    assert caught.value.undone is True


@pytest.mark.parametrize(
    ("street", "parts"),
    [
        ("Via Roma, 12", ("VIA", "Roma", "12")),
        ("Viale dell'Università, 12/A", ("VIALE", "dell'Università", "12/A")),
        ("Piazza Duomo", ("PIAZZA", "Duomo", None)),
        ("Via Roma, scala A", ("VIA", "Roma, scala A", None)),
        ("Strada Statale 11, km 3", ("STRADA", "Statale 11", "km 3")),
    ],
)
def test_a_street_is_written_in_its_parts(street: str, parts: tuple[str, str, str | None]) -> None:
    fields: dict[str, Any] = dict(_place.fields(Address(street, "20121", "Milano", "MI")))
    assert (fields["toponym"], fields["street"], fields.get("civic")) == parts
    assert (fields["postCode"], fields["city"], fields["province"]) == ("20121", "Milano", "MI")

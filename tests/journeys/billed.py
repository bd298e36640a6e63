"""How things are billed, as it is changed: what is asked for, and the answer that is due."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sandbox.world.identifier import iban
from sandbox.world.model import Agreement, FixedLine
from sandbox.world.payment import direct_debit
from tests.journeys.acting import TODAY, Acting, fixed_lines, number
from tests.journeys.ident import id_of

Asked = tuple[dict[str, Any], dict[str, Any]]

IBAN = iban(random.Random("billed"))  # noqa: S311 - the same each time
HOLDER = "Officina Verdi S.n.c."
ADDRESS = {"street": "Viale dell'Università, 12/A", "postcode": "20121", "town": "Milano", "province": "MI"}
MOBILE_BANK_DAYS = 10
"""How long the bank takes in the sandbox to answer a mandate of the mobile network."""

_DEBIT = "billing { directDebit { iban holder validFrom } }"
_DELIVERY = "billing { deliveryAddress { street postcode town province } }"


def mandate(who: Acting, **changes: str) -> dict[str, Any]:
    """Give a mandate that is right, signed by who represents the company."""
    signed = {
        "iban": IBAN,
        "holder": HOLDER,
        "holderTaxCode": who.company.tax_code,
        "signerTaxCode": who.company.representative.tax_code,
    }
    return {"mandate": signed | changes}


def shown_debit(valid_from: date) -> dict[str, str]:
    """Show the direct debit that comes of the mandate."""
    return {"iban": "*" * (len(IBAN) - 4) + IBAN[-4:], "holder": HOLDER, "validFrom": valid_from.isoformat()}


# --- mobile contracts -------------------------------------------------------------------------------------------------

CONTRACT_DEBIT = (
    "mutation ($id: ID!, $debit: DirectDebitInput!, $key: ID!) {"
    "  contractDirectDebitSet(input: { contractId: $id, directDebit: $debit, idempotencyKey: $key }) {"
    f"  status userErrors {{ code field }} contract {{ number {_DEBIT} }} request {{ kind }} }} }}"
)
CONTRACT_DELIVERY = (
    "mutation ($id: ID!, $address: AddressInput!, $key: ID!) {"
    "  contractDeliveryAddressChange(input: { contractId: $id, address: $address, idempotencyKey: $key }) {"
    f"  status userErrors {{ code field }} contract {{ number {_DELIVERY} }} request {{ kind }} }} }}"
)


def debited(who: Acting, *, awaits: bool = False) -> Agreement:
    """Give a contract in force with a direct debit, in force too or waiting for the bank."""
    accounts = {each.id: each for each in who.company.mobile_accounts}
    debits = {key: direct_debit(who.company, each, TODAY) for key, each in accounts.items()}
    found = [(each, debits[each.account_id]) for each in who.company.agreements if each.state == "active"]
    return next(each for each, debit in found if debit is not None and (debit.valid_from > TODAY) is awaits)


def on_paper(who: Acting) -> Agreement:
    """Give a contract in force whose invoices come on paper."""
    paper = {each.id for each in who.company.mobile_accounts if not each.paperless}
    return next(each for each in who.company.agreements if each.state == "active" and each.account_id in paper)


def contract_debit(who: Acting, _reach: str) -> Sequence[Asked]:
    """Replace the direct debit of a contract."""
    contract = debited(who)
    debit = shown_debit(TODAY + timedelta(days=MOBILE_BANK_DAYS))
    shown = {"number": contract.number, "billing": {"directDebit": debit}}
    asked = {"id": id_of(contract, who.company), "debit": mandate(who), "key": f"debit-{who.membership.id}"}
    due: dict[str, Any] = {"status": "DONE", "userErrors": [], "contract": shown, "request": None}
    return [(asked, {"contractDirectDebitSet": due})]


def contract_delivery(who: Acting, _reach: str) -> Sequence[Asked]:
    """Send the paper invoices of a contract elsewhere."""
    contract = on_paper(who)
    shown = {"number": contract.number, "billing": {"deliveryAddress": ADDRESS}}
    asked = {"id": id_of(contract, who.company), "address": ADDRESS, "key": f"delivery-{who.membership.id}"}
    due: dict[str, Any] = {"status": "DONE", "userErrors": [], "contract": shown, "request": None}
    return [(asked, {"contractDeliveryAddressChange": due})]


# --- fixed lines ------------------------------------------------------------------------------------------------------

FIXED_BANK_DAYS = 20
"""How long the bank takes in the sandbox to answer a mandate of the fixed network."""
FIXED_DEBIT = (
    "mutation ($id: ID!, $debit: DirectDebitInput!, $key: ID!) {"
    "  fixedLineDirectDebitSet(input: { lineId: $id, directDebit: $debit, idempotencyKey: $key }) {"
    f"  status userErrors {{ code field }} lines {{ number account {{ {_DEBIT} }} }} request {{ kind state }} }} }}"
)
FIXED_DELIVERY = (
    "mutation ($id: ID!, $address: AddressInput!, $key: ID!) {"
    "  fixedLineDeliveryAddressChange(input: { lineId: $id, address: $address, idempotencyKey: $key }) {"
    f"  status userErrors {{ code field }} lines {{ number account {{ {_DELIVERY} }} }} request {{ kind }} }} }}"
)
TI_AVVISO = (
    "mutation ($id: ID!, $enabled: Boolean!, $number: String, $key: ID!) {"
    "  tiAvvisoSet(input: { lineId: $id, enabled: $enabled, notifyNumber: $number, idempotencyKey: $key }) {"
    "  status userErrors { code field } line { number tiAvviso } request { kind state line { number } } } }"
)
IVR = (
    "mutation ($id: ID!, $enabled: Boolean!, $key: ID!) {"
    "  ivrSet(input: { lineId: $id, enabled: $enabled, idempotencyKey: $key }) {"
    "  status userErrors { code field } line { number ivr } request { kind state } } }"
)


def one_of_many(who: Acting) -> FixedLine:
    """Give a line in force of an account on paper that has most lines."""
    lines, paper = fixed_lines(who, "all"), {each.code for each in who.company.fixed_accounts if not each.paperless}
    of_account = Counter(line.account_code for line in lines)
    fitting = (line for line in lines if line.state == "ATT" and line.account_code in paper)
    return max(fitting, key=lambda line: of_account[line.account_code])


def _lines_of_account(who: Acting, billing: object) -> list[dict[str, Any]]:
    """Show all lines of the account of `one_of_many`."""
    account = one_of_many(who).account_code
    lines = (line for line in fixed_lines(who, "all") if line.account_code == account)
    return [{"number": number(line), "account": {"billing": billing}} for line in lines]


def fixed_debit(who: Acting, _reach: str) -> Sequence[Asked]:
    """Begin a direct debit for the account of a line: all of its lines show it, and the bank is awaited."""
    debit = {"directDebit": shown_debit(TODAY + timedelta(days=FIXED_BANK_DAYS))}
    asked = {"id": id_of(one_of_many(who), who.company), "debit": mandate(who), "key": f"debit-{who.membership.id}"}
    due: dict[str, Any] = {
        "status": "ACCEPTED",
        "userErrors": [],
        "lines": _lines_of_account(who, debit),
        "request": {"kind": "BILLING", "state": "RECEIVED"},
    }
    return [(asked, {"fixedLineDirectDebitSet": due})]


def fixed_delivery(who: Acting, _reach: str) -> Sequence[Asked]:
    """Send the paper invoices of the account of a line elsewhere: all of its lines show it."""
    asked = {"id": id_of(one_of_many(who), who.company), "address": ADDRESS, "key": f"delivery-{who.membership.id}"}
    lines = _lines_of_account(who, {"deliveryAddress": ADDRESS})
    due: dict[str, Any] = {"status": "DONE", "userErrors": [], "lines": lines, "request": None}
    return [(asked, {"fixedLineDeliveryAddressChange": due})]


def ti_avviso(who: Acting, _reach: str) -> Sequence[Asked]:
    """Turn TiAvviso on and off again for a line."""
    line = one_of_many(who)
    return [
        (
            {
                "id": id_of(line, who.company),
                "enabled": enabled,
                "number": "333 1234567" if enabled else None,
                "key": f"ti-avviso-{who.membership.id}-{enabled}",
            },
            {
                "tiAvvisoSet": {
                    "status": "ACCEPTED",
                    "userErrors": [],
                    "line": {"number": number(line), "tiAvviso": enabled},
                    "request": {"kind": "SERVICE", "state": "DONE", "line": {"number": number(line)}},
                }
            },
        )
        for enabled in (True, False)
    ]

"""What the customer area shows of a row of the world, in the words of the schema: the tests' own reading of it."""

import csv
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bff.domain.phase import phase_name
from sandbox.clock import ROME
from sandbox.world import service
from sandbox.world.model import (
    Address,
    Agreement,
    Bill,
    Company,
    Delivery,
    FixedAccount,
    FixedLine,
    Membership,
    MobileAccount,
    MobileLine,
    Order,
    OrderItem,
    ServiceRequest,
    User,
)
from sandbox.world.payment import direct_debit
from sandbox.world.service import MobileService
from tests.journeys.acting import TODAY, Acting, Line, is_fixed, number
from tests.journeys.ident import document_id, merge_id

Data = dict[str, Any]

ACTS = Path("tests/domain/acts.csv")
"""The mutations of the schema, and what each concerns."""

_MOBILE_STATES = {
    "pendingActive": "ACTIVATING",
    "suspended": "SUSPENDED",
    "pendingTerminate": "CEASING",
    "terminated": "CEASED",
    "cancelled": "CEASED",
}
_FIXED_STATES = {
    "ATP": "ACTIVATING",
    "ATT": "ACTIVE",
    "REV": "ACTIVE",
    "SOS": "SUSPENDED",
    "CIP": "CEASING",
    "CES": "CEASED",
}
_TYPES = {"RTG": "ANALOGUE", "ISDN_BRA": "ISDN_BASIC", "ISDN_PRA": "ISDN_PRIMARY"}
_TOLD_LINES_MAX = 20  # above it a mobile bill is not asked which lines it charges
_REQUEST_KINDS = {
    "SIM_UNBLOCK": "SIM_BLOCK",
    "CESSATION_REVOKED": "CESSATION",
    **dict.fromkeys(("DIRECT_DEBIT", "PAPERLESS", "DELIVERY_ADDRESS"), "BILLING"),
}
_COURSE = ("PREPARING", "SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY")


def rows(nodes: Iterable[object]) -> Data:
    """Show a page that holds the whole list."""
    listed = list(nodes)
    return {"totalCount": len(listed), "nodes": listed}


def address(place: Address) -> Data:
    """Show an address."""
    return {
        "street": f"{place.toponym.title()} {place.street}, {place.civic}",
        "postcode": place.postcode,
        "town": place.town,
        "province": place.province,
    }


def person(user: User) -> Data:
    """Show the registry data of a person."""
    return {
        "firstName": user.person.first_name,
        "lastName": user.person.last_name,
        "taxCode": user.person.tax_code,
        "mobileNumber": user.person.mobile_number,
        "email": user.person.email,
        "username": user.username,
    }


def portal_user(user: User, membership: Membership, of: Company) -> Data:
    """Show a user of a company; before registration there is no username."""
    shown = person(user)
    own = next((each for each in of.mobile_lines if each.product_id == membership.line_id), None)
    return {
        **{name: shown[name] for name in ("firstName", "lastName", "taxCode", "email")},
        "username": None if membership.registration_state == "TO_REGISTER" else user.username,
        "profile": membership.profile,
        "state": user_state(user, membership),
        "origin": membership.origin,
        "line": own and {"number": number(own)},
        "actions": actions("PortalUser"),
    }


def actions(concerns: str) -> list[Data]:
    """Name the buttons of things of a type, in their order; whether they work is `test_action`'s."""
    with ACTS.open(encoding="utf-8", newline="") as file:
        return [{"name": row["mutation"]} for row in csv.DictReader(file) if row["concerns"] == concerns]


def user_state(user: User, membership: Membership) -> str:
    """Tell the state of a user of a company."""
    switched_off = not (user.active and membership.active)
    return (
        "DISABLED" if membership.registration_state == "REGISTERED" and switched_off else membership.registration_state
    )


def company(shown: Company, *, reads_fixed: bool) -> Data:
    """Show the registry of a company: from a live fixed customer where the profile reads that network."""
    live = [each for each in shown.fixed_customers if each.ceased_on is None] if reads_fixed else []
    return {
        "name": shown.name,
        "taxCode": shown.tax_code,
        "vatNumber": shown.vat_number,
        "registeredOffice": address(shown.office),
        "communicationsEmail": live[0].contact_email if live else None,
        "legalRepresentative": {
            "firstName": shown.representative.first_name,
            "lastName": shown.representative.last_name,
        },
    }


def recipient_codes(shown: Company) -> list[Data]:
    """Show the recipient codes of contracts and of accounts of fixed lines, by customer code."""
    mobile = [
        {
            "code": each.recipient_code,
            "customerCode": shown.mobile_customer_id,
            "accountCode": None,
            "contract": {"number": each.number},
            "line": None,
        }
        for each in shown.agreements
    ]
    fixed = [
        {
            "code": each.recipient_code,
            "customerCode": each.customer_code,
            "accountCode": each.code,
            "contract": None,
            "line": _only_line(each, shown),
        }
        for each in shown.fixed_accounts
    ]
    return mobile + fixed


def _only_line(account: FixedAccount, of: Company) -> Data | None:
    """Show the line of an account that has no other."""
    billed = [each for each in of.fixed_lines if each.account_code == account.code]
    return {"number": number(billed[0])} if len(billed) == 1 else None


def settings(account: MobileAccount | FixedAccount, of: Company) -> Data:
    """Show how an account is billed."""
    return {
        "paperless": account.paperless,
        "deliveryAddress": None if account.paperless else address(account.delivery_address),
        "directDebit": _direct_debit(account, of),
    }


def _direct_debit(account: MobileAccount | FixedAccount, of: Company) -> Data | None:
    """Show a direct debit, of whose IBAN the last four characters are told."""
    if isinstance(account, FixedAccount):
        iban, holder, since = account.direct_debit_iban, account.holder_name, account.mandate_from
    else:
        debit = direct_debit(of, account, TODAY)
        iban, holder, since = (debit.iban, debit.holder, debit.valid_from) if debit else (None, None, None)
    if iban is None:
        return None
    return {"iban": "*" * (len(iban) - 4) + iban[-4:], "holder": holder, "validFrom": since and since.isoformat()}


# --- lines ------------------------------------------------------------------------------------------------------------


def line(shown: Line) -> Data:
    """Show what every line has."""
    kind = "MobileLine" if isinstance(shown, MobileLine) else "FixedLine"
    return {"__typename": kind, "number": number(shown), "state": state(shown)}


def state(shown: Line) -> str:
    """Tell the state of a line."""
    if isinstance(shown, FixedLine):
        return _FIXED_STATES[shown.state]
    if shown.state == "active":
        return "BLOCKED" if shown.sim and shown.sim.blocked else "ACTIVE"
    return _MOBILE_STATES[shown.state]


def mobile(shown: MobileLine, of: Company) -> Data:
    """Show a mobile line."""
    contract = next(each for each in of.agreements if each.id == shown.agreement_id)
    return {
        **line(shown),
        "contractNumber": contract.number,
        "tariffPlan": shown.tariff_plan,
        "prepaid": shown.prepaid,
        "sim": None if shown.sim is None else {"iccid": shown.sim.iccid, "blocked": shown.sim.blocked},
    }


def fixed(shown: FixedLine) -> Data:
    """Show a fixed line."""
    return {
        **line(shown),
        "type": _TYPES.get(shown.technology, shown.technology),
        "location": address(shown.location),
    }


def fixed_account(shown: FixedLine, of: Company) -> Data:
    """Show the account that a fixed line is billed to."""
    account = next(each for each in of.fixed_accounts if each.code == shown.account_code)
    return {
        "code": account.code,
        "billing": settings(account, of),
        "lines": [
            {"number": each}
            for each in sorted(number(other) for other in of.fixed_lines if other.account_code == account.code)
        ],
    }


def contract(shown: Agreement, of: Company) -> Data:
    """Show a mobile contract."""
    account = next(each for each in of.mobile_accounts if each.id == shown.account_id)
    return {
        "number": shown.number,
        "state": shown.state.upper(),
        "startsOn": shown.started_on.isoformat(),
        "billing": settings(account, of),
    }


def contract_services(shown: Agreement, of: Company) -> Data:
    """Show what is active on a mobile contract."""
    active = _active(service.contract_services(of, shown))
    lines = {each.product_id: each for each in of.mobile_lines}
    return {
        "active": _services(active),
        "thresholds": [
            {"kind": told["kind"].upper(), "limit": {"amount": told["limit"], "currency": "EUR"}}
            for told in _told(active, "spendingThreshold")
        ],
        "timDuo": [
            {
                "line": {"number": lines[told["lineId"]].msisdn},
                "lineNumber": told["lineNumber"],
                "pairedNumber": told["pairedNumber"],
            }
            for told in _told(active, "timDuo")
        ],
        "companyReference": next((told["reference"] for told in _told(active, "companyReference")), None),
        "charitySms": any(each.kind == "charitySms" for each in active),
    }


def mobile_services(shown: MobileLine, of: Company) -> Data:
    """Show what is active on a mobile line."""
    drawn = service.line_services(of, shown)
    active = _active(drawn)
    return {
        "services": _services(active),
        "premium": {
            "enabled": not any(each.kind == "premiumBarring" for each in active),
            "active": _services(each for each in active if each.kind == "premiumService"),
            "blackList": sorted(
                sender for each in active if each.kind == "premiumBlackList" for _, sender in each.details
            ),
        },
    }


def fixed_services(shown: FixedLine, of: Company) -> Data:
    """Show what is active on a fixed line."""
    active = [each for each in service.fixed_services(of, shown) if each.active]
    codes = {each.code for each in active}
    return {
        "services": sorted(
            (_service(each.code, each.name, each.since) for each in active), key=lambda row: (row["name"], row["code"])
        ),
        "tiAvviso": "TIAVVISO" in codes,
        "ivr": "IVR" in codes,
    }


def _active(drawn: Iterable[MobileService]) -> list[MobileService]:
    return [each for each in drawn if each.state in {"active", "pendingTerminate"}]


def _told(active: Iterable[MobileService], kind: str) -> list[dict[str, str]]:
    return [dict(each.details) for each in active if each.kind == kind]


def _services(active: Iterable[MobileService]) -> list[Data]:
    rows = (_service(each.code, each.name, each.since) for each in active)
    return sorted(rows, key=lambda row: (row["name"], row["code"]))


def _service(code: str, name: str, since: date | None) -> Data:
    return {"code": code, "name": name, "activeFrom": None if since is None else since.isoformat()}


# --- invoices ---------------------------------------------------------------------------------------------------------


def invoice(bill: Bill, who: Acting) -> Data:
    """Show an invoice to a person: what it refers to only where their profile may see it."""
    of = who.company
    charged = charged_line(bill, of)
    billed = None if is_fixed(bill, of) else next(each for each in of.agreements if each.account_id == bill.account)
    visible = who.may["services.contract"] == "all"
    return {
        "number": bill.number,
        "kind": "SINGLE" if bill.single else "FIXED" if is_fixed(bill, of) else "MOBILE",
        "creditNote": bill.credit_note,
        "state": invoice_state(bill, of),
        "period": {
            "from": bill.period_from.isoformat(),
            "to": bill.period_to.isoformat(),
            "bimester": _bimester(bill.period_from, bill.period_to),
        },
        "issuedOn": bill.issued_on.isoformat(),
        "dueOn": None if bill.credit_note else bill.due_on.isoformat(),
        "total": {
            "net": {"amount": _amount(bill.gross - bill.vat)},
            "vat": {"amount": _amount(bill.vat)},
            "gross": {"amount": _amount(bill.gross), "currency": "EUR"},
        },
        "remaining": {"amount": _amount(bill.outstanding)},
        "line": {"number": number(charged)} if charged is not None and sees_line(charged, who) else None,
        "lineNumber": None if charged is None else number(charged),
        "contract": {"number": billed.number} if billed is not None and visible else None,
        "contractNumber": None if billed is None else billed.number,
        "document": {"id": document_id(bill, of), "fileName": file_name(bill), "ready": True},
    }


def file_name(bill: Bill) -> str:
    """Name the PDF of an invoice."""
    return f"{'nota-di-credito' if bill.credit_note else 'fattura'}-{bill.number}-{bill.issued_on.isoformat()}.pdf"


def charged_line(bill: Bill, of: Company) -> Line | None:
    """Find the line that a bill charges; None when several, or too many to be asked."""
    if is_fixed(bill, of):
        named = [each for each in of.fixed_lines if each.id in bill.line_ids]
        account = [each for each in of.fixed_lines if each.account_code == bill.account]
        return next((some[0] for some in (named, account) if len(some) == 1), None)
    agreements = {each.id for each in of.agreements if each.account_id == bill.account}
    told = sum(each.agreement_id in agreements for each in of.mobile_lines) <= _TOLD_LINES_MAX
    charged = [each for each in of.mobile_lines if each.product_id in bill.line_ids]
    return charged[0] if told and len(charged) == 1 else None


def sees_line(shown: Line, who: Acting) -> bool:
    """Tell whether a profile may see a line."""
    if isinstance(shown, FixedLine):
        return who.may["fixed.detail"] == "all"
    reach = who.may["mobile.detail"]
    return reach == "all" or (reach == "own" and shown.product_id == who.membership.line_id)


def invoice_state(bill: Bill, of: Company) -> str:
    """Tell the payment state; a cancelled bill is only settled for the mobile network."""
    if bill.cancelled:
        return "CANCELLED" if is_fixed(bill, of) else "PAID"
    if bill.disputed:
        return "BEING_VERIFIED"
    if not bill.outstanding:
        return "PAID"
    if bill.outstanding < bill.gross:
        return "PARTLY_PAID"
    return "OVERDUE" if bill.due_on < TODAY else "UNPAID"


def _bimester(first: date, last: date) -> int | None:
    return None if first.month == last.month else last.month // 2


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"


# --- orders -----------------------------------------------------------------------------------------------------------


def order(shown: Order) -> Data:
    """Show an order without its items."""
    return {"number": shown.id, "kind": shown.kind, "state": shown.state, "placedAt": instant(shown.placed_at)}


def order_detail(shown: Order, who: Acting) -> Data:
    """Show an order with its items to a person."""
    return {**order(shown), "items": [_item(each, shown, who) for each in shown.items]}


def _item(item: OrderItem, of: Order, who: Acting) -> Data:
    concerned = line_by_key(item.line_id, who.company)
    return {
        "name": item.name,
        "state": item.state,
        "updatedOn": max(_changes(item, of), default=of.placed_at).date().isoformat(),
        "phases": [
            {"name": phase_name(phase.code, "it"), "reachedAt": phase.reached_at and instant(phase.reached_at)}
            for phase in item.phases
        ],
        "line": {"number": number(concerned)} if concerned is not None and sees_line(concerned, who) else None,
        "lineNumber": number(concerned) if concerned is not None and sees_line(concerned, who) else None,
        "shipment": None if item.delivery is None else _shipment(item.delivery, of),
    }


def _changes(item: OrderItem, of: Order) -> list[datetime]:
    """The fixed network tells the states of a delivery with the phases; the mobile one tells them apart."""
    phases = [phase.reached_at for phase in item.phases if phase.reached_at is not None]
    delivery = item.delivery.reached if item.delivery is not None and of.network == "fixed" else ()
    return phases + [at for _, at in delivery]


def line_by_key(key: str | None, of: Company) -> Line | None:
    """Find a line by its key in its system."""
    mobile_line = next((each for each in of.mobile_lines if each.product_id == key), None)
    return mobile_line or next((each for each in of.fixed_lines if each.id == key), None)


def _shipment(delivery: Delivery, of: Order) -> Data:
    reached = dict(delivery.reached)
    told = of.network == "mobile" or "SHIPPED" in reached  # the fixed network names the carrier once it has the parcel
    end = "FAILED" if "FAILED" in reached else "DELIVERED"
    return {
        "carrier": delivery.carrier if told else None,
        "trackingCode": delivery.tracking_code if told else None,
        "steps": [
            {"state": each, "reachedAt": instant(reached[each]) if each in reached else None}
            for each in (*_COURSE, end)
        ],
    }


# --- requests ---------------------------------------------------------------------------------------------------------


def request(shown: ServiceRequest) -> Data:
    """Show a request without what it refers to."""
    return {
        "reference": shown.id,
        "kind": _REQUEST_KINDS.get(shown.kind, shown.kind),
        "state": shown.state,
        "madeAt": instant(shown.made_at),
    }


def request_detail(shown: ServiceRequest, who: Acting) -> Data:
    """Show a request to a person."""
    ticket = shown.ticket
    concerned = line_by_key(shown.line_id, who.company)
    visible = concerned if concerned is not None and sees_line(concerned, who) else None
    # A ticket alone changes with its notes, a service order with its end too; a fixed request only with its end.
    changes = [shown.made_at, *([shown.closed_at] if shown.closed_at and (shown.is_order or not ticket) else [])]
    return {
        **request(shown),
        "updatedAt": instant(max(changes + [at for _, at in (ticket.notes if ticket else ())])),
        "line": None if visible is None else {"number": number(visible)},
        "lineNumber": None if visible is None else number(visible),
        "moreInformation": shown.information,
        "ticket": ticket
        and {
            "number": ticket.id,
            "state": ticket.state,
            "openedAt": instant(ticket.opened_at),
            "note": ticket.notes[-1][0],
        },
        "document": {"id": merge_id(shown, who.company), "fileName": f"fatture-unite-{shown.id}.pdf", "ready": True}
        if shown.merged and shown.state == "DONE"
        else None,
    }


def instant(moment: datetime) -> str:
    """Write an instant with Rome's offset."""
    return moment.astimezone(ROME).isoformat()

"""Changes of the mobile system: service orders (TMF641), settings of accounts (TMF666), tickets (TMF621).

To block a SIM or to release it, to change a service (`service_change`) is a service order, which is acknowledged, and
done when it is read. A ticket is open for two days.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.mobile._render import Document
from sandbox.mobile.collection import BadQuery
from sandbox.mobile.request import TICKET_TYPES, service_order, trouble_ticket
from sandbox.mobile.service_change import Change, read_change
from sandbox.stage import Problem, Sandboxed
from sandbox.world.bill import report_subject
from sandbox.world.model import Agreement, Company, MobileLine, ServiceRequest, Ticket
from sandbox.world.service import contract_product_id

_KINDS = {"simBlock": "SIM_BLOCK", "simUnblock": "SIM_UNBLOCK", "service": "SERVICE"}
_LATER_S = 30.0
_ANSWERED_AFTER = timedelta(days=2)


class Asked(msgspec.Struct, frozen=True):
    """What is ordered."""

    category: str
    request_id: str
    role: str
    subject_id: str
    customer_id: str
    requester_id: str
    description: str | None
    change: Change | None


def read_order(body: bytes) -> Asked:
    """Read an order. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        [item] = told["serviceOrderItem"]
        [subject] = item["service"]["relatedEntity"]
        parties = {each["role"]: str(each["id"]) for each in told["relatedParty"]}
        return Asked(
            told["category"],
            str(told["externalId"]),
            subject["role"],
            subject["id"],
            parties["customer"],
            parties["requester"],
            told.get("description"),
            _change(item["service"]) if told["category"] == "service" else None,
        )
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise BadQuery("category, externalId, relatedParty and one item with its line or contract are due") from error


def _change(service: Any) -> Change:
    told = [(each["name"], each["value"]) for each in service["serviceCharacteristic"]]
    return read_change(service["serviceSpecification"]["name"], told)


def order(stage: Sandboxed, asked: Asked, injected: Injected) -> Document | Problem:
    """Take an order, the first time that its request id comes; give it, or why it can't be."""
    if (taken := stage.deeds.taken(asked.request_id)) is None:
        subject = _subject(stage, asked)
        if subject is None or asked.category not in _KINDS:
            return Problem("60", f"{asked.role} not found", 404)
        done = _serve(asked, subject) if asked.category == "service" else _block(stage, asked, subject)
        if isinstance(done, Problem):
            return done
        taken = stage.deeds.take(_deed(stage, asked, injected, done))
    assert taken.request is not None  # noqa: S101 - made by `_deed`
    return service_order(taken.request)


class _Done(NamedTuple):
    what: str
    subject: str
    value: Any


def _block(stage: Sandboxed, asked: Asked, line: MobileLine | Agreement) -> _Done | Problem:
    if not isinstance(line, MobileLine) or line.sim is None:
        return Problem("60", "line not found", 404)
    block = asked.category == "simBlock"
    if stage.deeds.value("sim", line.product_id, line.sim.blocked, stage.clock.now()) is block:
        return Problem("70", "SIM already in that state", 409)
    return _Done("sim", line.product_id, block)


def _serve(asked: Asked, subject: MobileLine | Agreement) -> _Done:
    product_id = subject.product_id if isinstance(subject, MobileLine) else contract_product_id(subject)
    return _Done("service", product_id, asked.change)


def _subject(stage: Sandboxed, asked: Asked) -> MobileLine | Agreement | None:
    for company in stage.world.companies:
        if company.mobile_customer_id == asked.customer_id:
            return _held(company).get((asked.role, asked.subject_id))
    return None


def _held(company: Company) -> dict[tuple[str, str], MobileLine | Agreement]:
    return {
        **{("line", line.product_id): line for line in company.mobile_lines},
        **{("contract", each.id): each for each in company.agreements},
    }


def _deed(stage: Sandboxed, asked: Asked, injected: Injected, done: _Done) -> Deed:
    now = stage.clock.now().replace(microsecond=0)
    shown_s, refused_s = later_s(injected, Quirk.LATE_READS), later_s(injected, Quirk.REFUSED_LATER)
    return Deed(
        request_id=asked.request_id,
        what=done.what,
        subject=done.subject,
        value=done.value,
        at=now,
        shown_from=now + timedelta(seconds=shown_s or 0),
        refused_from=None if refused_s is None else now + timedelta(seconds=refused_s),
        request=ServiceRequest(
            id=f"SO-{int(sha256(asked.request_id.encode()).hexdigest()[:12], 16) % 10**6:06d}-9000",
            network="mobile",
            kind=_KINDS[asked.category],
            state="RECEIVED",
            made_at=now,
            closed_at=None,
            customer_code=asked.customer_id,
            line_id=asked.subject_id if asked.role == "line" else None,
            agreement_id=asked.subject_id if asked.role == "contract" else None,
            requested_by=asked.requester_id,
            external_id=asked.request_id,
            information=asked.description,
            is_order=True,
            ticket=None,
        ),
    )


class TicketAsked(msgspec.Struct, frozen=True):
    """What a ticket is opened for; `about` are the entities that it is about, by their roles."""

    kind: str
    description: str
    request_id: str
    customer_id: str
    requester_id: str
    about: dict[str, str]


def read_ticket(body: bytes) -> TicketAsked:
    """Read a ticket. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        parties = {each["role"]: str(each["id"]) for each in told["relatedParty"]}
        assert told["severity"]  # noqa: S101 - the official file asks for it
        return TicketAsked(
            TICKET_TYPES[told["ticketType"]],
            str(told["description"]),
            str(told["externalId"]),
            parties["customer"],
            parties["requester"],
            {each["role"]: str(each["id"]) for each in told.get("relatedEntity", ())},
        )
    except (msgspec.DecodeError, AssertionError, KeyError, TypeError, ValueError) as error:
        raise BadQuery("description, severity, ticketType, externalId and relatedParty are due") from error


def open_ticket(stage: Sandboxed, asked: TicketAsked, injected: Injected) -> Document | Problem:
    """Open a ticket, the first time that its request id comes; give it, or why it can't be."""
    if (taken := stage.deeds.taken(asked.request_id)) is None:
        company = next((each for each in stage.world.companies if each.mobile_customer_id == asked.customer_id), None)
        if company is None or (subject := _about(company, asked)) is None:
            return Problem("60", "customer, bill or line not found", 404)
        taken = stage.deeds.take(_ticket_deed(stage, asked, injected, subject))
    assert taken.request is not None  # noqa: S101 - made by `_ticket_deed`
    return trouble_ticket(taken.request) or Problem("60", "no ticket", 404)


def _about(company: Company, asked: TicketAsked) -> str | None:
    """Name what a ticket is about; None where that is none of the customer's."""
    if "bill" in asked.about:
        bill = next((each for each in company.bills if each.id == asked.about["bill"]), None)
        return None if bill is None else report_subject(bill)
    if "line" in asked.about:
        lines = {each.product_id for each in company.mobile_lines}
        return asked.about["line"] if asked.about["line"] in lines else None
    return asked.customer_id


def _ticket_deed(stage: Sandboxed, asked: TicketAsked, injected: Injected, subject: str) -> Deed:
    now = stage.clock.now().replace(microsecond=0)
    shown_s, refused_s = later_s(injected, Quirk.LATE_READS), later_s(injected, Quirk.REFUSED_LATER)
    id_ = f"TT-{int(sha256(asked.request_id.encode()).hexdigest()[:12], 16) % 10**6:06d}-9000"
    return Deed(
        request_id=asked.request_id,
        what="report" if asked.kind == "PAYMENT_REPORT" else "ticket",
        subject=subject,
        value=None,
        at=now,
        shown_from=now + timedelta(seconds=shown_s or 0),
        refused_from=None if refused_s is None else now + timedelta(seconds=refused_s),
        request=ServiceRequest(
            id=id_,
            network="mobile",
            kind=asked.kind,
            state="RECEIVED",
            made_at=now,
            closed_at=None,
            customer_code=asked.customer_id,
            line_id=asked.about.get("line"),
            requested_by=asked.requester_id,
            external_id=asked.request_id,
            information=asked.description,
            is_order=False,
            ticket=Ticket(id_, "RECEIVED", now, names_order=False, notes=(("Segnalazione ricevuta.", now),)),
        ),
        done_from=now + _ANSWERED_AFTER,
    )


def later_s(injected: Injected, quirk: Quirk) -> float | None:
    """Tell how many seconds later a quirk strikes; None when it does not."""
    strike = injected.get(quirk)
    if strike is None:
        return None
    told = strike.parameters.seconds
    return _LATER_S if told is None else told

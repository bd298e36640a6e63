"""That every act is there, that every profile may do what the matrix says, and what stands in the way of whom."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bff.auth.profiles import MATRIX
from bff.domain.act import (
    ACTS,
    NOT_FOR_PROFILE,
    Act,
    Hindrance,
    Mandate,
    button,
    concerning,
    hindrance,
    hindrance_beside,
    hindrance_under_way,
)
from bff.domain.act.company import OnFixed
from bff.domain.act.invoice import Mergeable
from bff.domain.act.offer import Ordered
from bff.domain.action import ActionReason, ActionState
from bff.domain.billing import DirectDebit
from bff.domain.closing import Closure
from bff.domain.contact import ContactKind
from bff.domain.contract import Contract, ContractState
from bff.domain.customer import Customer, Viewer
from bff.domain.error_code import ErrorCode
from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.line import FixedLine, LineState, MobileLine
from bff.domain.offer import Offer
from bff.domain.order import OrderState
from bff.domain.period import Period
from bff.domain.profile import Profile
from bff.domain.request import RequestKind, RequestState, ServiceRequest
from bff.domain.service import ContractServices
from bff.domain.system import System
from bff.domain.user import PortalUser, UserState
from tests.domain import things
from tests.domain.things import BESIDE, contract, facts, fixed, invoice, mobile, offer, possible, user, viewer
from tests.journeys.acting import matrix

ENABLED = "ENABLED"
TABLE = Path(__file__).parent / "acts.csv"
"""The mutations of the schema, their functions of the matrix, and what each concerns."""


def told(act: Act, thing: Any, **holds: Any) -> str:
    """Judge an act as a button does, in short."""
    why = hindrance(act, thing, facts(**holds))
    if why is None and act.beside is not None:
        why = hindrance_beside(act, BESIDE[act.beside], facts(**holds))
    shown = button(act, why, "en")
    if shown.reason is None:
        return shown.state.value
    return f"{shown.state.value} {shown.reason.value}"


def named(name: str, concerns: type) -> Act:
    (act,) = (each for each in ACTS if (each.name, each.concerns) == (name, concerns))
    return act


# --- the table --------------------------------------------------------------------------------------------------------


def rows() -> list[tuple[str, str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [(row["mutation"], row["function"], row["concerns"]) for row in csv.DictReader(file)]


def test_every_mutation_that_concerns_a_thing_is_an_act() -> None:
    acts = [(each.name, each.function, each.concerns.__name__) for each in ACTS]
    assert sorted(acts) == sorted(row for row in rows() if row[2] != "nobody")
    assert len(rows()) == 53
    assert len(acts) == 48


def test_every_act_is_of_a_function_that_changes_something_and_every_such_function_has_one() -> None:
    changing = {function for function, rule in MATRIX.items() if rule.kind == "mutation" and not rule.public}
    assert {each.function for each in ACTS} == changing


# --- who --------------------------------------------------------------------------------------------------------------

CELLS = [(act, profile) for act in ACTS for profile in Profile]


@pytest.mark.parametrize(
    ("act", "profile"), CELLS, ids=[f"{act.name}-{act.concerns.__name__}-{profile.value}" for act, profile in CELLS]
)
def test_a_profile_may_do_what_its_cell_of_the_matrix_says(act: Act, profile: Profile) -> None:
    cell = matrix()[act.function][profile.value]
    thing = possible(act.name, act.concerns)

    assert told(act, thing, profile=profile) == (ENABLED if cell != "no" else "DISABLED PROFILE")
    if act.concerns is MobileLine:
        foreign = msgspec.structs.replace(thing, key="LINE-OTHER")
        assert told(act, foreign, profile=profile) == (ENABLED if cell == "all" else "DISABLED PROFILE")


def test_every_cell_is_tried() -> None:
    assert len(CELLS) == 48 * 6


# --- in which state ---------------------------------------------------------------------------------------------------

S, P = "DISABLED STATE", "DISABLED IN_PROGRESS"
H = "HIDDEN STATE"
LINE_STATES = ("ACTIVATING", "ACTIVE", "SUSPENDED", "BLOCKED", "CEASING", "CEASED", "UNKNOWN")
MOBILE = {
    "simChange": (P, ENABLED, S, ENABLED, P, S, S),
    "simBlock": (P, ENABLED, S, H, P, S, S),
    "simUnblock": (H, H, H, ENABLED, H, H, H),
    "mobileNuisanceReport": (P, ENABLED, ENABLED, ENABLED, ENABLED, S, S),
    "linesCease": (P, ENABLED, ENABLED, ENABLED, H, S, S),
    "linesCeaseRevoke": (H, H, H, H, ENABLED, H, H),
    "premiumServicesSet": (P, ENABLED, S, S, P, S, S),
    "premiumBlackListSet": (P, ENABLED, S, S, P, S, S),
    "lineTopUp": (P, ENABLED, ENABLED, ENABLED, P, S, S),
}
FIXED = {
    "fixedNuisanceReport": (P, ENABLED, ENABLED, ENABLED, ENABLED, S, S),
    "linesCease": (P, ENABLED, ENABLED, ENABLED, H, S, S),
    "linesCeaseRevoke": (H, H, H, H, ENABLED, H, H),
    "fixedLineDirectDebitSet": (ENABLED, ENABLED, ENABLED, ENABLED, ENABLED, S, S),
    "fixedLinePaperlessSet": (ENABLED, ENABLED, ENABLED, ENABLED, ENABLED, S, S),
    "fixedLineDeliveryAddressChange": (ENABLED, ENABLED, ENABLED, ENABLED, ENABLED, S, S),
    "fixedLineRelocate": (P, ENABLED, S, S, P, S, S),
    "tiAvvisoSet": (P, ENABLED, S, S, P, S, S),
    "ivrSet": (P, ENABLED, S, S, P, S, S),
}


@pytest.mark.parametrize("state", LineState)
def test_what_can_be_done_with_a_line_in_a_state(state: LineState) -> None:
    place = LINE_STATES.index(state.value)
    assert {act.name: told(act, mobile(state)) for act in concerning(MobileLine)} == {
        name: states[place] for name, states in MOBILE.items()
    }
    assert {act.name: told(act, fixed(state)) for act in concerning(FixedLine)} == {
        name: states[place] for name, states in FIXED.items()
    }


def test_a_line_without_a_sim_changes_none_and_a_subscription_takes_no_credit() -> None:
    top_up = named("lineTopUp", MobileLine)
    assert told(named("simChange", MobileLine), mobile(sim=None)) == S
    assert told(top_up, mobile(prepaid=False)) == "HIDDEN NOT_SUBSCRIBED"
    assert told(top_up, mobile(prepaid=None)) == S


BILLED = ("contractDirectDebitSet", "contractPaperlessSet", "contractDeliveryAddressChange")
SERVED = ("spendingThresholdsSet", "timDuoSet", "companyReferenceSet", "charitySmsSet")


@pytest.mark.parametrize("state", ContractState)
def test_what_can_be_done_with_a_contract_in_a_state(state: ContractState) -> None:
    due = {
        ContractState.ACTIVE: (ENABLED, ENABLED),
        ContractState.SUSPENDED: (ENABLED, S),
    }.get(state, (S, S))
    shown = {act.name: told(act, contract(state)) for act in concerning(Contract)}
    assert shown == dict.fromkeys(BILLED, due[0]) | dict.fromkeys(SERVED, due[1])


def test_a_contract_without_an_account_has_no_billing_to_change() -> None:
    assert {told(act, contract(account_key=None)) for act in concerning(Contract) if act.name in BILLED} == {S}


@pytest.mark.parametrize(
    ("name", "concerns"), [("contractDirectDebitSet", Contract), ("fixedLineDirectDebitSet", FixedLine)]
)
def test_a_direct_debit_is_not_changed_while_the_bank_has_yet_to_answer(name: str, concerns: type) -> None:
    tomorrow = DirectDebit(iban=None, holder=None, valid_from=things.TODAY + timedelta(days=1))
    act = named(name, concerns)
    awaited = hindrance_beside(act, Mandate(tomorrow), facts())
    assert awaited is not None
    assert awaited.reason is ActionReason.IN_PROGRESS
    for valid_from in (things.TODAY, None):
        debit = msgspec.structs.replace(tomorrow, valid_from=valid_from)
        assert hindrance_beside(act, Mandate(debit), facts()) is None


def test_tim_duo_is_set_only_where_it_is_subscribed() -> None:
    act = named("timDuoSet", Contract)
    for found in (things.services(tim_duo=False), None):
        why = hindrance_beside(act, found, facts())
        assert why is not None
        assert why.reason is ActionReason.NOT_SUBSCRIBED
    assert act.beside is ContractServices


@pytest.mark.parametrize("state", InvoiceState)
def test_only_what_is_unpaid_is_paid_or_said_to_be_paid(state: InvoiceState) -> None:
    due = {
        InvoiceState.UNPAID: ENABLED,
        InvoiceState.OVERDUE: ENABLED,
        InvoiceState.PARTLY_PAID: ENABLED,
        InvoiceState.BEING_VERIFIED: P,
    }.get(state, S)
    for name in ("invoicesPay", "invoicePaymentReport"):
        assert told(named(name, Invoice), invoice(state)) == due
        assert told(named(name, Invoice), invoice(state, credit_note=True)) == H
    assert told(named("invoicesPay", Invoice), invoice(credit_note=None)) == S


def test_only_a_fixed_invoice_of_a_bimester_with_others_of_it_is_merged() -> None:
    act = named("invoicesMerge", Invoice)
    month, across = Period(date(2026, 10, 1), date(2026, 10, 31)), Period(date(2026, 10, 1), date(2026, 11, 30))
    assert told(act, invoice(period=month)) == ENABLED
    assert told(act, invoice(InvoiceState.PAID)) == ENABLED
    for other in (
        invoice(kind=InvoiceKind.MOBILE),
        invoice(kind=InvoiceKind.SINGLE),
        invoice(credit_note=True),
        invoice(period=across),
    ):
        assert told(act, other) == H
    alone = hindrance_beside(act, Mergeable([]), facts())
    assert alone is not None
    assert (alone.reason, alone.hidden) == (ActionReason.STATE, False)


def test_what_is_older_than_the_window_is_not_merged() -> None:
    act = named("invoicesMerge", Invoice)
    first = date(2025, 11, 22)
    assert told(act, invoice(issued_on=first)) == ENABLED
    assert told(act, invoice(issued_on=first - timedelta(days=1))) == "DISABLED WINDOW_EXPIRED"


def test_a_link_is_made_only_to_what_has_a_document() -> None:
    assert told(named("documentLinkCreate", Invoice), invoice(has_document=False)) == S


USER_STATES = ("TO_REGISTER", "INVITED", "REGISTERED", "DISABLED", "UNKNOWN")
USERS = {
    "usersRegister": (ENABLED, H, H, H, H),
    "usersProfileChange": (ENABLED, ENABLED, ENABLED, ENABLED, S),
    "usersPasswordReset": (S, S, ENABLED, S, S),
    "usersCredentialsSend": (ENABLED, ENABLED, S, S, S),
    "usersDeactivate": (S, ENABLED, ENABLED, S, S),
    "usersDelete": (ENABLED, ENABLED, ENABLED, ENABLED, ENABLED),
}


@pytest.mark.parametrize("state", UserState)
def test_what_can_be_done_with_a_user_in_a_state(state: UserState) -> None:
    place = USER_STATES.index(state.value)
    assert {act.name: told(act, user(state)) for act in concerning(PortalUser)} == {
        name: states[place] for name, states in USERS.items()
    }


@pytest.mark.parametrize("changes", [{"profile": Profile.LEGAL_REPRESENTATIVE}, {"user_key": "USR-1"}])
def test_nobody_changes_a_legal_representative_or_themselves(changes: dict[str, Any]) -> None:
    refused = {act.name for act in concerning(PortalUser) if told(act, user(**changes)) == S}
    assert refused == {"usersProfileChange", "usersDeactivate", "usersDelete", "usersCredentialsSend"}


@pytest.mark.parametrize("state", [UserState.TO_REGISTER, UserState.INVITED])
def test_nobody_invites_a_legal_representative(state: UserState) -> None:
    them = user(state, profile=Profile.LEGAL_REPRESENTATIVE)
    allowed = {act.name for act in concerning(PortalUser) if told(act, them) == ENABLED}
    assert allowed == set()


def test_credentials_are_sent_to_who_has_an_address() -> None:
    assert told(named("usersCredentialsSend", PortalUser), user(UserState.INVITED, letters_to=None)) == S


def test_an_offer_is_bought_while_its_campaign_runs_for_lines_that_can_have_it() -> None:
    act = named("offerBuy", Offer)
    assert told(act, offer(for_lines=False, lines=())) == ENABLED
    assert told(act, offer(ends_at=things.NOW)) == "DISABLED WINDOW_EXPIRED"
    assert told(act, msgspec.structs.replace(offer(), on_sale=False)) == S
    assert told(act, offer(lines=())) == S


def test_a_purchaser_buys_for_their_own_line_only() -> None:
    act, profile = named("offerBuy", Offer), Profile.END_USER_PURCHASER
    assert told(act, offer(lines=("LINE-OTHER",)), profile=profile) == S
    assert told(act, offer(for_lines=False, lines=()), profile=profile) == "DISABLED PROFILE"


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([], None),
        ([None], None),
        ([OrderState.COMPLETED, None], None),
        ([OrderState.COMPLETED], "WRONG_STATE"),
        ([OrderState.COMPLETED, OrderState.RECEIVED], "IN_PROGRESS"),
        ([OrderState.SUSPENDED], "IN_PROGRESS"),
    ],
)
def test_an_offer_is_bought_while_something_is_left_that_it_was_not_ordered_for(
    states: list[OrderState | None], code: str | None
) -> None:
    found = hindrance_beside(named("offerBuy", Offer), Ordered(states), facts())
    assert (found and found.code.value) == code


def test_who_acts_for_one_company_is_not_offered_another() -> None:
    assert told(named("membershipSwitch", Viewer), viewer(1)) == H


def test_the_address_for_fixed_lines_is_changed_where_there_are_some() -> None:
    why = hindrance_beside(named("communicationsEmailChange", Customer), OnFixed(live=False), facts())
    assert why is not None
    assert why.hidden


# --- when -------------------------------------------------------------------------------------------------------------

OPENS = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
SYSTEM: dict[type, System] = {
    MobileLine: System.MOBILE,
    FixedLine: System.FIXED,
    Contract: System.MOBILE,
    Invoice: System.FIXED,
}


@pytest.mark.parametrize("act", ACTS, ids=[f"{act.name}-{act.concerns.__name__}" for act in ACTS])
def test_what_is_closed_says_when_it_opens(act: Act) -> None:
    thing, system = possible(act.name, act.concerns), act.system or SYSTEM.get(act.concerns)
    names: list[str | System] = [act.function, *([] if system is None else [system])]
    for name in names:
        why = hindrance(act, thing, facts(closed={name: Closure(OPENS)}))
        shown = button(act, why, "it")
        assert (shown.state, shown.reason) == (ActionState.DISABLED, ActionReason.SYSTEM_UNAVAILABLE)
        assert shown.available_from == OPENS


def test_a_chat_in_which_nobody_answers_says_from_when_somebody_does() -> None:
    act = named("chatOpen", Viewer)
    shown = button(act, hindrance(act, viewer(), facts(unanswered={ContactKind.CHAT: Closure(OPENS)})), "it")
    assert (shown.reason, shown.available_from) == (ActionReason.SYSTEM_UNAVAILABLE, OPENS)


def test_what_stands_in_for_a_failing_system_is_not_acted_on() -> None:
    line = mobile()
    assert told(named("simBlock", MobileLine), line, stale=frozenset({line.as_of})) == "DISABLED SYSTEM_UNAVAILABLE"


def test_what_lasts_is_told_before_what_passes() -> None:
    act, shut = named("simBlock", MobileLine), {System.MOBILE: Closure(OPENS)}
    may_not, may = Profile.END_USER, Profile.ADMIN_FULL
    assert told(act, mobile(LineState.BLOCKED), profile=may_not, closed=shut) == H
    assert told(act, mobile(LineState.CEASED), profile=may_not, closed=shut) == "DISABLED PROFILE"
    assert told(act, mobile(LineState.CEASED), profile=may, closed=shut) == S
    assert told(act, mobile(), profile=may, closed=shut) == "DISABLED SYSTEM_UNAVAILABLE"


# --- how it is told ---------------------------------------------------------------------------------------------------


def hindrances() -> Iterator[Hindrance]:
    """Give a hindrance by each condition that a module of acts knows."""
    found: dict[int, Hindrance] = {}
    for act in ACTS:
        module = __import__(act.check.__module__, fromlist=["_"])
        for value in vars(module).values():
            for each in value.values() if isinstance(value, dict) else [value]:
                if isinstance(each, Hindrance):
                    found[id(each)] = each
    yield from found.values()


def test_every_hindrance_is_told_in_italian_and_in_english() -> None:
    texts = [each.text for each in hindrances()]
    assert len(texts) > 30
    for text in texts:
        assert text.told("it") != text.told("en")
        assert text.it.endswith(".")
        assert text.en.endswith(".")


def test_every_reason_is_reached_and_told_by_a_code_of_its_own() -> None:
    told_by = {each.reason: each.user_error("it", ("id",)).code for each in hindrances()}
    assert told_by == {
        ActionReason.PROFILE: ErrorCode.FORBIDDEN,
        ActionReason.STATE: ErrorCode.WRONG_STATE,
        ActionReason.IN_PROGRESS: ErrorCode.IN_PROGRESS,
        ActionReason.NOT_SUBSCRIBED: ErrorCode.NOT_SUBSCRIBED,
        ActionReason.WINDOW_EXPIRED: ErrorCode.WINDOW_EXPIRED,
    }
    closed = hindrance(named("simBlock", MobileLine), mobile(), facts(closed={"mobile.sim.block": Closure()}))
    assert closed is not None
    assert closed.user_error("en").code is ErrorCode.UNAVAILABLE
    assert NOT_FOR_PROFILE.user_error("en", ("id",)).message == "Your profile does not allow this."


def test_a_button_that_works_gives_no_reason() -> None:
    shown = button(named("simBlock", MobileLine), None, "it")
    assert (shown.state, shown.reason, shown.message, shown.available_from) == (ActionState.ENABLED, None, None, None)


def test_an_amount_that_is_not_known_can_be_paid_all_the_same() -> None:
    assert told(named("invoicesPay", Invoice), invoice(remaining=None)) == ENABLED


# --- what is under way ------------------------------------------------------------------------------------------------


def asked(kind: RequestKind, state: RequestState = RequestState.RECEIVED, *merges: InvoiceKey) -> ServiceRequest:
    """Give a request of the fixed network."""
    return ServiceRequest(
        key="1",
        customer_key="FC1",
        system=System.FIXED,
        reference="1",
        kind=kind,
        state=state,
        made_at=things.NOW,
        updated_at=things.NOW,
        asked_by=None,
        line_key=None,
        more_information=None,
        ticket=None,
        merges=merges,
        as_of=things.NOW,
    )


def test_what_is_asked_for_already_is_under_way_until_it_has_ended() -> None:
    office = named("registeredOfficeChange", Customer)

    def is_under_way(kind: RequestKind, state: RequestState) -> bool:
        return hindrance_under_way(office, things.CUSTOMER, [asked(kind, state)]) is not None

    told = {state: is_under_way(RequestKind.REGISTERED_OFFICE, state) for state in RequestState}
    assert [state.value for state, held in told.items() if held] == ["RECEIVED", "IN_PROGRESS"]
    assert not is_under_way(RequestKind.RELOCATION, RequestState.RECEIVED)


def test_only_the_invoices_that_are_being_merged_are_under_way() -> None:
    merge = named("invoicesMerge", Invoice)
    one, other = invoice(), invoice(key=InvoiceKey("FIXED", "000000000001", "A/8", date(2026, 11, 5)))
    open_ = [asked(RequestKind.INVOICE_MERGE, RequestState.RECEIVED, one.key)]

    found = hindrance_under_way(merge, one, open_)
    assert found is not None
    assert found.reason is ActionReason.IN_PROGRESS
    assert hindrance_under_way(merge, other, open_) is None
    assert merge.becomes is not None


def test_the_office_of_who_has_no_fixed_lines_waits_for_the_mobile_network() -> None:
    office = named("registeredOfficeChange", Customer)
    shut = facts(closed={System.MOBILE: Closure(None)})

    assert hindrance_beside(office, OnFixed(live=True), shut) is None
    found = hindrance_beside(office, OnFixed(live=False), shut)
    assert found is not None
    assert found.reason is ActionReason.SYSTEM_UNAVAILABLE

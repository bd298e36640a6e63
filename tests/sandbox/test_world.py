"""The seeded world: deterministic, plausible, and with every case that the customer area must show."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import phonenumbers
import pytest
from schwifty import IBAN
from stdnum import luhn
from stdnum.it import codicefiscale, iva

from sandbox.clock import DEFAULT_NOW
from sandbox.world.bill import months_before
from sandbox.world.build import build_world
from sandbox.world.model import Address, Bill, Company, Person, World
from sandbox.world.order import KINDS
from sandbox.world.place import TOWNS
from sandbox.world.request import KINDS as REQUEST_KINDS

TODAY = DEFAULT_NOW.date()


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(DEFAULT_NOW)


@pytest.fixture(scope="module")
def small(world: World) -> Company:
    return world.companies[0]


@pytest.fixture(scope="module")
def big(world: World) -> Company:
    return world.companies[1]


def digest(world: World) -> str:
    return hashlib.sha256(repr(world).encode()).hexdigest()


def made_anew(seed: int) -> World:
    """Build past the memory of `build_world`."""
    return build_world.__wrapped__(DEFAULT_NOW, seed)


def test_the_same_seed_and_moment_make_the_same_world() -> None:
    assert digest(made_anew(1)) == digest(made_anew(1))


def test_another_seed_makes_another_world() -> None:
    assert digest(made_anew(2)) != digest(made_anew(1))


def test_another_moment_moves_the_dates_and_leaves_who_and_what(world: World) -> None:
    later = build_world(DEFAULT_NOW + timedelta(days=100))

    def names(of: World) -> list[object]:
        return [
            (
                company.tax_code,
                company.representative,
                [line.msisdn for line in company.mobile_lines],
                [line.id for line in company.fixed_lines],
                [(order.id, order.kind, order.state) for order in company.orders],
            )
            for company in of.companies
        ]

    def newest_bill(of: World) -> date:
        return max(bill.issued_on for bill in of.companies[0].bills)

    assert names(later) == names(world)
    assert [user.subject for user in later.users] == [user.subject for user in world.users]
    assert newest_bill(later) > newest_bill(world)


def test_the_companies_are_as_large_as_promised(small: Company, big: Company) -> None:
    assert (len(small.agreements), len(small.mobile_lines), len(small.fixed_lines)) == (2, 42, 8)
    assert (len(small.mobile_accounts), len(small.fixed_accounts)) == (2, 2)
    assert (len(big.mobile_lines), len(big.fixed_lines)) == (5000, 800)
    assert (len(big.mobile_accounts), len(big.fixed_accounts)) == (24, 16)


def test_there_are_companies_of_one_network_and_one_that_left(world: World) -> None:
    _, _, mobile_only, fixed_only, ceased, _ = world.companies
    assert mobile_only.mobile_lines
    assert not mobile_only.fixed_customers
    assert fixed_only.fixed_lines
    assert fixed_only.mobile_party_id is None
    left_on = ceased.fixed_customers[0].ceased_on
    assert left_on is not None
    assert months_before(TODAY, 12) < left_on < months_before(TODAY, 4)
    assert {line.state for line in ceased.fixed_lines} == {"CES"}


def people(world: World) -> Iterator[Person]:
    yield from (company.representative for company in world.companies)
    yield from (user.person for user in world.users)


def addresses(world: World) -> Iterator[Address]:
    for company in world.companies:
        yield company.office
        yield from (account.delivery_address for account in company.mobile_accounts)
        yield from (account.delivery_address for account in company.fixed_accounts)
        yield from (line.location for line in company.fixed_lines)


def test_tax_codes_and_vat_numbers_pass_the_checks_of_the_real_ones(world: World) -> None:
    for person in people(world):
        codicefiscale.validate(person.tax_code)
    for company in world.companies:
        codicefiscale.validate(company.tax_code)
        iva.validate(company.vat_number or "")
    assert len({len(company.tax_code) for company in world.companies}) == 2


def test_ibans_pass_with_their_national_check_digit(world: World) -> None:
    ibans = [account.direct_debit_iban for company in world.companies for account in company.fixed_accounts]
    given = [iban for iban in ibans if iban]
    assert given
    for iban in given:
        IBAN(iban, validate_bban=True)


def test_sims_have_19_digits_a_luhn_digit_and_are_unique(world: World) -> None:
    iccids = [line.sim.iccid for company in world.companies for line in company.mobile_lines if line.sim]
    assert len(set(iccids)) == len(iccids)
    assert {len(iccid) for iccid in iccids} == {19}
    assert all(luhn.is_valid(iccid) and iccid.startswith("8939") for iccid in iccids)


def test_phone_numbers_are_valid_and_unique_within_a_company(world: World) -> None:
    for company in world.companies:
        numbers = [line.msisdn for line in company.mobile_lines] + [f"+39{line.id}" for line in company.fixed_lines]
        assert len(set(numbers)) == len(numbers)
        kinds = Counter(phonenumbers.number_type(phonenumbers.parse(number)) for number in numbers)
        assert kinds == +Counter(
            {
                phonenumbers.PhoneNumberType.MOBILE: len(company.mobile_lines),
                phonenumbers.PhoneNumberType.FIXED_LINE: len(company.fixed_lines),
            }
        )
        assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)


def test_postcodes_and_provinces_belong_to_their_towns(world: World) -> None:
    towns = {(town.name, town.province, town.postcode) for town in TOWNS}
    assert {(each.town, each.province, each.postcode) for each in addresses(world)} <= towns


def is_mobile(bill: Bill) -> bool:
    return bill.account.startswith("MBA-")


@pytest.mark.parametrize("mobile", [True, False])
def test_the_small_company_has_a_bill_of_every_case_on_each_network(small: Company, *, mobile: bool) -> None:
    bills = [bill for bill in small.bills if is_mobile(bill) is mobile]
    year, five_years = months_before(TODAY, 12), months_before(TODAY, 60)
    unpaid = [bill for bill in bills if bill.outstanding == bill.gross and not bill.disputed]
    assert any(bill.due_on >= TODAY for bill in unpaid)
    assert any(year < bill.due_on < TODAY for bill in unpaid)
    assert any(five_years < bill.issued_on < year for bill in unpaid)
    assert any(0 < bill.outstanding < bill.gross for bill in bills)
    assert any(bill.disputed for bill in bills)
    cancelled = next(bill for bill in bills if bill.cancelled)
    assert any(bill.credit_note and bill.gross == cancelled.gross for bill in bills)
    assert sum(not bill.outstanding for bill in bills) > len(bills) / 2


def test_some_debts_are_older_than_five_years(small: Company) -> None:
    assert any(bill.outstanding and bill.issued_on < months_before(TODAY, 60) for bill in small.bills)


def test_a_single_invoice_is_seen_by_both_networks_alike(small: Company) -> None:
    singles = [bill for bill in small.bills if bill.single]
    seen = Counter((bill.number, bill.issued_on, bill.gross, bill.vat) for bill in singles)
    assert set(seen.values()) == {2}
    assert {is_mobile(bill) for bill in singles} == {True, False}


def test_invoice_numbers_come_again_in_other_years(small: Company) -> None:
    issued: dict[tuple[str, str], list[date]] = {}
    for bill in small.bills:
        issued.setdefault((bill.account, bill.number), []).append(bill.issued_on)
    assert any(len(days) > 1 for days in issued.values())
    assert all(len(days) == len(set(days)) for days in issued.values())


def test_monthly_and_bimonthly_accounts_stand_side_by_side(small: Company) -> None:
    lengths = {
        account.code: {
            (bill.period_to.month - bill.period_from.month) + 1
            for bill in small.bills
            if bill.account == account.code and not bill.single
        }
        for account in small.fixed_accounts
    }
    assert sorted(lengths.values(), key=min) == [{1}, {2}]


def test_the_big_company_has_three_years_of_invoices(big: Company) -> None:
    assert min(bill.period_from for bill in big.bills) == months_before(TODAY, 36)


@pytest.mark.parametrize("network", ["mobile", "fixed"])
def test_orders_come_in_every_kind_and_state_and_reach_past_six_months(small: Company, network: str) -> None:
    orders = [order for order in small.orders if order.network == network]
    assert {order.kind for order in orders} == set(KINDS[network])
    assert {order.state for order in orders} == {
        "RECEIVED",
        "IN_PROGRESS",
        "SUSPENDED",
        "COMPLETED",
        "FAILED",
        "CANCELLED",
    }
    half_a_year_ago = DEFAULT_NOW - timedelta(days=183)
    assert {order.placed_at < half_a_year_ago for order in orders} == {True, False}
    assert any(item.delivery for order in orders for item in order.items)


def test_nothing_has_happened_that_lies_ahead(world: World) -> None:
    for order in (order for company in world.companies for order in company.orders):
        moments = [order.placed_at]
        for item in order.items:
            moments += [phase.reached_at for phase in item.phases if phase.reached_at]
            moments += [moment for _, moment in item.delivery.reached] if item.delivery else []
        assert max(moments) <= DEFAULT_NOW
    for request in (request for company in world.companies for request in company.requests):
        notes = request.ticket.notes if request.ticket else ()
        assert max([request.made_at, request.closed_at or request.made_at, *(at for _, at in notes)]) <= DEFAULT_NOW
    assert all(bill.issued_on <= TODAY for company in world.companies for bill in company.bills)


def test_people_with_a_line_of_their_own_have_orders_on_it(world: World, small: Company) -> None:
    subjects = {persona.name: persona.subject for persona in world.personas}
    for name in ("light", "user", "purchaser"):
        user = next(user for user in world.users if user.subject == subjects[name])
        line_id = user.memberships[0].line_id
        own = [order for order in small.orders if any(item.line_id == line_id for item in order.items)]
        assert {order.requested_by == user.id for order in own} == {True, False}


@pytest.mark.parametrize("network", ["mobile", "fixed"])
def test_requests_come_in_every_kind_and_state_and_reach_past_six_months(small: Company, network: str) -> None:
    requests = [request for request in small.requests if request.network == network]
    assert {request.kind for request in requests} == set(REQUEST_KINDS[network])
    assert {request.state for request in requests} == {"RECEIVED", "IN_PROGRESS", "DONE", "REJECTED", "CANCELLED"}
    half_a_year_ago = DEFAULT_NOW - timedelta(days=183)
    assert {request.made_at < half_a_year_ago for request in requests} == {True, False}
    assert {request.information is None for request in requests} == {True, False}


def test_service_orders_have_tickets_that_name_them_tickets_that_do_not_and_none(small: Company) -> None:
    orders = [request for request in small.requests if request.is_order]
    assert {request.ticket and request.ticket.names_order for request in orders} == {None, True, False}
    ids = [request.id for request in small.requests] + [request.ticket.id for request in orders if request.ticket]
    assert len(set(ids)) == len(ids)


def test_people_with_a_line_of_their_own_have_requests_on_it(world: World, small: Company) -> None:
    subjects = {persona.name: persona.subject for persona in world.personas}
    for name in ("light", "user", "purchaser"):
        user = next(user for user in world.users if user.subject == subjects[name])
        own = [request for request in small.requests if request.line_id == user.memberships[0].line_id]
        assert {request.requested_by == user.id for request in own} == {True, False}


def test_the_personas_are_those_of_the_brief(world: World) -> None:
    memberships = {user.subject: user.memberships for user in world.users}
    profiles = {
        persona.name: [each.profile for each in memberships.get(persona.subject, ())] for persona in world.personas
    }
    assert profiles == {
        "legal": ["LEGAL_REPRESENTATIVE"],
        "admin": ["ADMIN_FULL"],
        "light": ["ADMIN_LIGHT"],
        "user": ["END_USER"],
        "purchaser": ["END_USER_PURCHASER"],
        "ceased": ["CEASED_CUSTOMER"],
        "big": ["LEGAL_REPRESENTATIVE"],
        "mobile": ["LEGAL_REPRESENTATIVE"],
        "fixed": ["LEGAL_REPRESENTATIVE"],
        "double": ["ADMIN_FULL", "ADMIN_FULL"],
        "disabled": ["ADMIN_FULL"],
        "staff": [],
        "prepaid": ["END_USER_PURCHASER"],
    }

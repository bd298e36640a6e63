"""The personal data of the sandbox's world: what must stand in no log line and in no metric."""

import re
from collections.abc import Iterable, Iterator

from sandbox.world.model import Company, Person, User, World


def of_world(world: World) -> frozenset[str]:
    """Give tax codes, names, numbers, addresses of people and companies, in the forms that systems and clients see."""
    found = {text for company in world.companies if company.name for text in _of_company(company)}
    return frozenset(found | {text for user in world.users for text in _of_user(user)})


def found_in(text: str, personal: Iterable[str]) -> list[str]:
    """Give the personal data that stands in a text, as words of their own."""
    return [each for each in personal if each in text and re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text)]


def _of_company(company: Company) -> Iterator[str]:
    yield from (company.tax_code, company.name, company.office.street)
    if company.vat_number is not None:
        yield company.vat_number
    yield from _of_person(company.representative)
    for line in company.mobile_lines:
        yield from (line.msisdn, line.msisdn.removeprefix("+"), line.msisdn.removeprefix("+39"))
        if line.sim is not None:
            yield line.sim.iccid
    for fixed in company.fixed_lines:
        yield from (fixed.id, f"+39{fixed.id}", fixed.location.street)
    for account in company.fixed_accounts:
        yield from (each for each in (account.direct_debit_iban, account.certified_email) if each)
    yield from (customer.contact_email for customer in company.fixed_customers if customer.contact_email)


def _of_user(user: User) -> Iterator[str]:
    yield from (user.username, user.subject)
    yield from _of_person(user.person)


def _of_person(person: Person) -> Iterator[str]:
    yield from (person.tax_code, person.email, person.mobile_number, f"{person.first_name} {person.last_name}")
    yield person.last_name

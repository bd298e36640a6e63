"""What one worker has changed every other one shows: whatever its caches held, it is what is read anew."""

from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys.acting import acting
from tests.security.strikes import Strike
from tests.security.test_bad_change import functions, good, sent

BILLING = "billing { paperless deliveryAddress { street town } directDebit { iban holder validFrom } }"
WHOLE = f"""{{
  viewer {{ person {{ email }} }}
  contacts {{ kind slots {{ from }} }}
  customer {{
    company {{ communicationsEmail registeredOffice {{ street }} }}
    contracts(first: 20) {{ nodes {{ number state {BILLING} services {{
      thresholds {{ kind limit {{ amount }} }} timDuo {{ lineNumber pairedNumber }} companyReference charitySms }} }} }}
    mobileLines(first: 100) {{ nodes {{
      number state sim {{ iccid blocked }} actions {{ name state }}
      premium {{ enabled active {{ code }} blackList }} }} }}
    fixedLines(first: 100) {{ nodes {{ number state tiAvviso ivr account {{ {BILLING} }} actions {{ name state }} }} }}
    orders(first: 100) {{ nodes {{ number kind state items {{ lineNumber }} }} }}
    requests(first: 100) {{ nodes {{ reference kind state }} }}
    invoices(first: 100) {{ nodes {{ number issuedOn state actions {{ name state }} }} }}
    offers(first: 100) {{ nodes {{ name actions {{ name state }} }} }}
    users(first: 100) {{ nodes {{ username email profile state }} }}
  }}
}}"""
UNSEEN = {
    *("membershipSwitch", "usersExport", "usersPasswordReset", "usersCredentialsSend", "documentLinkCreate"),
    *("personalCredentialsChange", "personalEmailChange", "supportMailSend", "chatOpen"),
    *("lineTopUp", "invoicesPay", "otherInvoicePay", "otherInvoicePaymentReport"),
    *("linesCeaseRevoke", "registeredOfficeChange"),
}
"""What shows nothing there, or is done later; a revocation and another office have nothing to begin with here."""
OTHERWISE = {"contractPaperlessSet": {"paperless": False}}
"""By mutation, what of its input must be another to change anything."""
SEEN = [each for each in functions() if each not in UNSEEN and not each.startswith("registration")]


def whole(opened: House) -> Any:
    answer = opened.ask("legal", WHOLE)
    assert (answer.status, answer.errors) == (200, [])
    return answer.data


@pytest.mark.redis
@pytest.mark.parametrize("mutation", SEEN)
def test_what_one_worker_has_changed_another_shows_at_once(sandbox: Sandbox, redis_url: str, mutation: str) -> None:
    shared = {"redis_url": redis_url, "state_redis_url": redis_url, "limit_cost": "999999"}
    with house(sandbox, **shared) as one, house(sandbox, **shared) as other:  # type: ignore[arg-type]  # settings
        before = whole(other)

        wanted = {**good(mutation, acting(sandbox.world, "legal")), **OTHERWISE.get(mutation, {})}
        told = sent(one, mutation, Strike(None, "", "", (), wanted), "it")

        assert told.json()["data"][mutation].get("status", "SUCCESS") != "REJECTED", told.text
        shown = whole(other)
    with house(sandbox, limit_cost="999999") as cold:
        assert shown == whole(cold)
    assert shown != before

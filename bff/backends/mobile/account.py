"""Settings of a billing account: TMF666 `PATCH /billingAccount/{id}`, as a merge patch of one attribute.

A value is set, so nothing is made by doing it twice: what became of it is read back and compared (spec, legacy.md,
'Request ids'). A patch replaces a list as a whole: `contact` then has the one contact that bills go to.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import changed
from bff.backends._message import Answer
from bff.backends._shape import reader
from bff.backends.mobile.company import BillingAccount, delivery_address
from bff.domain.address import Address, likeness
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told

_DONE, _ACCEPTED = Told(ChangeStatus.DONE), Told(ChangeStatus.ACCEPTED)

IsSet = Callable[[BillingAccount], bool]


class AccountSettings:
    """Sets them; `path` is that of the accounts."""

    def __init__(self, http: Http, path: str) -> None:
        self._http = http
        self._path = path
        self._where = Operation(http.system, f"PATCH /{path.rpartition('/')[2]}/{{id}}")
        self._read = reader(BillingAccount)

    async def set_paperless(self, account_key: str, *, paperless: bool) -> Told:
        """Set whether invoices come without paper. Raises BackendErrors; `undone` when it surely was not set."""
        medium = "email" if paperless else "paper"
        media = [{"id": medium, "name": medium, "isRef": True}]
        return await self._set(
            account_key,
            {"billStructure": {"presentationMedia": media}},
            lambda account: account.bill_structure is not None and account.bill_structure.paperless is paperless,
        )

    async def set_delivery(self, account_key: str, address: Address, now: datetime) -> Told:
        """Set where paper invoices go from now on. Raises as `set_paperless`."""
        place = {
            "street1": address.street,
            "city": address.town,
            "postCode": address.postcode,
            "stateOrProvince": address.province,
            "country": "IT",
        }
        contact = {
            "contactType": "billing",
            "contactMedium": [{"mediumType": "postalAddress", "characteristic": place}],
            "validFor": {"startDateTime": now.isoformat(timespec="seconds")},
        }
        return await self._set(account_key, {"contact": [contact]}, lambda account: _goes_to(account, address))

    async def set_payment(self, account_key: str, payment_key: str) -> Told:
        """Set by which payment method it is paid. Raises as `set_paperless`."""
        return await self._set(
            account_key,
            {"defaultPaymentMethod": {"id": payment_key, "@referredType": "PaymentMethod"}},
            lambda account: (
                account.default_payment_method is not None and account.default_payment_method.id == payment_key
            ),
        )

    async def _set(self, account_key: str, patch: Mapping[str, Any], is_set: IsSet) -> Told:
        return await self._http.send(
            self._where.name,
            "PATCH",
            f"{self._path}/{quote(account_key, safe='')}",
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode(patch),
            read=lambda answer: self._answered(answer, account_key, is_set),
            keys=1,
        )

    def _answered(self, answer: Answer, account_key: str, is_set: IsSet) -> Told:
        """Take an answer that shows the value for done; one that does not show it is accepted."""
        try:
            account: BillingAccount = changed(self._where, answer, self._read)
            if account.id != account_key:
                raise self._where.garbled("another account's answer")
            return _DONE if is_set(account) else _ACCEPTED
        except Unreadable:
            return _ACCEPTED


def _goes_to(account: BillingAccount, address: Address) -> bool:
    shown = delivery_address(account)
    return shown is not None and likeness(shown) == likeness(address)

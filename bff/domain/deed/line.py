"""Deeds on lines: ceasing them, and calling that off; reports of nuisance calls; a relocation."""

from collections.abc import Mapping

import msgspec


class MobileCease(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="mobile-cease", tag_field="deed"):
    """To cease mobile lines of a customer."""

    line_keys: tuple[str, ...]
    customer_key: str
    person_key: str


class MobileCeaseRevoke(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="mobile-cease-revoke", tag_field="deed"
):
    """To call the orders off by which mobile lines are being ceased, by line."""

    orders: Mapping[str, str]


class FixedCease(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-cease", tag_field="deed"):
    """To cease fixed lines; or, with `revoke`, to call that off."""

    line_keys: tuple[str, ...]
    person_key: str
    revoke: bool


class FixedLineRequest(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-line-request", tag_field="deed"):
    """To ask for something of a fixed line that becomes a request: a relocation, a report of nuisance calls."""

    line_key: str
    person_key: str

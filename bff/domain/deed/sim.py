"""Deeds on SIMs."""

import msgspec


class SimOrder(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="sim-order", tag_field="deed"):
    """To block the SIM of a line, or to release it; `reason` is the schema's word, None where none is told."""

    line_key: str
    customer_key: str
    person_key: str
    block: bool
    reason: str | None = None


class SimChange(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="sim-change", tag_field="deed"):
    """To give a line another SIM."""

    line_key: str
    customer_key: str
    person_key: str

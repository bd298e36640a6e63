"""Deeds on services of contracts and lines."""

import msgspec

from bff.domain.service import FixedService, ServiceKind


class ServiceOrder(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="service-order", tag_field="deed"):
    """To change a service of a contract or of a line; what it is to become stands beside it, and is not kept."""

    kind: ServiceKind
    subject_key: str
    customer_key: str
    person_key: str


class FixedServiceSet(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-service", tag_field="deed"):
    """To turn a service of a fixed line on or off; the number for its messages stands beside it, and is not kept."""

    service: FixedService
    line_key: str
    person_key: str
    active: bool

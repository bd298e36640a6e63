"""Deeds on offers."""

import msgspec


class OfferOrder(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="offer-order", tag_field="deed"):
    """To buy an offer of a campaign: for some lines, or without any for the whole customer."""

    campaign_key: str
    offering_key: str
    line_keys: tuple[str, ...]
    customer_key: str
    person_key: str

"""The home page: who is greeted, what is noticed, where links and boxes lead."""

from datetime import datetime

import msgspec

from bff.domain.engagement import AlertSeverity
from bff.domain.offer import Offer
from bff.domain.period import ROME
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.url import Url
from bff.errors import BackendMaintenance, BffError


class Dashboard(msgspec.Struct, frozen=True, gc=False):
    """The home page of a customer, known by their tax code; each block is read when it is asked for."""

    tax_code: str


class Greeting(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who is greeted; tax codes in clear."""

    first_name: str
    last_name: str
    profile: Profile
    tax_code: str | None
    company_tax_code: str


class Alert(msgspec.Struct, frozen=True, gc=False):
    """A notice on top of the page, in the operation's language."""

    severity: AlertSeverity
    message: str


class Shortcut(msgspec.Struct, frozen=True, gc=False):
    """A short link, its text in the operation's language."""

    label: str
    url: Url


class PushedBox(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A box pushed to the customer, in the operation's language; `ends_at` is None when no end is planned.

    `offer` is the one that it leads to, None when it leads elsewhere.
    """

    title: str
    text: str | None
    media_url: Url | None
    url: Url
    ends_at: datetime | None
    offer: Offer | None = None


_NETWORKS = {System.MOBILE: ("mobile", "mobile"), System.FIXED: ("fissa", "fixed")}


def trouble(system: System, error: BffError | None, language: str) -> Alert:
    """Say that a network's data are missing and until when, or with no error that they are older copies."""
    italian, english = _NETWORKS[system]
    if error is None:
        texts = (
            f"I dati della rete {italian} potrebbero non essere aggiornati.",
            f"Data of the {english} network may be out of date.",
        )
    elif isinstance(error, BackendMaintenance):
        at = error.available_from and f"{error.available_from.astimezone(ROME):%d/%m/%Y %H:%M}"
        fino_al, until = (f" fino al {at}", f" until {at}") if at else ("", "")
        texts = (
            f"La rete {italian} è in manutenzione{fino_al}: alcuni dati non sono disponibili.",
            f"The {english} network is under maintenance{until}: some data are missing.",
        )
    else:
        texts = (
            f"Alcuni dati della rete {italian} non sono al momento disponibili.",
            f"Some data of the {english} network are not available at the moment.",
        )
    severity = AlertSeverity.INFO if error is None else AlertSeverity.WARNING
    return Alert(severity, texts[language == "en"])

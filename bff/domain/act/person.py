"""What the signed-in person can do about themselves, and where they turn for help."""

from bff.domain.act._judge import Act, Facts, Hindrance, state
from bff.domain.action import ActionReason
from bff.domain.contact import ContactKind
from bff.domain.customer import Viewer
from bff.domain.system import System
from bff.domain.text import Text

_UNANSWERED = Text("In questo momento nessuno risponde.", "Nobody answers at the moment.")
_ONE_COMPANY = state("Operi per una sola azienda.", "You act for one company only.", hidden=True)


def _has_others(viewer: Viewer, _facts: Facts) -> Hindrance | None:
    return None if any(not each.active for each in viewer.memberships) else _ONE_COMPANY


def _is_answered(_viewer: Viewer, facts: Facts) -> Hindrance | None:
    closure = facts.unanswered(ContactKind.CHAT)
    return None if closure is None else Hindrance(ActionReason.SYSTEM_UNAVAILABLE, _UNANSWERED, closure.until)


ACTS = (
    Act(name="membershipSwitch", function="viewer.switch", concerns=Viewer, check=_has_others),
    Act(name="personalEmailChange", function="personal.email", concerns=Viewer, system=System.DIRECTORY),
    Act(name="personalCredentialsChange", function="personal.credentials", concerns=Viewer, system=System.IDENTITY),
    Act(name="callBackBook", function="support.call", concerns=Viewer, system=System.MOBILE),
    Act(name="supportMailSend", function="support.mail", concerns=Viewer, system=System.MAIL),
    Act(name="chatOpen", function="support.chat", concerns=Viewer, check=_is_answered),
)

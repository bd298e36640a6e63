"""Registration: what each of its steps checks, does and answers.

Nobody is signed in, so nothing that comes back tells what exists: whoever asks gets the same answer after the same
calls, and only a letter to the address that they gave says whether it goes on. Why so: docs/adr/0023-registration.md.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, Protocol

from bff.acts import Refused
from bff.auth.registration import Expired, Held
from bff.content.message import sms
from bff.context import Context
from bff.domain import given
from bff.domain.change import ChangeStatus
from bff.domain.error_code import ErrorCode
from bff.domain.message import SmsKind
from bff.domain.registration import Registered, RegistrationStep
from bff.domain.text import Text
from bff.errors import BackendError
from bff.observability import REQUEST, logger
from bff.resolvers.acting import refuse

_CODE: Final = re.compile(r"\d{6}", re.ASCII)

_EXPIRED: Final = Text(
    "La registrazione non è più valida: ricomincia.", "The registration is no longer good: start again."
)
_NUMBER: Final = Text("Indica un numero di cellulare italiano.", "Give an Italian mobile number.")
_CODE_FORM: Final = Text("Il codice ha 6 cifre.", "The code has 6 digits.")
_CODE_WRONG: Final = Text(
    "Il codice non è giusto o non vale più: controllalo o chiedine un altro.",
    "The code is wrong or no longer good: check it or ask for another.",
)

_log = logger(__name__)


class StartWanted(Protocol):
    """A number to begin with."""

    @property
    def mobile_number(self) -> str:
        """As it was typed."""


class StepWanted(Protocol):
    """A step of a registration."""

    @property
    def registration_token(self) -> str:
        """Given by the step before."""


class VerifyWanted(StepWanted, Protocol):
    """The code that was received."""

    @property
    def code(self) -> str:
        """6 digits."""


class _Step(NamedTuple):
    """A step that goes well: of which registration, whose token comes back, and what comes next."""

    held: Held
    token_of: RegistrationStep
    next_step: RegistrationStep
    status: ChangeStatus = ChangeStatus.DONE


async def start(context: Context, wanted: StartWanted) -> Registered:
    """Begin a registration: send a code to a number."""

    async def do() -> _Step:
        number = given.mobile_number(wanted.mobile_number)
        if number is None:
            refuse(context, ErrorCode.INVALID, _NUMBER, "mobileNumber")
        registrations, limits = context.registrations, context.registrations.limits
        await registrations.count("sends", number, limits.sends, limits.sends_window_s)
        held, code = await registrations.begin(number)
        status = ChangeStatus.DONE
        try:
            await context.backends.mobile.send_sms(number, sms(SmsKind.REGISTRATION_CODE, context.language, code=code))
        except BackendError as error:
            if error.undone:
                raise
            status = ChangeStatus.UNKNOWN  # it may be on its way
        return _Step(held, RegistrationStep.VERIFY, RegistrationStep.VERIFY, status)

    return await _answered(context, "start", do)


async def verify(context: Context, wanted: VerifyWanted) -> Registered:
    """Confirm a number by the code that was sent to it."""

    async def do() -> _Step:
        registrations, code = context.registrations, wanted.code.strip()
        if not _CODE.fullmatch(code):
            refuse(context, ErrorCode.INVALID, _CODE_FORM, "code")
        held = await _opened(context, wanted, RegistrationStep.VERIFY)
        if not registrations.was_passed(held, {"code": code}):
            held, is_right = await registrations.check(held, code)
            if not is_right:
                _note(context, "verify", held, ErrorCode.CODE_WRONG.value)
                refuse(context, ErrorCode.CODE_WRONG, _CODE_WRONG, "code")
            held = await registrations.passed(
                held, RegistrationStep.PERSON, registrations.limits.step_life_s, {"code": code}
            )
        return _Step(held, RegistrationStep.PERSON, RegistrationStep.PERSON)

    return await _answered(context, "verify", do)


async def _opened(context: Context, wanted: StepWanted, step: RegistrationStep) -> Held:
    """Open the registration of a token. Raises Refused."""
    try:
        return await context.registrations.open(wanted.registration_token, step)
    except Expired:
        refuse(context, ErrorCode.EXPIRED, _EXPIRED, "registrationToken")


async def _answered(context: Context, name: str, do: Callable[[], Awaitable[_Step]]) -> Registered:
    """Do a step and show the registration after it, or what the person can put right."""
    request = REQUEST.get(None)
    await context.registrations.count_address(None if request is None else request.address)
    try:
        step = await do()
    except Refused as refused:
        return Registered(status=ChangeStatus.REJECTED, user_errors=refused.errors)
    _note(context, name, step.held, step.status.value)
    shown = context.registrations.shown(step.held, step.token_of, step.next_step)
    return Registered(status=step.status, registration=shown)


def _note(context: Context, step: str, held: Held, outcome: str) -> None:
    """Leave a line in the audit log: ids only."""
    request = REQUEST.get(None)
    _log.info(
        "registration",
        audit=True,
        step=step,
        registration=held.mark,
        outcome=outcome,
        address=None if request is None else request.address,
        client=None if request is None else request.client_name,
        language=context.language,
    )

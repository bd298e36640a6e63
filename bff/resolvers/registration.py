"""Registration: what each of its steps checks, does and answers.

Nobody is signed in, so nothing that comes back tells what exists: whoever asks gets the same answer after the same
calls, and only a letter to the address that they gave says whether it goes on. Why so: docs/adr/0027-registration.md.
"""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from bff.acts import Refused, Wish
from bff.auth.registration import DAY_S, Expired, Held
from bff.backends import AccountPage
from bff.content.message import letter, sms
from bff.context import Context
from bff.domain import given
from bff.domain.action import ActionReason
from bff.domain.change import ChangeStatus
from bff.domain.deed import Judged
from bff.domain.deed.registration import PersonRegistered, Registrant
from bff.domain.error_code import ErrorCode
from bff.domain.link import ExternalLink
from bff.domain.message import LetterKind, SmsKind
from bff.domain.registration import (
    Applicant,
    Recognised,
    Registered,
    RegistrationStep,
    company_meant,
    recognised,
)
from bff.domain.text import Text
from bff.errors import BackendError, BackendRejected, BffError
from bff.observability import REQUEST, logger
from bff.resolvers import registration_given
from bff.resolvers.acting import refuse

_CODE: Final = re.compile(r"\d{6}", re.ASCII)
_PAGE: Final = "/registration"
_DONE_LIFE_S: Final = 600

_EXPIRED: Final = Text(
    "La registrazione non è più valida: ricomincia.", "The registration is no longer good: start again."
)
_NUMBER: Final = Text("Indica un numero di cellulare italiano.", "Give an Italian mobile number.")
_CODE_FORM: Final = Text("Il codice ha 6 cifre.", "The code has 6 digits.")
_EMAIL_REFUSED: Final = Text("A questo indirizzo non si può scrivere.", "This address can't be written to.")
_NOT_ELIGIBLE: Final = Text("La registrazione non può essere completata.", "The registration can't be completed.")
_TAKEN: Final = Text(
    "Il nome utente non è più disponibile: ricomincia con un altro.",
    "The username is no longer available: start again with another.",
)
_CODE_WRONG: Final = Text(
    "Il codice non è giusto o non vale più: controllalo o chiedine un altro.",
    "The code is wrong or no longer good: check it or ask for another.",
)

_log = logger(__name__)


class _Step(NamedTuple):
    """A step that goes well: of which registration, whose token comes back, and what comes next."""

    held: Held
    token_of: RegistrationStep
    next_step: RegistrationStep
    status: ChangeStatus = ChangeStatus.DONE


async def start(context: Context, wanted: registration_given.StartWanted) -> Registered:
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


async def verify(context: Context, wanted: registration_given.VerifyWanted) -> Registered:
    """Confirm a number by the code that was sent to it."""

    async def do() -> _Step:
        registrations, code = context.registrations, wanted.code.strip()
        if not _CODE.fullmatch(code):
            refuse(context, ErrorCode.INVALID, _CODE_FORM, "code")
        held = await _opened(context, wanted, RegistrationStep.VERIFY)
        if not registrations.was_passed(held, {"code": code}):
            held, is_right = await registrations.check(held, code)
            if not is_right:
                _note(context, "code", held, ErrorCode.CODE_WRONG.value)
                refuse(context, ErrorCode.CODE_WRONG, _CODE_WRONG, "code")
            held = await registrations.passed(
                held, RegistrationStep.PERSON, registrations.limits.step_life_s, {"code": code}
            )
        return _Step(held, RegistrationStep.PERSON, RegistrationStep.PERSON)

    return await _answered(context, "verify", do)


async def person(context: Context, wanted: registration_given.PersonWanted) -> Registered:
    """Take who registers, and for which company; who they are to us is found out, and not told."""

    async def do() -> _Step:
        applicant = registration_given.applicant(context, wanted)
        held = await _opened(context, wanted, RegistrationStep.PERSON)
        told, registrations = msgspec.to_builtins(applicant), context.registrations
        if not registrations.was_passed(held, told):
            await registrations.count("people", held.kept.number, registrations.limits.checks_a_day, DAY_S)
            found = await _recognised(context, applicant)
            held = await registrations.passed(
                held,
                RegistrationStep.ACCOUNT,
                registrations.limits.step_life_s,
                told,
                applicant=applicant,
                recognised=found,
            )
        return _Step(held, RegistrationStep.ACCOUNT, RegistrationStep.ACCOUNT)

    return await _answered(context, "person", do)


async def account(context: Context, wanted: registration_given.AccountWanted) -> Registered:
    """Take the account wanted, and send a letter: with a link to who may go on, without one to all others.

    Asked for again with the same input it sends nothing for a short time, and then another letter.
    """

    async def do() -> _Step:
        email, username = registration_given.account(context, wanted)
        held = await _opened(context, wanted, RegistrationStep.ACCOUNT)
        if RegistrationStep.COMPLETE in held.kept.given:
            refuse(context, ErrorCode.EXPIRED, _EXPIRED, "registrationToken")
        told, registrations, limits = [email, username], context.registrations, context.registrations.limits
        status = ChangeStatus.DONE
        if not registrations.was_sent(held, {"account": told}):
            for what, of in (("letters to", email.casefold()), ("letters by", held.kept.number)):
                await registrations.count(what, of, limits.sends, limits.sends_window_s)
            expected = None if held.kept.recognised is None else held.kept.recognised.expected
            own = None if expected is None else expected.user_key
            is_taken = await context.backends.directory.applicants.has_username(username, but=own)
            found = None if is_taken else held.kept.recognised
            held = await registrations.passed(
                held,
                RegistrationStep.COMPLETE,
                limits.link_life_s,
                {"account": told},
                bound=f"{email} {username}",
                email=email,
                username=username,
                is_open=found is not None,
            )
            status = await _written(context, held)
            held = await registrations.sent(held)
        return _Step(held, RegistrationStep.ACCOUNT, RegistrationStep.COMPLETE, status)

    return await _answered(context, "account", do)


async def complete(context: Context, wanted: registration_given.CompleteWanted) -> Registered:
    """Let who came by the link come in, and give the provider's page where the password is set.

    Sent again with the same answers it gives the page again, for a few minutes.
    """
    came: list[Held] = []

    async def do() -> _Step:
        answers = registration_given.answers(context, wanted.consents)
        held = await _opened(context, wanted, RegistrationStep.COMPLETE)
        registrations = context.registrations
        if registrations.was_passed(held, answers):
            if not registrations.is_good(held, RegistrationStep.DONE):
                refuse(context, ErrorCode.EXPIRED, _EXPIRED, "registrationToken")
        else:
            told = await _come_in(context, held, answers)
            if told is ChangeStatus.UNKNOWN:
                return _Step(held, RegistrationStep.COMPLETE, RegistrationStep.COMPLETE, told)
            held = await registrations.passed(held, RegistrationStep.DONE, _DONE_LIFE_S, answers)
            _note(context, "consents", held, ",".join(code for code, is_given in answers.items() if is_given))
            await _welcomed(context, held)
        came.append(held)
        return _Step(held, RegistrationStep.COMPLETE, RegistrationStep.DONE)

    answered = await _answered(context, "complete", do)
    if not came:
        return answered
    return msgspec.structs.replace(answered, link=await _password_page(context, came[0]))


async def _come_in(context: Context, held: Held, answers: Mapping[str, bool]) -> ChangeStatus:
    """Write who comes in to the directory, once. Raises Refused, BffError."""
    kept = held.kept
    if not (kept.is_open and kept.applicant is not None and kept.recognised is not None):
        refuse(context, ErrorCode.EXPIRED, _EXPIRED, "registrationToken")
    applicant, company = kept.applicant, kept.recognised.company_tax_code
    known_as = _known_as(kept.recognised)

    async def prepare() -> Judged:
        found = await _recognised(context, applicant)
        # Whom somebody has let into the directory meanwhile has another subject than the one given out here.
        if found is None or found.company_tax_code != company or _known_as(found) != known_as:
            refuse(context, ErrorCode.NOT_ELIGIBLE, _NOT_ELIGIBLE)
        expected = found.expected
        deed = PersonRegistered(
            profile=found.profile,
            subject=_subject(held),
            on_mobile=found.on_mobile,
            user_key=None if expected is None else expected.user_key,
            membership_key=None if expected is None else expected.membership_key,
        )
        version = None if expected is None else expected.version
        return Judged(
            deed,
            Registrant(
                company_tax_code=company,
                first_name=applicant.first_name,
                last_name=applicant.last_name,
                tax_code=applicant.tax_code,
                mobile_number=kept.number,
                email=kept.email,
                username=kept.username,
                version=version,
            ),
        )

    key = context.registrations.token(held, RegistrationStep.COMPLETE)
    told = await context.acts.perform(Wish("registrationComplete", key, held.mark, company, dict(answers)), prepare)
    if told.status is ChangeStatus.REJECTED:
        why = _TAKEN if told.why is ErrorCode.TAKEN else _NOT_ELIGIBLE
        refuse(context, told.why or ErrorCode.NOT_ELIGIBLE, why)
    return told.status


def _known_as(found: Recognised) -> tuple[str, str | None] | None:
    """Tell who somebody is in the directory; None for whom it does not know."""
    return None if found.expected is None else (found.expected.user_key, found.expected.subject)


def _subject(held: Held) -> str:
    """Give the subject that somebody's tokens have: the one that the directory has, else one of this registration."""
    expected = None if held.kept.recognised is None else held.kept.recognised.expected
    if expected is not None and expected.subject is not None:
        return expected.subject
    return str(uuid.UUID(bytes=held.id, version=4))


async def _welcomed(context: Context, held: Held) -> None:
    """Send the letter that sums up; who does not get it has come in all the same."""
    kept, applicant = held.kept, held.kept.applicant
    name = "" if applicant is None else applicant.first_name
    written = letter(LetterKind.REGISTRATION_DONE, context.language, kept.email, name=name, username=kept.username)
    try:
        await context.backends.mail.send(written)
    except BackendError as error:
        _log.warning("letter_not_sent", registration=held.mark, detail=str(error))


async def _password_page(context: Context, held: Held) -> ExternalLink:
    """Give the page where the password is set, or why not when it can't be had: the same step gives it later."""
    subject, username = _subject(held), held.kept.username
    try:
        url = await context.backends.identity.account_link(subject, AccountPage.PASSWORD, username=username)
    except BackendError:
        return ExternalLink(None, ActionReason.SYSTEM_UNAVAILABLE)
    return ExternalLink(url)


async def _written(context: Context, held: Held) -> ChangeStatus:
    """Send the letter that says whether it goes on. Raises Refused, BackendError."""
    kept, applicant = held.kept, held.kept.applicant
    name = "" if applicant is None else applicant.first_name
    token = context.registrations.token(held, RegistrationStep.COMPLETE, f"{kept.email} {kept.username}")
    kind = LetterKind.REGISTRATION_LINK if kept.is_open else LetterKind.REGISTRATION_REFUSED
    link = f"{context.area.url}{_PAGE}?token={token}"
    try:
        await context.backends.mail.send(letter(kind, context.language, kept.email, name=name, link=link))
    except BackendRejected:
        refuse(context, ErrorCode.INVALID, _EMAIL_REFUSED, "email")
    except BackendError as error:
        if error.undone:
            raise
        return ChangeStatus.UNKNOWN  # it may be on its way
    return ChangeStatus.DONE


async def _recognised(context: Context, applicant: Applicant) -> Recognised | None:
    """Find out who somebody is to us, by the same calls whatever is found. Raises BackendError."""
    backends = context.backends
    memberships = await backends.directory.applicants.memberships(applicant.tax_code)
    company = company_meant(applicant, memberships)
    mobile, fixed = await asyncio.gather(
        backends.mobile.relation(company), backends.fixed.relations(company), return_exceptions=True
    )
    for each in (mobile, fixed):
        if isinstance(each, BaseException):
            raise each
    assert not isinstance(mobile, BaseException)  # noqa: S101 - raised above
    assert not isinstance(fixed, BaseException)  # noqa: S101
    return recognised(applicant, company, memberships, mobile, fixed, context.today)


async def _opened(context: Context, wanted: registration_given.StepWanted, step: RegistrationStep) -> Held:
    """Open the registration of a token. Raises Refused."""
    try:
        return await context.registrations.open(wanted.registration_token, step)
    except Expired:
        refuse(context, ErrorCode.EXPIRED, _EXPIRED, "registrationToken")


async def _answered(context: Context, name: str, do: Callable[[], Awaitable[_Step]]) -> Registered:
    """Do a step and show the registration after it, or what the person can put right."""
    request = REQUEST.get(None)
    try:
        await context.registrations.count_address(None if request is None else request.address)
        step = await do()
    except Refused as refused:
        _note(context, name, None, str(refused))
        return Registered(status=ChangeStatus.REJECTED, user_errors=refused.errors)
    except BffError as error:
        _note(context, name, None, error.code)
        raise
    _note(context, name, step.held, step.status.value)
    shown = context.registrations.shown(step.held, step.token_of, step.next_step)
    return Registered(status=step.status, registration=shown)


def _note(context: Context, step: str, held: Held | None, outcome: str) -> None:
    """Leave a line in the audit log: ids only, of what was refused too."""
    request = REQUEST.get(None)
    _log.info(
        "registration",
        audit=True,
        step=step,
        registration=None if held is None else held.mark,
        outcome=outcome,
        address=None if request is None else request.address,
        client=None if request is None else request.client_name,
        language=context.language,
    )

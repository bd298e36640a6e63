"""The changes: a row for each."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from bff.context import Context
from bff.resolvers import (
    call_back,
    cease,
    chat,
    company_change,
    contract_service,
    credentials,
    delivery_address,
    direct_debit,
    document,
    fixed_service,
    invoice_merge,
    membership,
    nuisance,
    paperless,
    payment,
    payment_report,
    personal_email,
    premium_service,
    purchase,
    registration,
    relocation,
    sim,
    sim_change,
    support_mail,
    user_change,
    user_export,
)
from bff.schema import service_change as service
from bff.schema._batch import Call, root
from bff.schema.assistance import (
    CallBackBookInput,
    CallBackBookPayload,
    ChatOpenInput,
    ChatOpenPayload,
    SupportMailSendInput,
    SupportMailSendPayload,
)
from bff.schema.cease import LinesCeaseInput, LinesCeasePayload, LinesCeaseRevokeInput, LinesCeaseRevokePayload
from bff.schema.company_change import (
    CommunicationsEmailChangeInput,
    CommunicationsEmailChangePayload,
    RegisteredOfficeChangeInput,
    RegisteredOfficeChangePayload,
)
from bff.schema.credentials import PersonalCredentialsChangeInput, PersonalCredentialsChangePayload
from bff.schema.delivery_address import (
    ContractDeliveryAddressChangeInput,
    ContractDeliveryAddressChangePayload,
    FixedLineDeliveryAddressChangeInput,
    FixedLineDeliveryAddressChangePayload,
)
from bff.schema.direct_debit import (
    ContractDirectDebitSetInput,
    ContractDirectDebitSetPayload,
    FixedLineDirectDebitSetInput,
    FixedLineDirectDebitSetPayload,
)
from bff.schema.document import DocumentLinkCreateInput, DocumentLinkCreatePayload
from bff.schema.fixed_service import IvrSetInput, IvrSetPayload, TiAvvisoSetInput, TiAvvisoSetPayload
from bff.schema.invoice_merge import InvoicesMergeInput, InvoicesMergePayload
from bff.schema.line_change import (
    FixedLineRelocateInput,
    FixedLineRelocatePayload,
    FixedNuisanceReportInput,
    FixedNuisanceReportPayload,
    MobileNuisanceReportInput,
    MobileNuisanceReportPayload,
)
from bff.schema.membership import MembershipSwitchInput, MembershipSwitchPayload
from bff.schema.offer import OfferBuyInput, OfferBuyPayload
from bff.schema.paperless import (
    ContractPaperlessSetInput,
    ContractPaperlessSetPayload,
    FixedLinePaperlessSetInput,
    FixedLinePaperlessSetPayload,
)
from bff.schema.payment import (
    InvoicesPayInput,
    InvoicesPayPayload,
    LineTopUpInput,
    LineTopUpPayload,
    OtherInvoicePayInput,
    OtherInvoicePayPayload,
)
from bff.schema.payment_report import (
    InvoicePaymentReportInput,
    InvoicePaymentReportPayload,
    OtherInvoicePaymentReportInput,
    OtherInvoicePaymentReportPayload,
)
from bff.schema.personal_email import PersonalEmailChangeInput, PersonalEmailChangePayload
from bff.schema.registration import (
    RegistrationAccountInput,
    RegistrationAccountPayload,
    RegistrationCompleteInput,
    RegistrationCompletePayload,
    RegistrationPersonInput,
    RegistrationPersonPayload,
    RegistrationStartInput,
    RegistrationStartPayload,
    RegistrationVerifyInput,
    RegistrationVerifyPayload,
)
from bff.schema.sim import (
    SimBlockInput,
    SimBlockPayload,
    SimChangeInput,
    SimChangePayload,
    SimUnblockInput,
    SimUnblockPayload,
)
from bff.schema.user import UsersExportInput, UsersExportPayload
from bff.schema.user_change import (
    UserCreateInput,
    UserCreatePayload,
    UsersCredentialsSendInput,
    UsersCredentialsSendPayload,
    UsersDeactivateInput,
    UsersDeactivatePayload,
    UsersDeleteInput,
    UsersDeletePayload,
    UsersPasswordResetInput,
    UsersPasswordResetPayload,
    UsersProfileChangeInput,
    UsersProfileChangePayload,
    UsersRegisterInput,
    UsersRegisterPayload,
)

_INPUT: Any = strawberry.argument(description="What to do.")


def _change(
    description: str,
    wanted: type,
    payload: type,
    do: Callable[[Context, Any], Awaitable[object]],
    *,
    rule: str | tuple[str, ...],
    step_up: bool = False,
    open_: bool = False,
) -> Any:
    """Declare a change by a function `(context, input) -> record of the payload`.

    Args:
        description: of the field.
        wanted: the type of its one argument, `input`.
        payload: the type of its answer.
        do: does it.
        rule: the function of the profile matrix that guards it; several guard it together.
        step_up: whether it asks for a fresh sign-in.
        open_: whether it is open while no membership is active.
    """

    async def field(call: Call, *, input: object) -> object:  # noqa: A002 - the field's word
        return await do(call.context, input)

    field.__doc__ = description
    field.__annotations__["input"] = Annotated[wanted, _INPUT]
    return root(payload | None, rule=rule, step_up=step_up, open_=open_)(field)


@strawberry.type(description="Changes. What only mints a link takes no idempotency key.")
class Mutation:
    """The roots; each names the function of the matrix that guards it."""

    registration_start = _change(
        "Sends a code by SMS.",
        RegistrationStartInput,
        RegistrationStartPayload,
        registration.start,
        rule="registration.start",
    )
    registration_verify = _change(
        "Confirms the code.",
        RegistrationVerifyInput,
        RegistrationVerifyPayload,
        registration.verify,
        rule="registration.verify",
    )
    registration_person = _change(
        "Gives personal data and company; eligibility and profile are decided.",
        RegistrationPersonInput,
        RegistrationPersonPayload,
        registration.person,
        rule="registration.person",
    )
    registration_account = _change(
        "Chooses e-mail and username; the certification link is sent.",
        RegistrationAccountInput,
        RegistrationAccountPayload,
        registration.account,
        rule="registration.account",
    )
    registration_complete = _change(
        "Gives the consents, behind the certification link; answers with the page where the password is set; a summary "
        "e-mail is sent.",
        RegistrationCompleteInput,
        RegistrationCompletePayload,
        registration.complete,
        rule="registration.complete",
    )
    membership_switch = _change(
        "Acts for another of my companies from now on, in this client; X-Membership goes before it.",
        MembershipSwitchInput,
        MembershipSwitchPayload,
        membership.switch,
        rule="viewer.switch",
        open_=True,
    )
    user_create = _change(
        "Creates a user.",
        UserCreateInput,
        UserCreatePayload,
        user_change.create,
        rule="users.create",
        step_up=True,
    )
    users_register = _change(
        "Registers users who are to be registered.",
        UsersRegisterInput,
        UsersRegisterPayload,
        user_change.register,
        rule="users.register",
        step_up=True,
    )
    users_profile_change = _change(
        "Changes profiles, up or down; never a legal representative's.",
        UsersProfileChangeInput,
        UsersProfileChangePayload,
        user_change.change_profile,
        rule="users.profile",
        step_up=True,
    )
    users_password_reset = _change(
        "Resets passwords.",
        UsersPasswordResetInput,
        UsersPasswordResetPayload,
        user_change.reset_password,
        rule="users.password",
        step_up=True,
    )
    users_credentials_send = _change(
        "Sends credentials, first time or again.",
        UsersCredentialsSendInput,
        UsersCredentialsSendPayload,
        user_change.send_credentials,
        rule="users.credentials",
        step_up=True,
    )
    users_deactivate = _change(
        "Deactivates users.",
        UsersDeactivateInput,
        UsersDeactivatePayload,
        user_change.deactivate,
        rule="users.deactivate",
        step_up=True,
    )
    users_delete = _change(
        "Deletes users.",
        UsersDeleteInput,
        UsersDeletePayload,
        user_change.delete,
        rule="users.delete",
        step_up=True,
    )
    users_export = _change(
        "Makes a spreadsheet of the users and gives a link to it.",
        UsersExportInput,
        UsersExportPayload,
        user_export.mint,
        rule="users.export",
        step_up=True,
    )
    sim_change = _change(
        "Changes the SIM of a mobile line; becomes an order.",
        SimChangeInput,
        SimChangePayload,
        sim_change.change,
        rule="mobile.sim.change",
        step_up=True,
    )
    sim_block = _change("Blocks a SIM.", SimBlockInput, SimBlockPayload, sim.block, rule="mobile.sim.block")
    sim_unblock = _change(
        "Releases a blocked SIM.", SimUnblockInput, SimUnblockPayload, sim.unblock, rule="mobile.sim.block"
    )
    contract_direct_debit_set = _change(
        "Sets or ends the direct debit of a mobile contract.",
        ContractDirectDebitSetInput,
        ContractDirectDebitSetPayload,
        direct_debit.of_contract,
        rule="contract.debit",
        step_up=True,
    )
    mobile_nuisance_report = _change(
        "Reports nuisance calls on a mobile line.",
        MobileNuisanceReportInput,
        MobileNuisanceReportPayload,
        nuisance.mobile,
        rule="mobile.nuisance",
    )
    fixed_nuisance_report = _change(
        "Reports nuisance calls on a fixed line.",
        FixedNuisanceReportInput,
        FixedNuisanceReportPayload,
        nuisance.fixed,
        rule="fixed.nuisance",
    )
    fixed_line_relocate = _change(
        "Relocates a fixed line; cancels its account's direct debit.",
        FixedLineRelocateInput,
        FixedLineRelocatePayload,
        relocation.relocate,
        rule="fixed.relocate",
    )
    lines_cease = _change(
        "Ceases lines, mobile and fixed.",
        LinesCeaseInput,
        LinesCeasePayload,
        cease.cease,
        rule=("mobile.cease", "fixed.cease"),
        step_up=True,
    )
    lines_cease_revoke = _change(
        "Revokes cessations.",
        LinesCeaseRevokeInput,
        LinesCeaseRevokePayload,
        cease.revoke,
        rule=("mobile.cease", "fixed.cease"),
        step_up=True,
    )
    contract_paperless_set = _change(
        "Turns the paperless invoice of a mobile contract on or off.",
        ContractPaperlessSetInput,
        ContractPaperlessSetPayload,
        paperless.of_contract,
        rule="contract.paperless",
    )
    contract_delivery_address_change = _change(
        "Changes the invoice delivery address of a mobile contract.",
        ContractDeliveryAddressChangeInput,
        ContractDeliveryAddressChangePayload,
        delivery_address.of_contract,
        rule="contract.delivery",
    )
    fixed_line_direct_debit_set = _change(
        "Sets or ends the direct debit of a fixed line's account; takes up to 30 days.",
        FixedLineDirectDebitSetInput,
        FixedLineDirectDebitSetPayload,
        direct_debit.of_fixed_line,
        rule="fixed.debit",
        step_up=True,
    )
    fixed_line_paperless_set = _change(
        "Turns the paperless invoice of a fixed line's account on or off.",
        FixedLinePaperlessSetInput,
        FixedLinePaperlessSetPayload,
        paperless.of_fixed_line,
        rule="fixed.paperless",
    )
    fixed_line_delivery_address_change = _change(
        "Changes the invoice delivery address of a fixed line's account.",
        FixedLineDeliveryAddressChangeInput,
        FixedLineDeliveryAddressChangePayload,
        delivery_address.of_fixed_line,
        rule="fixed.delivery",
    )
    ti_avviso_set = _change(
        "Turns TiAvviso on or off.",
        TiAvvisoSetInput,
        TiAvvisoSetPayload,
        fixed_service.ti_avviso,
        rule="fixed.tiavviso",
    )
    ivr_set = _change("Turns IVR on or off.", IvrSetInput, IvrSetPayload, fixed_service.ivr, rule="fixed.tiavviso")
    spending_thresholds_set = _change(
        "Sets the spending thresholds of a mobile contract.",
        service.SpendingThresholdsSetInput,
        service.SpendingThresholdsSetPayload,
        contract_service.thresholds,
        rule="services.thresholds",
    )
    tim_duo_set = _change(
        "Sets the TIMDUO pairs of a mobile contract.",
        service.TimDuoSetInput,
        service.TimDuoSetPayload,
        contract_service.tim_duo,
        rule="services.timduo",
    )
    company_reference_set = _change(
        "Sets or removes the company reference of a mobile contract.",
        service.CompanyReferenceSetInput,
        service.CompanyReferenceSetPayload,
        contract_service.company_reference,
        rule="services.reference",
    )
    charity_sms_set = _change(
        "Allows or bars charity SMS on a mobile contract.",
        service.CharitySmsSetInput,
        service.CharitySmsSetPayload,
        contract_service.charity_sms,
        rule="services.charity",
    )
    premium_services_set = _change(
        "Allows, bars or ends premium services on a mobile line.",
        service.PremiumServicesSetInput,
        service.PremiumServicesSetPayload,
        premium_service.allow,
        rule="services.premium",
    )
    premium_black_list_set = _change(
        "Sets the black list of premium services of a mobile line.",
        service.PremiumBlackListSetInput,
        service.PremiumBlackListSetPayload,
        premium_service.black_list,
        rule="services.premium",
    )
    offer_buy = _change(
        "Buys an offer; becomes an order.", OfferBuyInput, OfferBuyPayload, purchase.buy, rule="offers.buy"
    )
    invoice_payment_report = _change(
        "Reports a payment that was not recognised; becomes a request.",
        InvoicePaymentReportInput,
        InvoicePaymentReportPayload,
        payment_report.report,
        rule="invoices.unrecognised",
    )
    other_invoice_payment_report = _change(
        "Reports the payment of another customer's fixed invoice; becomes a request.",
        OtherInvoicePaymentReportInput,
        OtherInvoicePaymentReportPayload,
        payment_report.report_other,
        rule="invoices.other.report",
    )
    registered_office_change = _change(
        "Changes the registered office; becomes a request.",
        RegisteredOfficeChangeInput,
        RegisteredOfficeChangePayload,
        company_change.office,
        rule="company.office",
    )
    communications_email_change = _change(
        "Changes the e-mail for fixed-line communications.",
        CommunicationsEmailChangeInput,
        CommunicationsEmailChangePayload,
        company_change.email,
        rule="company.email",
    )
    invoices_merge = _change(
        "Merges two fixed invoices of one bimester in one PDF; becomes a request.",
        InvoicesMergeInput,
        InvoicesMergePayload,
        invoice_merge.merge,
        rule="invoices.merge",
    )
    document_link_create = _change(
        "Gives a link to a document.",
        DocumentLinkCreateInput,
        DocumentLinkCreatePayload,
        document.link,
        rule="invoices.pdf",
    )
    call_back_book = _change(
        "Books a call back.", CallBackBookInput, CallBackBookPayload, call_back.book, rule="support.call"
    )
    support_mail_send = _change(
        "Sends a mail to support.",
        SupportMailSendInput,
        SupportMailSendPayload,
        support_mail.send,
        rule="support.mail",
    )
    personal_email_change = _change(
        "Changes the registration e-mail once the link is opened.",
        PersonalEmailChangeInput,
        PersonalEmailChangePayload,
        personal_email.change,
        rule="personal.email",
        step_up=True,
    )
    personal_credentials_change = _change(
        "Gives a link to the identity provider's page where password or username is changed.",
        PersonalCredentialsChangeInput,
        PersonalCredentialsChangePayload,
        credentials.link,
        rule="personal.credentials",
        step_up=True,
    )
    chat_open = _change("Opens a chat.", ChatOpenInput, ChatOpenPayload, chat.begin, rule="support.chat")
    line_top_up = _change(
        "Tops up a prepaid line.",
        LineTopUpInput,
        LineTopUpPayload,
        payment.top_up,
        rule="usage.topup",
        step_up=True,
    )
    invoices_pay = _change(
        "Pays invoices online.",
        InvoicesPayInput,
        InvoicesPayPayload,
        payment.invoices,
        rule="invoices.pay",
        step_up=True,
    )
    other_invoice_pay = _change(
        "Pays another customer's fixed invoice online.",
        OtherInvoicePayInput,
        OtherInvoicePayPayload,
        payment.other_invoice,
        rule="invoices.other.pay",
        step_up=True,
    )

"""`/email/{name}/{token}`: the page behind the link that confirms a new registration e-mail.

Opening it changes nothing: mail scanners open links too. The button does, once, and the link is good until it worked.
Nobody signs in here: who has the letter has the address. The directory alone is told.
"""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bff.domain.text import Text
from bff.errors import BffError
from bff.http.negotiation import language
from bff.observability import logger
from bff.state.pending_email import PATH, PendingEmails

Open = Callable[[str, str], Awaitable[bool]]
"""Takes the new address of a link over; False when the link is not good. Raises BffError."""

_PAGE: Final = (  # nothing of anybody's is in it
    '<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><style>body{{font:1rem/1.5 sans-serif;'
    "max-width:40rem;margin:3rem auto;padding:0 1rem}}button{{font:inherit;padding:.6rem 1.2rem}}</style></head>"
    "<body><h1>{title}</h1><p>{text}</p>{form}</body></html>"
)
_FORM: Final = '<form method="post"><button>{}</button></form>'
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TITLE = Text("Nuova e-mail", "New e-mail")
_CONFIRM = Text("Conferma la tua nuova e-mail per l'area clienti.", "Confirm your new e-mail for the customer area.")
_BUTTON = Text("Conferma", "Confirm")
_DONE = Text("Fatto: da ora vale la nuova e-mail.", "Done: from now on the new e-mail counts.")
_GONE = Text("Il link non è valido o è scaduto.", "This link isn't valid, or has expired.")
_FAILS = Text("Non è possibile in questo momento. Riprova tra poco.", "It can't be done at the moment. Try again soon.")

_log = logger(__name__)


def email_routes(pending: PendingEmails, take_over: Open) -> list[Route]:
    """Make the page."""

    async def endpoint(request: Request) -> Response:
        name, token = request.path_params["name"], request.path_params["token"]
        told = language(request.headers.get("accept-language"))
        try:
            if request.method == "POST":
                return _page(told, _DONE) if await take_over(name, token) else _page(told, _GONE, 404)
            good = await pending.by_link(name, token) is not None
        except BffError as error:
            _log.warning("email_not_confirmed", code=error.code, detail=str(error))
            return _page(told, _FAILS, 503)
        return _page(told, _CONFIRM, button=_BUTTON) if good else _page(told, _GONE, 404)

    return [Route(f"{PATH}/{{name}}/{{token}}", endpoint, methods=["GET", "POST"])]


def _page(told: str, text: Text, status: int = 200, *, button: Text | None = None) -> Response:
    form = "" if button is None else _FORM.format(escape(button.told(told)))
    content = _PAGE.format(language=told, title=escape(_TITLE.told(told)), text=escape(text.told(told)), form=form)
    return HTMLResponse(content, status_code=status, headers=_HEADERS)

"""Text messages: TMF681 `POST /communicationMessage`.

The gateway for SMS stands behind the mobile legacy and serves numbers of any operator. The official file gives a
message no id of the sender's: what was sent and not answered may have gone out, and whoever sends again sends another.
"""

import msgspec

from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import changed
from bff.backends._message import Answer
from bff.backends._shape import Text, reader
from bff.backends.mobile._wire import Wire
from bff.domain.change import ChangeStatus

_FATES = Codes(
    "TMF681 message state",
    ChangeStatus.ACCEPTED,
    {
        **dict.fromkeys(("initial", "inProgress"), ChangeStatus.ACCEPTED),
        "completed": ChangeStatus.DONE,
        **dict.fromkeys(("cancelled", "failed"), ChangeStatus.REJECTED),
    },
)


class Sent(Wire, frozen=True, gc=False):
    """TMF681 `/communicationMessage`, as far as it tells what became of one."""

    id: Text
    state: Text | None = None


class Messages:
    """The gateway; `sender` is the name or number that messages come from."""

    def __init__(self, http: Http, path: str, sender: str) -> None:
        self._http = http
        self._path = path
        self._sender = sender
        self._where = Operation(http.system, f"POST /{path.rpartition('/')[2]}")
        self._read = reader(Sent)

    async def send(self, number: str, text: str) -> None:
        """Send a text to a number in E.164. Raises BackendErrors; `undone` when it surely was not sent."""
        await self._http.send(
            self._where.name,
            "POST",
            self._path,
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode(_document(number, text, self._sender)),
            read=self._answered,
            keys=1,
        )

    def _answered(self, answer: Answer) -> None:
        sent = changed(self._where, answer, self._read)
        if _FATES.read(sent.state) is ChangeStatus.REJECTED:
            refused = self._where.rejected("not sent")
            refused.undone = True
            raise refused


def _document(number: str, text: str, sender: str) -> dict[str, object]:
    return {
        "messageType": "SMS",
        "content": text,
        "sender": {"name": sender, "@type": "Sender"},
        "receiver": [{"phoneNumber": number, "@type": "Receiver"}],
        "@type": "CommunicationMessage",
    }

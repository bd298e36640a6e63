"""The mailbox: letters and SMS on one page, for people and for tests."""

import httpx

from sandbox.clock import DEFAULT_NOW
from sandbox.credentials import MOBILE_KEY
from sandbox.mail.mailbox import Mailbox
from sandbox.mail.page import page
from sandbox.mobile.message import MESSAGE_PATH
from sandbox.server import Sandbox

SMS = {
    "messageType": "SMS",
    "content": "123456 is the code",
    "sender": {"name": "AreaClienti"},
    "receiver": [{"phoneNumber": "+393331234567"}],
}


def test_what_went_out_is_shown_newest_first_and_by_address(sandbox: Sandbox) -> None:
    url, headers = f"{sandbox.urls.admin}/_sandbox/mailbox", {"accept": "application/json"}
    httpx.post(sandbox.urls.mobile + MESSAGE_PATH, json=SMS, headers={"authorization": f"Bearer {MOBILE_KEY}"})
    sandbox.mailbox.put(DEFAULT_NOW, "mail", sender="a@b.example", to="c@d.example", text="hello", subject="Hi")

    shown = httpx.get(url, headers=headers).json()
    assert [(each["channel"], each["to"], each["subject"]) for each in shown] == [
        ("mail", "c@d.example", "Hi"),
        ("sms", "+393331234567", None),
    ]
    [one] = httpx.get(url, headers=headers, params={"to": "+393331234567"}).json()
    assert (one["text"], one["sender"]) == ("123456 is the code", "AreaClienti")
    assert "123456 is the code" in httpx.get(url).text

    httpx.delete(url)
    assert httpx.get(url, headers=headers).json() == []
    assert "Nothing was sent yet" in httpx.get(url).text


def test_the_page_shows_text_as_text_and_addresses_as_links() -> None:
    mailbox = Mailbox()
    mailbox.put(DEFAULT_NOW, "mail", sender="a@b", to="c@d", text="<script> https://a.example/?x=1&y=2", subject="<b>")
    shown = page(mailbox.messages())
    assert "<script>" not in shown
    assert "<h2>&lt;b&gt;</h2>" in shown
    assert '<a href="https://a.example/?x=1&amp;y=2">' in shown


def test_an_sms_that_is_none_is_refused(sandbox: Sandbox) -> None:
    wrongs: list[dict[str, object]] = [
        {"messageType": "Email"},
        {"receiver": []},
        {"receiver": [{"phoneNumber": "333"}]},
        {"sender": None},
    ]
    for wrong in wrongs:
        answer = httpx.post(
            sandbox.urls.mobile + MESSAGE_PATH, json=SMS | wrong, headers={"authorization": f"Bearer {MOBILE_KEY}"}
        )
        assert answer.status_code == 400
    assert sandbox.mailbox.messages() == []

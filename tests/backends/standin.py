"""The adapters' way to the stand-ins."""

from bff.backends import Access
from sandbox import credentials
from sandbox.server import Sandbox


def access_to(sandbox: Sandbox) -> Access:
    """Give where the stand-ins listen and what opens them."""
    return Access(
        mobile_url=sandbox.urls.mobile,
        mobile_key=credentials.MOBILE_KEY,
        fixed_url=sandbox.urls.fixed,
        fixed_username=credentials.FIXED_USERNAME,
        fixed_password=credentials.FIXED_PASSWORD,
        directory_url=sandbox.urls.directory,
        directory_key=credentials.DIRECTORY_KEY,
        payment_url=sandbox.urls.payment,
        payment_key=credentials.PAYMENT_KEY,
        issuer=sandbox.urls.identity,
        identity_key=credentials.IDENTITY_KEY,
        mail_url=sandbox.urls.mail,
        mail_sender="no-reply@business.example",
    )

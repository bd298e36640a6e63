"""The systems that data comes from."""

from enum import Enum


class System(Enum):
    """Systems that the data comes from."""

    MOBILE = "MOBILE"
    FIXED = "FIXED"
    DIRECTORY = "DIRECTORY"
    IDENTITY = "IDENTITY"
    MAIL = "MAIL"
    PAYMENTS = "PAYMENTS"

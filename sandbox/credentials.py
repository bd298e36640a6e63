"""The credentials that the stand-ins accept: development values, of no worth anywhere else."""

MOBILE_KEY = "sandbox-mobile-key"
FIXED_USERNAME = "bff"
FIXED_PASSWORD = "sandbox-fixed-password"  # noqa: S105 - opens nothing but the sandbox
DIRECTORY_KEY = "sandbox-directory-key"
DASHBOARD_CLIENT_SECRET = "sandbox-dashboard-secret"  # noqa: S105 - opens nothing but the sandbox
IDENTITY_KEY = "sandbox-identity-key"
PAYMENT_KEY = "sandbox-payment-key"
PAYMENT_EVENT_KEY = "c2FuZGJveCBwYXltZW50IGtleSwgbm8gd29ydGggISA="
"""Signs what the payment provider tells, in base64url."""
EVENT_KEY = "c2FuZGJveCBldmVudCBrZXksIG9mIG5vIHdvcnRoIDw="
"""Signs the events, in base64url."""

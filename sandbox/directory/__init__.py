"""The identity directory of the sandbox: SCIM 2.0 users with the customer area's extension, read and written."""

"""The identity provider of the sandbox: OpenID Connect, authorization code flow with PKCE, RFC 9068 access tokens."""

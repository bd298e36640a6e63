"""The admin app: the sandbox's switches over HTTP."""

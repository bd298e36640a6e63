"""The fixed legacy of the sandbox: SOAP 1.1, document/literal wrapped, WS-Security with a password digest."""

"""The payment provider: hosted pages, signed messages, and the sessions behind them."""

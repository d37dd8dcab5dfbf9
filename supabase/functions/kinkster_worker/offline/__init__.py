"""The embedded default: a local server that speaks the providers' protocols, with no model behind them."""

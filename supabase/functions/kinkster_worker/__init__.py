"""The worker of Kinkster hybrid chat: it carries turns between Postgres and the providers."""

__version__ = "0.1.0"

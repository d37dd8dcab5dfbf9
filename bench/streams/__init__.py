"""Rows on streams: real processes and sockets, the server under test alone on a core."""

"""`make story`: docs/upgrade.md, typed word for word from its first line to its last, while people use the
application.
"""

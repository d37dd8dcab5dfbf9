"""What a folder of migrations says, what a database has recorded, and what is really there: compared.

`reader` turns SQL into the objects that it makes, `history` follows them from file to file, `catalog` asks
the database, `findings` compares, `planning` says what to do, `command` is what people type.
"""

"""`kinkster doctor`: what is wrong, and what to do about it.

The database looks at itself (`kinkster_doctor()`); here is what only a process can see. Each file looks at
one party, and gives findings; nothing is changed anywhere, and nothing is asked that costs anything.
"""

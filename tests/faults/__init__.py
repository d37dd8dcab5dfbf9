"""`make faults`: does every turn survive? Real processes, real sockets, and a table of what was lost on the
way.

Each case makes one kind of trouble (cases/), on a stage of its own: a database on a durable throwaway
Postgres, the offline server as the provider, and two `kinkster worker` processes (stage.py). Clients talk to
them over HTTP and over SQL as an app would (clients.py). Afterwards the database, the provider's journal and
what the clients heard are held against each other (judge.py).

| column | a turn counts here when |
|---|---|
| lost | its message, or text that a client had received, is not in the transcript |
| doubled | it was stored or answered twice, or the provider was asked again with no failure in between |
| stuck | it is neither final nor due to be tried again, or its client got no end |
| wrong | status, error code, attempts or time of the next attempt are not what they should be |

The case `notion` counts characters instead: lost is one that Notion lacks or whose last edit it does not
show, doubled one that has two pages, stuck one that was not sent in time. notion_world.py makes the
characters and edits them, notion_trouble.py decides when, notion_journal.py counts what Notion was asked, and
notion_judge.py holds Notion against the database.

guards.py lists what each case guards, and how to see it fail.
"""

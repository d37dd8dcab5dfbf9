"""The cases: each makes one kind of trouble, and says what should come of it."""

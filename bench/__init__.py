"""Measurements side by side with what a user would take instead; see __main__."""

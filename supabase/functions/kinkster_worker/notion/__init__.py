"""The Notion loop: carries characters to their pages. What is to be sent, when, and what a failure means for
it, SQL decides; see docs/decisions/0013.
"""

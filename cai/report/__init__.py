"""What a run came to, for people: an HTML page that needs no network, and a table for a terminal.

Everything shown is read from the run folder. Model output is untrusted: the page runs no script,
loads nothing, and every text goes through the template engine's escaping.
"""

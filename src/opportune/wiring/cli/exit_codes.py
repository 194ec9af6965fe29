"""What the command tells a script that called it."""

OK = 0
"""All is well."""
WRONG = 1
"""Something wrong was found: in the playbook, or between a log and its decisions."""
USAGE = 2
"""The command was used wrongly."""
UNAVAILABLE = 3
"""A file, a port or a server cannot be used."""
INTERRUPTED = 130
"""Ended by Ctrl-C before it had done its work."""
TERMINATED = 143
"""Ended by SIGTERM before it had done its work."""

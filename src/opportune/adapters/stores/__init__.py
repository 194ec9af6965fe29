"""Where the log, the memories and the outbox are kept."""

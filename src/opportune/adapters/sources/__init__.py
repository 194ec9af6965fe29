"""Ways in: each maps what a client or a file says to events."""

"""When to consider speaking."""

"""How a decision goes out."""

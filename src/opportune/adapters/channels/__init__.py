"""Ways out: each maps a rendered message to a receipt or a refusal."""

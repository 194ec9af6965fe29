"""What somebody else's package would hold: one policy, and nothing of ours changed for it."""

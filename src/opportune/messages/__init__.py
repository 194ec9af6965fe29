"""What could be said."""

"""What an author wrote, read whole and checked once."""

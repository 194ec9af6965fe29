"""What choosing the moment has gained, read from the record of an engine."""

"""What must be true: unit tests mirror the source, laws hold for all histories, stories tell one."""

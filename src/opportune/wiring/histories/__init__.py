"""From what happened, in an engine's file or in files of events, to columns that training reads."""

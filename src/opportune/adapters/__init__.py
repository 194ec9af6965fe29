"""The edge: one file for each way to reach the world."""

"""What is learned: fits only, from what was logged."""

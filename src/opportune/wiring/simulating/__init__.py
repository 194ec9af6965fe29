"""A playbook tried on users who are made up: seeded, on a virtual clock, for what no past shows yet."""

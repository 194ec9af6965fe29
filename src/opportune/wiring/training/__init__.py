"""Snapshots learned from a past, written into a playbook's folder, and what was learned in words."""

"""Playbooks tried on the past: whom they would have written to, when, and what kept them silent."""

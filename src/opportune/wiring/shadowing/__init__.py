"""Playbooks beside a running engine: what they would have done so far, without a message sent."""

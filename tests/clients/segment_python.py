"""Segment's client for Python."""

from python_calls import live
from segment.analytics.client import Client

live(Client)

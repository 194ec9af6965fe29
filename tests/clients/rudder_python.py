"""RudderStack's client for Python."""

from python_calls import live
from rudderstack.analytics.client import Client

live(Client)

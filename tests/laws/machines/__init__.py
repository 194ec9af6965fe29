"""Promises that hold whatever happens in whatever order: each kept by a model of its own, beside the real code."""

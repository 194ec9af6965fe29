"""Mutation testing: each module is broken in every small way there is, one at a time, and its tests must notice."""

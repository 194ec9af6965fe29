"""The provider of ``provider.py`` that never says "later": once a message was begun, it has gone or nobody knows.

Usage: calm_provider.py SEED.
"""

import asyncio
import sys

from tests.faults import provider


class Calm(provider.Provider):
    """Takes most; drops some answers, refuses some for good."""

    def mood(self, moods: dict[str, int]) -> str:
        known = [each for each in ("taken", "dropped", "never") if each in moods]
        return self.dice.choices(known, [moods[each] for each in known])[0]


if __name__ == "__main__":
    provider.Provider = Calm  # type: ignore[misc]
    asyncio.run(provider.serve(sys.argv[1]))

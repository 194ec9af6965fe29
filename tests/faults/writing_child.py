"""Commits batch after batch and says which are durable, until it is killed."""

import sys
from pathlib import Path

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch
from tests.contracts.made import attempt, decision, event

if __name__ == "__main__":
    store = SqliteStore(Path(sys.argv[1]), most_recent_ids=40)
    seq = store.last_seq()
    while True:
        inputs = tuple(event(seq + n) for n in range(1, 8))
        seq += 7
        store.commit_now(Batch(inputs=inputs, decisions=(decision(f"d{seq}", seq=seq),), calls=(attempt(f"d{seq}"),)))
        print(seq, flush=True)

"""One thing that was asked of the thread that writes."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

import apsw

from opportune.adapters.stores.schema import REFUSALS

Result = TypeVar("Result")


class Wish(Generic[Result]):
    """One piece of work, what it answered, and who waits for it."""

    def __init__(self, work: Callable[[apsw.Connection], Result]) -> None:
        self.work = work
        self.future: Future[Result] = Future()
        self.result: Result | None = None
        self.fault: Exception | None = None

    def attempt(self, connection: apsw.Connection) -> None:
        """Do the work inside its own savepoint: if it raises, the others' work stays."""
        connection.execute("SAVEPOINT wish")
        try:
            self.result = self.work(connection)
        except REFUSALS:  # the whole transaction is lost
            raise
        except Exception as fault:  # noqa: BLE001 - whoever asked gets it, and the others are not its victims
            self.fault = fault
            connection.execute("ROLLBACK TO wish")
        connection.execute("RELEASE wish")

    def settle(self) -> None:
        """Tell whoever waits; the transaction is durable."""
        if self.fault is not None:
            self.future.set_exception(self.fault)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]

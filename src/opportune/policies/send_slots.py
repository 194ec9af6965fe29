"""The hours that ``send_time`` chooses between."""

from opportune.draws import draw
from opportune.features.local_time import whole_hours
from opportune.policies.hours import Hours
from opportune.policies.user_rhythm import clock_of
from opportune.policies.view import View
from opportune.units import ONE, Instant, Millis


class SendSlots(Hours, frozen=True, tag="send_time"):
    """The slate's instant, and later hours of the clock that the user lives by, as far into each as their draw says."""

    spread: Millis = 0

    def instants(self, start: Instant, deadline: Instant, view: View) -> list[Instant]:
        """The instants themselves; the first is ``start``, whatever the deadline."""
        late = self.spread * draw(view.salt, "send_time", "spread", view.bucket) // ONE
        found = [start]
        for hour in whole_hours(clock_of(view).zone, start + 1):
            at = hour + late
            if at >= deadline or len(found) >= self.slots:
                return found
            found.append(at)
        return found

"""What a run does on its way, at random: steps of every kind, for the worlds that have them."""

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TIMES = ["09:00", "12:00", "00:30", "02:30", "20:15", "00:00"]
EMITTED = ["Product Viewed", "Cart Updated", "Pricing Viewed", "Order Completed", "Page Viewed", "Story Told"]
EXPERIMENTS = {"haste": ["fast", "slow"], "tone": ["warm", "plain", "dry"]}


class Ways:
    """Draws steps of one journey; ``plain`` draws a wait with a send behind it, as worlds have had them."""

    def __init__(self, dice, messages, *, is_silence, plain, conditions):
        self.dice, self.messages, self.is_silence = dice, messages, is_silence
        self.plain, self.conditions = plain, conditions

    def steps(self, depth=0, most=3):
        made = []
        for _ in range(self.dice.whole(1, most)):
            if depth > 1 or self.dice.chance(35):
                made += self.plain(bool(made))
            else:
                made += self.one_of_them(depth)
        return made

    def one_of_them(self, depth):
        kinds = [self.branch, self.split, self.silent, self.clock, self.active, self.made, self.repeat, self.digest]
        return self.dice.one_of(kinds)(depth)

    def when(self):
        return self.dice.one_of(self.conditions)

    def inner(self, depth):
        steps = self.steps(depth + 1, most=2)
        return [*steps, {"end": True}] if self.dice.chance(15) else steps

    def send(self):
        return {"send": self.dice.one_of(self.messages)["message"], "when": None, "not_sent": "continue"}

    def branch(self, depth):
        ways = [{"when": self.when(), "steps": self.inner(depth)} for _ in range(self.dice.whole(1, 2))]
        if self.dice.chance(60):
            ways.append({"otherwise": self.inner(depth)})
        return [{"branch": ways}]

    def split(self, depth):
        name = self.dice.one_of(EXPERIMENTS)
        arms = EXPERIMENTS[name]
        shares = [300_000, 700_000] if len(arms) == 2 else [500_000, 250_000, 250_000]
        made = {
            arm: {"share": share, "steps": self.inner(depth) if self.dice.chance(60) else []}
            for arm, share in zip(arms, shares, strict=True)
        }
        asked = {**self.send(), "when": ("property", f"arm.{name}", "=", arms[0])}
        return [{"split": name, "arms": made}, *([asked] if self.dice.chance(50) else [])]

    def silent(self, depth):
        return [{**self.send(), "when": self.dice.one_of([None, self.when()]), "not_sent": self.inner(depth)}]

    def clock(self, depth):
        days = sorted({self.dice.one_of(DAYS) for _ in range(self.dice.whole(1, 4))}, key=DAYS.index)
        days = self.dice.one_of([None, days, days])
        start, end = self.dice.one_of(TIMES), self.dice.one_of(TIMES)
        several = [
            {"at": self.dice.one_of(TIMES), "on": days},
            {"at": self.dice.one_of(TIMES), "on": None},
            {"between": "active" if start == end else [start, end], "on": days},
            {"between": "active", "on": None},
        ]
        several += [{"on": days}] if days else []
        behind = [self.send()] if self.dice.chance(80) else []
        return [{"local": self.dice.one_of(several)}, *behind]

    def active(self, depth):
        return [{"active": self.dice.one_of([20 * MINUTE, 2 * HOUR, DAY])}, self.send()]

    def made(self, depth):
        value, own = (("constant", 40) if self.is_silence else ("property", "value")), ("property", "cart_id")
        if self.dice.chance(50):
            name = self.dice.one_of(EMITTED)
            said = {"value": value} if self.dice.chance(70) else {}
            said |= {} if self.is_silence or self.dice.chance(30) else {"cart_id": own}
            return [{"emit": name, "properties": said}, *([self.send()] if self.dice.chance(50) else [])]
        several = [
            {"stage": ("constant", "tried"), "tier": ("constant", "gold")},
            {"seen": ("more", "seen")},
            {"stage": ("trait", "missing_one")},
            {"timezone": ("constant", "Asia/Kolkata")},
        ]
        behind = {**self.send(), "when": self.dice.one_of([("trait", "seen", ">=", 2), ("trait", "tier", "=", "gold")])}
        return [{"set": self.dice.one_of(several)}, *([behind] if self.dice.chance(50) else [])]

    def repeat(self, depth):
        until = self.when() if self.dice.chance(60) else None
        return [{"repeat": self.dice.whole(2, 3), "until": until, "steps": self.inner(depth)}]

    def digest(self, depth):
        asked = {
            "digest": self.dice.one_of([HOUR, 5 * MINUTE, 4 * HOUR]),
            "quiet": self.dice.one_of([None, None, 10 * MINUTE]),
            "collect": [] if self.is_silence else self.dice.one_of([[], ["cart_id"], ["order_id", "cart_id"]]),
            "most": self.dice.one_of([20, 2]),
        }
        collected = [
            ("property", "collected.count", ">=", 2),
            *([("property", "collected.cart_id", "=", "c1, c2")] if asked["collect"] else []),
        ]
        return [asked, {**self.send(), "when": self.dice.one_of([None, *collected])}]

"""Small questions to the lists that the oracle keeps."""


def remove(several, one):
    """Take out this very one, not one like it."""
    place = next(place for place, other in enumerate(several) if other is one)
    del several[place]


def united(entries):
    """Two users may have had the same (journey, key, entry): it is one from then on."""
    by_name = {}
    for entry in entries:
        known = by_name.setdefault((entry["journey"], entry["key"], entry["entry"]), entry)
        if known is not entry:
            known["sent"] = known["sent"] + entry["sent"]
            goals = [goal for goal in (known["goal"], entry["goal"]) if goal is not None]
            known["goal"] = max(goals, default=None)
    return list(by_name.values())


def is_of(pending, run):
    return all(pending[name] == run[name] for name in ("journey", "key", "entry"))


def pendings_in_order(user):
    return sorted(user["pending"], key=lambda p: (p["journey"], p["key"], p["entry"]))


def expose(user, now):
    """The first draw that mattered was now, if there was none before."""
    if user["exposed_at"] is None:
        user["exposed_at"] = now


def worth_of(message):
    """In millionths: stated, or a hundredth of the priority."""
    return message["worth"] if message["worth"] is not None else message["priority"] * 10_000


def latest(said):
    """The latest ``until``, if every objection has one."""
    untils = [until for _, until, _ in said]
    return None if not untils or None in untils else max(untils)


def best(standing):
    """All candidates of a message are worth the same: the earliest, then the channel liked most."""
    return min(standing, key=lambda candidate: (candidate["at"], candidate["place"]))

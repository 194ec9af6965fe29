"""Small questions to the lists that the oracle keeps."""


def remove(several, one):
    """Take out this very one, not one like it."""
    place = next(place for place, other in enumerate(several) if other is one)
    del several[place]


def united(mine, others):
    """What was heard of either is open for both; of what stands the newest counts."""
    both = dict(mine)
    for name, past in others.items():
        known = both.setdefault(name, past)
        if known is past:
            continue
        for field in ("stands", "free", "newest", "sent"):
            known[field] = max((at for at in (known[field], past[field]) if at is not None), default=None)
        known["open"] = list({entry["at"]: entry for entry in (*past["open"], *known["open"])}.values())
        goals = sorted([*past["goals"], *known["goals"]], key=lambda goal: goal["told"] is not None)
        known["goals"] = sorted({goal["at"]: goal for goal in goals}.values(), key=lambda goal: goal["at"])
    return dict(sorted(both.items()))


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

"""Chance as documented, written a second time: a hash of length-prefixed names, scaled to millionths."""

from hashlib import blake2b


def hash_of(*names):
    whole = b""
    for name in names:
        raw = str(name).encode("utf-8", "surrogatepass")
        whole += b"%d:" % len(raw) + raw
    return blake2b(whole, digest_size=16).digest()


def draw(*names):
    """A whole number from 0 to 999,999."""
    return int.from_bytes(hash_of(*names)[:8], "big") * 1_000_000 >> 64


def decision_id(user, journey, key, entry, step, due, rounds):
    again = [rounds] if rounds else []
    return hash_of("decision", user, journey, key, entry, step, due, *again).hex()


def is_held_out(salt, bucket, share):
    """``share`` in millionths."""
    return draw(salt, "holdout", bucket) < share


def variant_of(salt, message, bucket, variants):
    """Equal chances in whole millionths; what does not divide goes to the first."""
    names = sorted(variants)
    equal = 1_000_000 // len(names)
    ends, so_far = [], 1_000_000 - equal * (len(names) - 1)
    for _ in names:
        ends.append(so_far)
        so_far += equal
    drawn = draw(salt, "variant", message, bucket)
    return next(name for name, end in zip(names, ends, strict=True) if drawn < end)

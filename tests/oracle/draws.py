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


def decision_id(user, journey, key, entry, step, due):
    return hash_of("decision", user, journey, key, entry, step, due).hex()


def is_held_out(salt, bucket, share):
    """``share`` in millionths."""
    return draw(salt, "holdout", bucket) < share


def variant_of(salt, message, bucket, variants):
    names = sorted(variants)
    return names[draw(salt, "variant", message, bucket) * len(names) // 1_000_000]

"""Changes to items of a corpus, small and seeded: of bytes, of words, and of the nodes of JSON."""

import json
import re
from collections.abc import Sequence
from random import Random
from typing import TypeAlias

from tests.fuzz.odd import KEYS, NUMBERS, TEXTS, Json

Shape: TypeAlias = str
"""``json``, ``words`` or ``bytes``: what an item is made of, beside bytes."""
_WORD = re.compile(rb"\w+|[ \t]+|\n|[^\w\s]", re.ASCII)


def mutated(item: bytes, random: Random, *, shape: Shape, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """The item with one to four changes; ``words`` are put in, and parts of ``others``."""
    for _ in range(random.choice((1, 1, 2, 3, 4))):
        match shape:
            case "json" if random.random() < 0.6:
                item = of_json(item, random)
            case "words" if random.random() < 0.6:
                item = of_words(item, random, words)
            case _:
                item = of_bytes(item, random, words, others)
    return item


def of_bytes(item: bytes, random: Random, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """Some bytes changed, gone, said again, or put in."""
    start = random.randint(0, len(item))
    end = min(len(item), start + random.choice((1, 1, 2, 4, 16, 64)))
    part = item[start:end]
    match random.randrange(8):
        case 0:
            part = bytes(random.randrange(256) for _ in part)
        case 1:
            part = b""
        case 2:
            part = part * random.choice((2, 3, 17))
        case 3 | 4 if words:
            part = random.choice(words)
        case 5 if others:
            other = random.choice(others)
            place = random.randint(0, len(other))
            part = other[place : place + random.choice((8, 64, 512))]
        case 6:
            return item[:start]
        case _:
            part = bytes(each ^ (1 << random.randrange(8)) for each in part)
    return item[:start] + part + item[end:]


def of_words(item: bytes, random: Random, words: Sequence[bytes]) -> bytes:
    """A word or a sign changed, gone, said again, or put in."""
    parts = _WORD.findall(item)
    if not parts:
        return random.choice(words) if words else item
    place = random.randrange(len(parts))
    match random.randrange(6):
        case 0:
            del parts[place]
        case 1:
            parts.insert(place, parts[random.randrange(len(parts))])
        case 2 if words:
            parts.insert(place, b" " + random.choice(words) + b" ")
        case 3 if words:
            parts[place] = random.choice(words)
        case 4:
            end = random.randint(place, len(parts))
            parts[place:end] = parts[place:end] * random.choice((0, 2, 30))
        case _:
            other = random.randrange(len(parts))
            parts[place], parts[other] = parts[other], parts[place]
    return b"".join(parts)


def of_json(item: bytes, random: Random) -> bytes:
    """A node of the tree changed; the item itself where it is no JSON."""
    try:
        tree = json.loads(item)
    except (ValueError, RecursionError):
        return item
    tree = changed(tree, random)
    return json.dumps(tree, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def changed(tree: Json, random: Random) -> Json:
    """The tree with one of its nodes changed."""
    if isinstance(tree, dict) and tree and random.random() < 0.8:
        key = random.choice(list(tree))
        match random.randrange(8):
            case 0:
                return {name: each for name, each in tree.items() if name != key}
            case 1:
                return tree | {random.choice(KEYS): odd(random)}
            case 2:
                return {(random.choice(KEYS) if name == key else name): each for name, each in tree.items()}
            case _:
                return tree | {key: changed(tree[key], random)}
    if isinstance(tree, list) and tree and random.random() < 0.8:
        place = random.randrange(len(tree))
        match random.randrange(5):
            case 0:
                return tree[:place] + tree[place + 1 :]
            case 1:
                return tree + [tree[place]]
            case _:
                return [*tree[:place], changed(tree[place], random), *tree[place + 1 :]]
    return odd(random, tree)


def odd(random: Random, inside: Json = None) -> Json:
    """A value that parsers stumble over, now and then around the one that was there."""
    match random.randrange(6):
        case 0 | 1:
            return random.choice(NUMBERS)
        case 2 | 3:
            return random.choice(TEXTS)
        case 4:
            return random.choice((None, True, False, [], {}))
        case _:
            return random.choice(([inside], {"a": inside}, [inside] * 3, [[[[inside]]]]))

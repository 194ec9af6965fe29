"""Keys: what is admitted, and when a revoked one is refused."""

from opportune.adapters.sources.keys import PREFIXES, Key, Keys, hash_of_key, made
from opportune.units import SECOND


class Stored:
    """A table of keys that counts how often it is asked."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.asked = 0

    def __call__(self) -> tuple[Key, ...]:
        self.asked += 1
        return tuple(self.keys)


def test_a_key_is_admitted_for_its_kind_only() -> None:
    keys = Keys.of_texts(write=["w"], admin=["a"])
    assert [keys.admits(text, "write") for text in ("w", "a", "x", "")] == ["write-1", None, None, None]
    assert [keys.admits(text, "admin") for text in ("w", "a", "x", "")] == [None, "admin-1", None, None]
    assert [keys.kind_of(text) for text in ("w", "a", "x")] == ["write", "admin", None]


def test_it_is_known_whether_there_is_any_key_of_a_kind() -> None:
    assert Keys.of_texts(write=["w"]).has("write")
    assert not Keys.of_texts(write=["w"]).has("admin")


def test_a_key_that_was_made_is_long_and_tells_its_kind() -> None:
    assert made("write").startswith(PREFIXES["write"])
    assert made("admin").startswith(PREFIXES["admin"])
    assert len(made("write")) == 48
    assert made("write") != made("write")


def test_a_stored_key_is_admitted_and_refused_within_a_second_of_being_revoked() -> None:
    now, stored = [0], Stored(Key("web", "write", hash_of_key("k")))
    keys = Keys.of_texts(stored=stored, now=lambda: now[0])
    assert keys.admits("k", "write") == "web"
    stored.keys.clear()
    now[0] = SECOND - 1
    assert keys.admits("k", "write") == "web"
    now[0] = SECOND
    assert keys.admits("k", "write") is None


def test_the_table_is_asked_at_most_once_a_second() -> None:
    now, stored = [0], Stored(Key("web", "write", hash_of_key("k")))
    keys = Keys.of_texts(stored=stored, now=lambda: now[0])
    for now[0] in range(0, 3 * SECOND, 10):
        keys.admits("k", "write")
        keys.admits("nobody's", "admin")
    assert stored.asked == 3


def test_a_clock_that_is_set_back_leads_to_a_fresh_look() -> None:
    now, stored = [10 * SECOND], Stored(Key("web", "write", hash_of_key("k")))
    keys = Keys.of_texts(stored=stored, now=lambda: now[0])
    keys.admits("k", "write")
    stored.keys.clear()
    now[0] = 0
    assert keys.admits("k", "write") is None


def test_a_text_that_is_no_text_is_no_key() -> None:
    assert Keys.of_texts(write=["w"]).admits("\ud800", "write") is None

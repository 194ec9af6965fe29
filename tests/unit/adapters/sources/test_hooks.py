"""What providers tell, over a real socket: only who signs or has an admin key is believed, and only once."""

import json
import socket
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection

import pytest
import uvicorn

from opportune.adapters.signatures import TOLERANCE, Secrets
from opportune.adapters.sources.hooks import Desk, hooks_app
from opportune.adapters.sources.hooks_heard import MOST_TOLD
from opportune.adapters.sources.hooks_mail import MOST_BYTES
from opportune.adapters.sources.hooks_trust import Trust
from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.peers import Guesses
from opportune.errors import Overloaded, Unavailable
from opportune.events import names
from opportune.events.event import Event
from opportune.policies.decision import Chosen, Decision
from opportune.ports import DeadLetter, Taken
from tests.unit.adapters.sources.reports import DECISION, complaint, delivery_report

NOW = 1_790_000_000_000
OLD, NEW = Secrets(["whsec_" + "b2xk" * 8]), Secrets(["whsec_" + "bmV3" * 8])
BOTH = Secrets(["whsec_" + "bmV3" * 8, "whsec_" + "b2xk" * 8])
STRANGER = Secrets(["whsec_" + "eHh4" * 8])
BOUNCED = {"type": "bounced", "decision": DECISION, "status": "5.1.1"}


class Served:
    """A running server, what its engine took, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.dead: list[DeadLetter] = []
        self.fault: Exception | None = None
        self.now = NOW
        self.url = ""

    async def accept(self, events: Sequence[Event], dead: Sequence[DeadLetter]) -> Taken:
        if self.fault is not None:
            raise self.fault
        known, taken = {event.id for event in self.events}, Taken()
        taken += [event.id for event in events if event.id in known]
        taken.erased += [event.id for event in events if event.user == "erased"]
        self.events += [event for event in events if event.id not in known and event.user != "erased"]
        self.dead += dead
        return taken

    def decision(self, name: str) -> Decision | None:
        if name != DECISION:
            return None
        chosen = Chosen("email", "plain", NOW)
        return Decision(DECISION, "ann", "cart", "", 1, 0, 2, "reminder", chosen, "", None, 3, 4, (), "p", "UTC")

    def desk(self) -> Desk:
        keys = Keys.of_texts(write=["wk"], admin=["ak"])
        return Desk(
            accept=self.accept,
            decision=self.decision,
            trust=Trust(keys, BOTH, Guesses(lambda: self.now)),
            now=lambda: self.now,
        )

    def told(
        self, said: object, *, by: Secrets = NEW, id: str = "m1", at: int = NOW, path: str = "events"
    ) -> tuple[int, dict[str, object]]:
        """Signed, as a provider would."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return self.posted(path, body, {name.decode(): value.decode() for name, value in by.signed(id, body, at)})

    def posted(
        self, path: str, body: bytes, headers: dict[str, str], method: str = "POST"
    ) -> tuple[int, dict[str, object]]:
        request = urllib.request.Request(f"{self.url}/hooks/{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read())


class Door:
    """One server for all tests; behind it stands the application of the test that runs."""

    def __init__(self) -> None:
        self.app: Application | None = None
        self.url = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    found, listening = Door(), socket.create_server(("127.0.0.1", 0))
    found.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(found, http="httptools", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield found
    server.should_exit = True
    thread.join()


@pytest.fixture
def served(door: Door) -> Served:
    found = Served()
    found.url, door.app = door.url, hooks_app(found.desk())
    return found


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}


def test_a_signed_bounce_becomes_an_event_of_the_user_of_the_decision(served: Served) -> None:
    assert served.told(BOUNCED) == (200, {"success": True, "accepted": 1, "rejected": []})
    (event,) = served.events
    assert (event.id, event.user, event.name) == ("hook-m1-0", "ann", names.EMAIL_BOUNCED)
    assert json.loads(event.properties)["type"] == "hard"


@pytest.mark.parametrize("secrets", [OLD, NEW, BOTH])
def test_during_a_rotation_either_secret_is_believed(served: Served, secrets: Secrets) -> None:
    assert served.told(BOUNCED, by=secrets)[0] == 200


def test_several_things_come_in_one_call_and_a_bad_one_costs_only_itself(served: Served) -> None:
    said = [BOUNCED, {"type": "delivered", "decision": "gone", "user": "bob"}, {"type": "sent", "decision": DECISION}]
    status, answer = served.told(said)
    assert (status, answer["accepted"]) == (200, 2)
    assert [event.id for event in served.events] == ["hook-m1-0", "hook-m1-2"]
    (letter,) = served.dead
    assert (letter.code, json.loads(letter.body)["decision"]) == ("unknown_decision", "gone")
    assert b"bob" not in letter.body


def test_what_is_told_of_an_erased_user_is_refused_and_not_kept(served: Served) -> None:
    status, answer = served.told([BOUNCED, {"type": "complained", "user": "erased"}])
    assert (status, answer["accepted"], served.dead) == (200, 1, [])
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [(1, "erased_user")]  # type: ignore[attr-defined]


# api_security-015 and -016


def test_a_forged_bounce_is_ignored(served: Served) -> None:
    for path in ("events", "mail"):
        said = json.dumps({"type": "bounced", "user": "ceo@shop.example", "status": "5.1.1"}).encode()
        assert served.posted(path, said, {})[0] == 401
        assert served.told(said, by=STRANGER, path=path)[0] == 401
    assert (served.events, served.dead) == ([], [])


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_call_without_one_of_the_headers_is_refused(served: Served, name: str) -> None:
    body = json.dumps(BOUNCED).encode()
    headers = {each.decode(): value.decode() for each, value in NEW.signed("m1", body, NOW) if each != name.encode()}
    assert (served.posted("events", body, headers)[0], served.events) == (401, [])


@pytest.mark.parametrize("away", [TOLERANCE + 1_000, -TOLERANCE - 1_000])
def test_an_old_call_and_one_of_the_future_are_refused(served: Served, away: int) -> None:
    status, answer = served.told(BOUNCED, at=NOW + away)
    assert (status, answer["code"], served.events) == (401, "bad_signature", [])


def test_a_changed_body_is_refused(served: Served) -> None:
    body = json.dumps(BOUNCED).encode()
    headers = {name.decode(): value.decode() for name, value in NEW.signed("m1", body, NOW)}
    assert (served.posted("events", body.replace(b"5.1.1", b"5.1.2"), headers)[0], served.events) == (401, [])


def test_a_replayed_call_changes_nothing(served: Served) -> None:
    assert served.told(BOUNCED)[0] == 200
    status, answer = served.told(BOUNCED)
    assert (status, answer["code"]) == (409, "repeated_hook")
    assert served.told({"type": "complained", "decision": DECISION})[0] == 409
    assert len(served.events) == 1


def test_a_call_that_the_log_knows_from_before_a_restart_is_a_repeat_too(served: Served) -> None:
    served.events = [Event("hook-m1-0", "ann", names.EMAIL_BOUNCED, NOW, NOW)]
    assert served.told(BOUNCED)[0] == 409
    assert len(served.events) == 1


@pytest.mark.parametrize(("fault", "status"), [(Overloaded("too much"), 429), (Unavailable("stopping"), 503)])
def test_what_could_not_be_kept_may_come_again_with_the_same_id(served: Served, fault: Exception, status: int) -> None:
    served.fault = fault
    assert served.told(BOUNCED)[0] == status
    served.fault = None
    assert served.told(BOUNCED)[0] == 200
    assert len(served.events) == 1


# Mail


def test_a_delivery_report_in_the_pipe_of_a_mail_server_is_a_bounce(served: Served) -> None:
    assert served.posted("mail", delivery_report(), basic("ak"))[0] == 200
    (event,) = served.events
    assert (event.user, event.name) == ("ann", names.EMAIL_BOUNCED)
    assert json.loads(event.properties)["code"] == "5.1.1"


def test_a_complaint_may_come_signed_as_well(served: Served) -> None:
    assert served.told(complaint(), path="mail")[0] == 200
    assert [event.name for event in served.events] == [names.EMAIL_COMPLAINED]


def test_the_same_mail_twice_is_one_bounce(served: Served) -> None:
    served.posted("mail", delivery_report(), basic("ak"))
    assert served.posted("mail", delivery_report(), basic("ak"))[0] == 409
    assert len(served.events) == 1


def test_other_mail_is_answered_well_so_that_it_does_not_come_again(served: Served) -> None:
    status, answer = served.posted("mail", b"Subject: I am away\r\n\r\nUntil Monday.\r\n", basic("ak"))
    assert (status, answer["accepted"], served.events) == (200, 0, [])
    assert [(letter.code, letter.body) for letter in served.dead] == [("not_a_report", b"")]


@pytest.mark.parametrize(("key", "status"), [("wk", 403), ("other", 401), ("", 401)])
def test_only_an_admin_key_opens(served: Served, key: str, status: int) -> None:
    assert (served.posted("mail", delivery_report(), basic(key))[0], served.events) == (status, [])


def test_guessing_keys_is_slowed_down(served: Served) -> None:
    found = [served.posted("mail", delivery_report(), basic(f"guess{count}"))[0] for count in range(12)]
    assert found == [401] * 10 + [429] * 2
    assert served.posted("mail", delivery_report(), basic("ak"))[0] == 200
    assert served.told(BOUNCED)[0] == 200


def test_a_key_that_cannot_be_read_is_refused(served: Served) -> None:
    assert served.posted("mail", delivery_report(), {"authorization": "Basic ???"})[0] == 401


# Bodies and paths


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'"text"', "wrong_type"),
        (b'{"type": "danced", "decision": "x"}', "wrong_type"),
        (b'{"decision": "x"}', "wrong_type"),
        (b'{"type": "sent", "decision": 7}', "wrong_type"),
        (json.dumps([BOUNCED] * (MOST_TOLD + 1)).encode(), "too_many_calls"),
        (b"[" * 100_000, "too_deep"),
        (b'{"type": "sent", "decision": "\xff"}', "bad_text"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_why(served: Served, body: bytes, code: str) -> None:
    status, answer = served.told(body)
    assert (status, answer["success"], served.events) == (400, False, [])
    assert answer["code"] == code
    assert served.told(BOUNCED, id="m2")[0] == 200


def test_a_thing_of_an_unknown_type_costs_only_itself(served: Served) -> None:
    status, answer = served.told([{"type": "danced"}, BOUNCED, 7])
    assert (status, answer["accepted"], len(served.events)) == (200, 1, 1)
    assert [(each["index"], each["code"]) for each in answer["rejected"]] == [(0, "wrong_type"), (2, "wrong_type")]


def test_a_body_that_says_it_is_too_large_is_not_even_read(served: Served) -> None:
    connection = HTTPConnection(served.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/hooks/mail")
    for name, value in {**basic("ak"), "content-length": str(MOST_BYTES + 1)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("at", ["yesterday", -1, 10**18])
def test_an_instant_that_cannot_be_is_told_why(served: Served, at: object) -> None:
    answer = served.told({**BOUNCED, "at": at})[1]
    assert "bad_instant" in json.dumps(answer)


@pytest.mark.parametrize("path", ["", "other", "events/", "mail/../events", "%2e%2e/events"])
def test_other_paths_are_not_there(served: Served, path: str) -> None:
    assert served.posted(path, b"{}", {})[0] == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_hooks_are_posted_and_nothing_else(served: Served, method: str) -> None:
    assert served.posted("events", b"{}", {}, method)[0] == 405

"""What a client for Python does: one call for each line it is given, one line for each that it gave up.

The scripts beside are called as SCRIPT URL KEY OPTIONS, with OPTIONS the JSON of further options of their client.
"""

import json
import sys
from collections.abc import Callable
from typing import Any


def live(make: Callable[..., Any]) -> None:
    """Speaks with this client, as it comes, until nothing more is to be said."""
    url, key, options = sys.argv[1:]

    def gave_up(reason: Exception, batch: list[dict[str, object]]) -> None:
        for call in batch:
            print(json.dumps({"gave_up": call["messageId"], "reason": repr(reason)}), flush=True)

    client = make(key, host=url, on_error=gave_up, upload_interval=0.05, **json.loads(options))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        ids = {"user_id": call.get("user"), "anonymous_id": call.get("anonymous"), "message_id": call["id"]}
        context, traits, properties = call.get("context"), call.get("traits"), call.get("properties")
        match call["kind"]:
            case "identify":
                client.identify(traits=traits, context=context, **ids)
            case "track":
                client.track(event=call["event"], properties=properties, context=context, **ids)
            case "page":
                client.page(name=call["name"], properties=properties, context=context, **ids)
            case "screen":
                client.screen(name=call["name"], properties=properties, context=context, **ids)
            case "group":
                client.group(group_id=call["group"], traits=traits, context=context, **ids)
            case "alias":
                client.alias(call["previous"], call["user"], context=context, message_id=call["id"])
    client.shutdown()

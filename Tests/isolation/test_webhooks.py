"""Whoever has a Meta app of their own can sign webhooks: none may say anything about another's numbers, messages or customers.

C plays the sender here, with an app that is known to Maitre and a number of its own.
"""

import json
import time
from datetime import datetime, timezone

import pytest
from callers import key
from client import Request
from recipes import bot_headers, fresh_number, sign, webhook


def post(world, body, secret=None):
    headers = (("X-Hub-Signature-256", sign(body, secret or world.c.own_app["appSecret"])),)
    return world.client.send(Request("POST", "/webhooks/meta", (), headers, body))


def text(sender, identifier, **more):
    return {"from": sender, "id": identifier, "timestamp": str(int(time.time())), "type": "text", "text": {"body": "x"}} | more


def news(world):
    """Everything that can be said about what A has, by the ids of A's own messages and customers."""
    mine, theirs, phone = world.a.message("outbound"), world.a.message("inbound"), world.a.phones[0]
    status = {"id": mine["providerMessageId"], "timestamp": str(int(time.time())), "recipient_id": phone}
    return {
        "failed": {"statuses": [status | {"status": "failed", "errors": [{"code": 131026, "title": "x"}]}]},
        "read": {"statuses": [status | {"status": "read", "biz_opaque_callback_data": mine["id"]}]},
        "another message with a known correlation": {
            "statuses": [status | {"id": "wamid.other", "status": "read", "biz_opaque_callback_data": mine["id"]}]
        },
        "the same message id": {"messages": [text(phone, theirs["providerMessageId"])]},
        "a customer of A's": {"contacts": [{"profile": {"name": "x"}, "wa_id": phone}], "messages": [text(phone, "wamid.customer")]},
        "a quote": {"messages": [text(phone, "wamid.quote", context={"id": mine["providerMessageId"], "from": phone})]},
        "a reaction": {
            "messages": [
                {k: v for k, v in text(phone, "wamid.reaction").items() if k != "text"}
                | {"type": "reaction", "reaction": {"message_id": theirs["providerMessageId"], "emoji": "👎"}}
            ]
        },
        "an edit": {
            "messages": [
                text(phone, "wamid.edit", type="edit")
                | {"edit": {"original_message_id": theirs["providerMessageId"], "message": {"type": "text", "text": {"body": "y"}}}}
            ]
        },
        "a deletion": {
            "messages": [text(phone, "wamid.revoke", type="revoke", revoke={"original_message_id": theirs["providerMessageId"]})]
        },
        "an echo": {"message_echoes": [text(phone, "wamid.echo", to=phone)]},
    }


@pytest.fixture(scope="module")
def own_number(world):
    """A number that C's own app serves."""
    return world.c.own_app["phoneNumberId"]


def settle(world):
    """Until all updates are processed."""

    def waiting():
        return world.database.value("select count(*) from queue.jobs where queue = 'inbound'") != "0"

    deadline = time.monotonic() + 20
    while waiting():
        assert time.monotonic() < deadline, "the inbound queue does not empty"
        time.sleep(0.1)


def test_the_own_number_says_nothing_of_others(world, untouched, own_number):
    for name, value in news(world).items():
        answer = post(world, webhook(own_number, value))
        assert answer.status == 200, f"{name}: {answer.body}"
    settle(world)
    # They were taken, as C's: the customer is C's own customer now too, in a conversation of C's.
    found = world.c.ask("GET", "/api/v1/conversations", query=[("q", world.a.phones[0])]).json["data"]
    assert [conversation["contact"]["phone"] for conversation in found] == ["+" + world.a.phones[0]]
    assert not {found[0]["id"], found[0]["contact"]["id"]} & world.prints


def test_a_number_of_somebody_else_is_not_spoken_for(world, untouched, own_number):
    """Alone it is refused like a bad signature; beside an own number it goes to the quarantine, and the own one is stored."""
    for name, value in news(world).items():
        for number in (world.a.number, world.a.own_app["phoneNumberId"]):
            answer = post(world, webhook(number, value))
            assert (answer.status, answer.code) == (401, "invalid_signature"), f"{name}: {answer.body}"
    mixed = webhook(own_number, {"messages": [text("4477000", "wamid.mixed-own")]}).decode()[:-4]
    theirs = webhook(world.a.number, {"messages": [text(world.a.phones[0], "wamid.mixed-theirs")]}).decode()
    body = (mixed + "," + theirs.split('"changes": [', 1)[1]).encode()
    assert post(world, body).status == 200
    settle(world)
    caller = (key(world.platform_key),)
    kept = world.client.send(Request("GET", "/api/v1/quarantine", (("limit", 100),), caller)).json["data"]
    assert [row["reason"] for row in kept if "wamid.mixed-theirs" in row["payload"]] == ["other_app"]
    assert not any("wamid.mixed-own" in row["payload"] for row in kept)


def test_a_signature_is_good_for_its_own_bytes_only(world, untouched):
    value = {"messages": [text(world.a.phones[0], "wamid.forged")]}
    good = webhook(world.a.number, value)
    app = world.a.demo["channels"][0]["appSecret"]
    forged = [
        good.replace(world.a.number.encode(), world.a.own_app["phoneNumberId"].encode()),
        good + b" ",
        good.replace(b'"object"', b' "object"'),
    ]
    for body in forged:
        headers = (("X-Hub-Signature-256", sign(good, app)),)
        answer = world.client.send(Request("POST", "/webhooks/meta", (), headers, body))
        assert (answer.status, answer.code) == (401, "invalid_signature"), answer.body
    signature = sign(good, app)
    for header in (signature[:-1], signature.upper(), signature[7:], "sha256=", signature + "0", "sha512=" + signature[7:]):
        answer = world.client.send(Request("POST", "/webhooks/meta", (), (("X-Hub-Signature-256", header),), good))
        assert answer.status == 401, f"{header}: {answer.status}"


def test_an_id_that_somebody_used_before_is_not_lost(world):
    """C has an update with an id first, at its own number and, refused, at A's; A's real one is stored all the same."""
    identifier = "wamid." + fresh_number()
    message = {"contacts": [{"profile": {"name": "x"}, "wa_id": world.a.phones[0]}], "messages": [text(world.a.phones[0], identifier)]}
    assert post(world, webhook(world.c.own_app["phoneNumberId"], message)).status == 200
    own = webhook(world.c.own_app["phoneNumberId"], {"messages": [text("4477000", identifier + "x")]}).decode()[:-4]
    theirs = webhook(world.a.number, message).decode()
    assert post(world, (own + "," + theirs.split('"changes": [', 1)[1]).encode()).status == 200
    settle(world)
    assert world.a.changes(world.state) == []
    assert post(world, webhook(world.a.number, message), world.a.channel_in["appSecret"]).status == 200
    settle(world)
    conversation = world.a.conversations[0]
    newest = world.a.ask("GET", f"/api/v1/conversations/{conversation}/messages", query=[("limit", 5)]).json["data"]
    assert identifier in [row["providerMessageId"] for row in newest]
    world.a.settle()
    world.rest()


def tell(world, kind, data, channel, secret):
    """An event of an outside bot."""
    now = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    body = json.dumps({"id": fresh_number(), "type": kind, "timestamp": now, "data": data}).encode()
    return world.client.send(Request("POST", "/webhooks/bot", (("channel", channel),), bot_headers(body, secret), body))


def bot_news(world):
    """All that a bot can tell about what A has, by the ids of A's own messages and customers."""
    mine, theirs, contact = world.a.message("outbound"), world.a.message("inbound"), {"phone": "+" + world.a.phones[0]}
    said = {"contact": contact, "type": "text", "text": {"body": "x"}}
    return [
        ("bot_connected", {}),
        ("bot_disconnected", {"reason": "x"}),
        ("message_received", said | {"messageId": theirs["providerMessageId"]}),
        ("message_sent", said | {"messageId": mine["providerMessageId"]}),
        ("message_received", said | {"messageId": "quote", "quotedMessageId": mine["providerMessageId"]}),
        (
            "message_received",
            {"contact": contact, "messageId": "r", "type": "reaction", "reaction": {"messageId": theirs["providerMessageId"], "emoji": "👎"}},
        ),
        ("message_status_changed", {"contact": contact, "messageId": mine["providerMessageId"], "status": "failed"}),
        ("order_created", {"orderId": mine["id"]}),
    ]


def test_an_outside_bot_says_nothing_of_others(world, untouched):
    # Other tests have replaced it on C.
    bot, channel = next((bot, channel["id"]) for bot, channel in world.c.channels if channel["id"] == world.c.outside)
    own = {"webhookSecret": world.c.outside_secret, "overlapSeconds": 0}
    world.c.ask("POST", f"/api/v1/bots/{bot}/channels/{channel}/roll-webhook-secret", own)
    time.sleep(1.1)
    for kind, data in bot_news(world):
        # With its own secret at every channel of A's, of whatever provider; and at its own channel, as its own.
        for _, channel in world.a.channels:
            answer = tell(world, kind, data, channel["id"], world.c.outside_secret)
            assert (answer.status, answer.code) == (401, "invalid_signature"), f"{kind}: {answer.body}"
        assert tell(world, kind, data, world.c.outside, world.c.outside_secret).status == 202, kind
    settle(world)
    told = world.database.value(f"select count(*) from app.outside_orders where merchant_id = '{world.c.id}'")
    assert told == "1"


def test_an_outside_bot_is_its_own_restaurant_s(world):
    """The same events with the right secret do change A: the test above can fail."""
    assert tell(world, "bot_connected", {}, world.a.outside, world.a.outside_secret).status == 202
    settle(world)
    assert world.a.changes(world.state) != []
    world.a.settle()
    world.rest()

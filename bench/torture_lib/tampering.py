"""Proof that the checks can fail: the evidence of a run, spoiled in one place, has to be found by the check that it concerns."""

import copy
import uuid

from . import checks, evidence


class NotPossible(Exception):
    """The run has nothing that could be spoiled in this way."""


def first(rows, condition=lambda row: True):
    for row in rows:
        if condition(row):
            return row
    raise NotPossible


def is_inbound(message):
    return message["direction"] == "inbound"


def acknowledged_never_sent(it):
    it["acknowledged"].append({**first(it["acknowledged"]), "id": "wamid.NEVER"})


def message_lost(it):
    it["messages"].remove(first(it["messages"], is_inbound))


def message_twice(it):
    it["messages"].append({**first(it["messages"], is_inbound), "id": str(uuid.uuid4())})


def message_of_another_merchant(it):
    message = first(it["messages"], is_inbound)
    message["merchant"] = first(it["channels"], lambda channel: channel["merchant"] != message["merchant"])["merchant"]


def message_in_another_conversation(it):
    message = first(it["messages"], is_inbound)
    message["customer"] = first(it["conversations"], lambda one: one["customer"] != message["customer"])["customer"]


def other_words(it):
    first(it["messages"], is_inbound)["body"] += "!"


def raw_update_lost(it):
    it["raw"].remove(first(it["raw"]))


def reference_lost(it):
    wanted = {message["id"] for message in it["acknowledged"]}
    it["references"].remove(first(it["references"], lambda row: row["provider"] in wanted))


def second_conversation(it):
    it["conversations"].append({**first(it["conversations"]), "id": str(uuid.uuid4())})


def second_contact(it):
    first(it["contacts"])["number"] = 2


def sequence_gap(it):
    first(it["conversations"])["last_sequence"] += 1


def counted_twice(it):
    first(it["usage"], lambda row: row["metric"] == "message_inbound")["number"] = 2


def added_twice(it):
    # A short run may end before anything is added up.
    it["added"] = it["added"] or [{"merchant": None, "metric": "message_inbound", "added": 0, "marked": 0}]
    it["added"][0]["added"] += 1


def told_twice(it):
    first(it["events"], lambda row: row["type"] == "message_received")["number"] = 2


def replied_twice(it):
    reply = first(it["messages"], lambda message: message["sender"] == "bot")
    it["messages"].append({**reply, "id": str(uuid.uuid4()), "sequence": reply["sequence"] + 0.5})


def never_greeted(it):
    greetings = {channel["greeting"] for channel in it["channels"]}
    first(it["messages"], lambda message: message["sender"] == "bot" and message["body"] in greetings)["body"] = "?"


def key_twice(it):
    it["messages"].append({**first(it["messages"], lambda message: message["sender"] == "agent"), "id": str(uuid.uuid4())})


def key_unanswered(it):
    it["agents"].remove(first(it["agents"]))


def swapped(it):
    """Two messages of one conversation, of which the second was sent only after the first was acknowledged, change places."""
    steps = {message["id"]: message["step"] for message in it["acknowledged"]}
    for messages in checks.by_conversation(it).values():
        ours = [message for message in messages if is_inbound(message)]
        for one in ours:
            for other in ours:
                if steps[one["provider"]] < steps[other["provider"]]:
                    one["sequence"], other["sequence"] = other["sequence"], one["sequence"]
                    return
    raise NotPossible


def swapped_in_post(it):
    posts = {message["id"]: message["post"] for message in it["acknowledged"]}
    for messages in checks.by_conversation(it).values():
        ours = [message for message in messages if is_inbound(message)]
        for one in ours:
            for other in ours:
                if one is not other and posts[one["provider"]] == posts[other["provider"]]:
                    one["sequence"], other["sequence"] = other["sequence"], one["sequence"]
                    return
    raise NotPossible


def sent_twice(it):
    it["sent"].append(dict(first(it["sent"])))
    it["counts"]["total"] += 1


def repeated(it):
    it["counts"]["repeated"][first(it["sent"])["message"]] = 2


def sent_unknown(it):
    first(it["sent"])["message"] = str(uuid.uuid4())


def sent_status_of_nothing(it):
    it["sent"].remove(first(it["sent"]))


def left_unconfirmed(it):
    message = first(it["messages"], lambda message: message["status"] in checks.RANK)
    message["status"] = "unconfirmed"
    for kill in it["kills"]:
        kill["sending"] = [name for name in kill.get("sending", []) if name != message["id"]]


def left_queued(it):
    first(it["messages"], lambda message: message["status"] in checks.RANK)["status"] = "queued"


def status_lost(it):
    status = first(it["statuses"])
    first(it["messages"], lambda message: message["id"] == status["message"])["status"] = "sent"


def dead_letter(it):
    it["dead"].append({"queue": "inbound", "id": 1, "kind": "message", "error": "spoiled"})


def quarantined(it):
    it["quarantine"].append({"id": str(uuid.uuid4()), "reason": "unknown_number"})


def job_left(it):
    it["jobs"].append({"queue": "inbound", "id": 1, "kind": "message", "key": "spoiled"})


def lane_left(it):
    it["lanes"].append({"queue": "inbound", "key": "spoiled", "pending": 0, "lease": 1})


def of_message(row):
    return row["type"] == "message_received"


def never_shown(it):
    it["shown"].remove(first(it["shown"], of_message))


def shown_again(it):
    it["shown"].append(dict(first(it["shown"])))


def shown_to_another(it):
    event = first(it["shown"])
    event["merchant"] = first(it["shown"], lambda other: other["merchant"] != event["merchant"])["merchant"]


def shown_in_another_order(it):
    event = first(it["shown"])
    other = first(it["shown"], lambda other: other["merchant"] == event["merchant"] and other is not event)
    event["id"], other["id"] = other["id"], event["id"]


def shown_out_of_nothing(it):
    it["shown"].append({**first(it["shown"]), "id": str(uuid.uuid4())})


def told_again_after_resume(it):
    first(it["screens"])["again"] = [first(it["shown"])["id"]]


def not_resumed(it):
    first(it["screens"])["lost"] = 1


def other_event_shown(it):
    """As many events as there should be, but not of the message that was acknowledged."""
    first(it["shown"], of_message)["provider"] = "wamid.OTHER"


def hook_lost(it):
    event = first(it["hooks"])["id"]
    it["hooks"] = [hook for hook in it["hooks"] if hook["id"] != event]


def hook_of_another(it):
    hook = first(it["hooks"])
    it["hooks"].append({**hook, "merchant": first(it["hooks"], lambda other: other["merchant"] != hook["merchant"])["merchant"]})


def hook_out_of_nothing(it):
    it["hooks"].append({**first(it["hooks"]), "id": str(uuid.uuid4())})


def hook_unsigned(it):
    first(it["hooks"])["signed"] = False


def hook_of_another_message(it):
    first(it["hooks"], of_message)["provider"] = "wamid.OTHER"


# Who has to find what.
SPOILED = {
    "stored_once": [
        acknowledged_never_sent, message_lost, message_twice, message_of_another_merchant, message_in_another_conversation, other_words,
    ],
    "kept_once": [raw_update_lost, reference_lost],
    "one_conversation": [second_conversation, second_contact, sequence_gap, message_lost],
    "effects_once": [counted_twice, told_twice, replied_twice, never_greeted],
    "added_up": [added_twice],
    "keys_once": [key_twice, key_unanswered],
    "order_kept": [swapped, swapped_in_post],
    "sent_once": [sent_twice, repeated, sent_unknown, sent_status_of_nothing, left_unconfirmed],
    "all_sent": [left_unconfirmed, left_queued],
    "statuses_applied": [status_lost],
    "shown_once": [
        never_shown, shown_again, shown_to_another, shown_in_another_order, shown_out_of_nothing, told_again_after_resume, not_resumed, other_event_shown,
        acknowledged_never_sent,
    ],
    "hooked_once": [hook_lost, hook_of_another, hook_out_of_nothing, hook_unsigned, hook_of_another_message, acknowledged_never_sent],
    "drained": [dead_letter, quarantined, job_left, lane_left],
}

# The same in the database itself, rolled back afterwards: it shows that what is read there is what the checks need.
WITH_INBOUND = "with one as (select * from app.messages where direction = 'inbound' order by id limit 1) "
MORE_EVENTS = (
    "insert into app.events (merchant_id, id, type, conversation_id, data) "
    "select merchant_id, gen_random_uuid_v7(), type, conversation_id, data from app.events where type = 'message_received' limit 1"
)
FEWER_EVENTS = "delete from app.events where id = (select id from app.events where type = 'message_received' order by xid, id limit 1)"
IN_DATABASE = {
    "a message is deleted": (
        "stored_once", "delete from app.messages where id = (select id from app.messages where direction = 'inbound' order by id limit 1)",
    ),
    "a message is moved to another merchant": (
        "stored_once",
        "set session_replication_role = replica",
        WITH_INBOUND + "update app.messages m set merchant_id = (select id from platform.merchants p where p.id <> m.merchant_id limit 1) "
        "from one where m.id = one.id",
    ),
    "words are changed": (
        "stored_once", WITH_INBOUND + "update app.messages m set content = '{\"body\": \"spoiled\"}' from one where m.id = one.id",
    ),
    "a raw update is deleted": (
        "kept_once", "delete from inbox.updates where id = (select id from inbox.updates where kind = 'message' limit 1)",
    ),
    "a reference is deleted": (
        "kept_once", WITH_INBOUND + "delete from app.message_references r using one where r.message_id = one.id",
    ),
    "an event is told again": ("effects_once", MORE_EVENTS),
    "an event happens that no screen was shown": ("shown_once", MORE_EVENTS),
    "an event happens that no receiver was given": ("hooked_once", MORE_EVENTS),
    "an event that was shown never happened": ("shown_once", FEWER_EVENTS),
    "an event that was given never happened": ("hooked_once", FEWER_EVENTS),
    "events happened in another order": (
        "shown_once",
        "with two as (select merchant_id, min(xid) low, max(xid) high from app.events where type = 'message_received' group by 1 having min(xid) < max(xid) limit 1) "
        "update app.events e set xid = case e.xid when two.low then two.high else two.low end from two "
        "where e.merchant_id = two.merchant_id and e.xid in (two.low, two.high)",
    ),
    "usage is deleted": (
        "effects_once", WITH_INBOUND + "delete from app.usage_events u using one where u.id = one.id and u.metric = 'message_inbound'",
    ),
    "a mark of what was added up is wrong": (
        "added_up", "update app.usage_events set rolled_up = not rolled_up where (id, metric) = (select id, metric from app.usage_events limit 1)",
    ),
    "a conversation's messages are turned around": (
        "order_kept",
        "with one as (select id, last_sequence from app.conversations order by last_sequence desc limit 1) "
        "update app.messages m set sequence = one.last_sequence + 1 - m.sequence from one where m.conversation_id = one.id",
    ),
    "a kept answer is deleted": (
        "keys_once",
        "delete from app.idempotency_keys where key = (select key from app.idempotency_keys where operation like '%/messages' limit 1)",
    ),
    "a sent message is queued again": (
        "all_sent",
        "update app.messages set status = 'queued' where id = (select id from app.messages where status in ('sent', 'delivered', 'read') limit 1)",
    ),
    "a lane has a job": (
        "drained",
        "insert into queue.jobs (queue, merchant_id, key, kind) select 'inbound', id, 'spoiled', 'message' from platform.merchants limit 1",
    ),
}
# A version-7 id that falls into a partition; rolled back like everything else.
UUID_V7 = (
    "create function gen_random_uuid_v7() returns uuid language sql as $$ select overlay(app.uuid_v7_floor(now())::text placing "
    "substring(gen_random_uuid()::text from 25) from 25)::uuid $$"
)


def prove(genuine):
    """Spoils the evidence in every way; how many were found, those that were not, those that this run has nothing for."""
    found, missed, impossible = 0, [], []
    for check, ways in SPOILED.items():
        for spoil in ways:
            spoiled = copy.deepcopy(genuine)
            try:
                spoil(spoiled)
            except NotPossible:
                impossible.append(f"{check}: {spoil.__name__}")
                continue
            if list(checks.ALL[check][1](spoiled)):
                found += 1
            else:
                missed.append(f"{check} does not find {spoil.__name__}")
    return found, missed, impossible


async def prove_in_database(installation, log_path, kills):
    found, missed = 0, []
    for what, (check, *statements) in IN_DATABASE.items():
        spoiled = await evidence.collect(installation, log_path, kills, before=["set local search_path = public, pg_catalog", UUID_V7, *statements])
        if list(checks.ALL[check][1](spoiled)):
            found += 1
        else:
            missed.append(f"{check} does not find in the database: {what}")
    return found, missed

"""What is left when everything is quiet: read straight from the database, from the simulator and from the acknowledgement log."""

import asyncio
import json
import time

from .client import Client

QUERIES = {
    "messages": """
        select m.merchant_id merchant, m.id, m.conversation_id conversation, m.channel_id channel, m.sequence, m.direction, m.sender, m.type,
            coalesce(m.content ->> 'body', m.content ->> 'caption', m.content ->> 'name') body, m.status, m.provider_message_id provider,
            m.error_code error, c.mode, c.channel_id conversation_channel, k.id is not null has_contact, k.wa_id customer
        from app.messages m left join app.conversations c on c.merchant_id = m.merchant_id and c.id = m.conversation_id
        left join app.contacts k on k.merchant_id = c.merchant_id and k.id = c.contact_id""",
    "conversations": """
        select c.merchant_id merchant, c.id, c.channel_id channel, k.wa_id customer, c.last_sequence, c.unread_count unread
        from app.conversations c left join app.contacts k on k.merchant_id = c.merchant_id and k.id = c.contact_id""",
    "contacts": "select merchant_id merchant, wa_id customer, count(*) number from app.contacts group by 1, 2",
    "references": "select merchant_id merchant, channel_id channel, provider_message_id provider, message_id message from app.message_references",
    "usage": "select merchant_id merchant, id message, metric, count(*) number from app.usage_events group by 1, 2, 3",
    "added": """
        select coalesce(d.merchant_id, e.merchant_id) merchant, coalesce(d.metric, e.metric) metric, coalesce(d.number, 0) added, coalesce(e.number, 0) marked
        from app.usage_days d full join (
            select merchant_id, metric, day, sender, count(*) number from app.usage_events where rolled_up group by 1, 2, 3, 4) e
        on e.merchant_id = d.merchant_id and e.metric = d.metric and e.day = d.day and e.sender = d.sender""",
    "events": """
        select merchant_id merchant, type, coalesce(data ->> 'messageId', data -> 'message' ->> 'id') message, count(*) number
        from app.events where type in ('message_received', 'message_sent') group by 1, 2, 3""",
    "committed": """
        select merchant_id merchant, id, type, data -> 'message' ->> 'providerMessageId' provider from app.events e order by e.xid, e.id""",
    "keys": "select merchant_id merchant, key, substring(location from '[^/]*$') message from app.idempotency_keys where operation like '%/messages'",
    "raw": """
        select merchant_id merchant, convert_from(payload, 'UTF8')::jsonb -> 'message' ->> 'id' provider, count(*) number
        from inbox.updates where kind = 'message' group by 1, 2""",
    "quarantine": "select id, reason from inbox.quarantine",
    "dead": "select queue, id, kind, error from queue.jobs_dead",
    "jobs": "select queue, id, kind, key from queue.jobs",
    "delayed": "select queue, kind, args ->> 'message' message from queue.jobs_delayed",
    "lanes": "select queue, key, pending, lease from queue.lanes where pending <> 0 or lease is not null",
    "done": "select queue, outcome, extract(epoch from finished_at)::float at from queue.jobs_done order by 3",
}

BUSY = """
    select (select count(*) from queue.jobs) jobs,
        (select count(*) from app.messages where status in ('queued', 'sending')) outgoing,
        (select count(*) from queue.lanes where lease is not null) leases,
        (select count(*) from queue.jobs_delayed where kind <> 'settle') delayed,
        (select count(*) from app.webhook_deliveries where state = 'pending') deliveries,
        (select count(*) from app.events e, platform.webhook_cursor c where (e.xid, e.id) > (c.xid, c.event_id)) undispatched"""


async def wait_until_quiet(installation, patience):
    """Until nothing is left to do, at most `patience` seconds. What is left over is for the checks to report."""
    deadline, quiet, left = time.time() + patience, 0, None
    client = Client(installation.simulator_port)
    while time.time() < deadline:
        left = (await installation.cluster.query(BUSY))[0]
        state = (await client.request("GET", "/simulator/state", timeout=20)).json
        left |= {name: state[name] for name in ("pendingUpdates", "activeWebhooks", "timers")}
        # Twice in a row: what was under way between two of these questions would have been missed.
        quiet = 0 if any(left.values()) else quiet + 1
        if quiet == 2:
            break
        await asyncio.sleep(0.25)
    client.close()
    return left


async def collect(installation, log_path, kills, before=()):
    """Everything that the checks look at. With `before`, as it would be after these statements."""
    found = {name: await installation.cluster.query(select, before=before) for name, select in QUERIES.items()}
    client = Client(installation.simulator_port)
    sent, after = [], 0
    while True:
        page = (await client.request("GET", f"/simulator/sent?after={after}&limit=5000", timeout=30)).json
        for one in page["messages"]:
            sent.append({"message": one["bizOpaqueCallbackData"], "number": one["phoneNumberId"], "to": one["to"], "provider": one["id"]})
        if not page["messages"]:
            break
        after = page["messages"][-1]["sequence"]
    counts = (await client.request("GET", "/simulator/sent/counts?counts=false", timeout=30)).json
    client.close()
    return {
        **found,
        "sent": sent,
        "counts": counts,
        "kills": kills,
        **installation.told.evidence(),
        "channels": [{name: channel[name] for name in ("id", "merchant", "number", "greeting")} for channel in installation.channels],
        **read_log(log_path),
    }


def read_log(path):
    """The log again from its file."""
    posts, acks, keys, sends = {}, [], [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            match entry["kind"]:
                case "post": posts[entry["post"]] = entry
                case "ack": acks.append(entry)
                case "key": keys.append(entry)
                case "send": sends.append(entry)
    acknowledged = {ack["post"] for ack in acks}
    return {
        "acks": acks,
        "acknowledged": [message for post in acknowledged for message in posts[post]["messages"]],
        "statuses": [status for post in acknowledged for status in posts[post].get("statuses", [])],
        "posted": [message["id"] for post in posts.values() for message in post["messages"]],
        "unacknowledged": sorted(set(posts) - acknowledged),
        "keys_asked": keys,
        "agents": sends,
    }

"""What must hold afterwards. Each check looks at the evidence only, and yields a line with the offending ids for everything that is wrong."""

from collections import Counter, defaultdict
from itertools import pairwise

from .traffic import PERSON

# How far an outbound message has come; what is not there has not reached the provider, or not surely.
RANK = {"sent": 1, "delivered": 2, "read": 3, "played": 4}
ALL = {}


def check(title):
    def register(function):
        ALL[function.__name__] = (title, function)
        return function
    return register


def run(evidence):
    """The problems of each check, by its name."""
    return {name: list(function(evidence)) for name, (_, function) in ALL.items()}


@check("every acknowledged message is stored exactly once, with its merchant, channel, conversation and words; nothing else is")
def stored_once(evidence):
    stored = defaultdict(list)
    for message in evidence["messages"]:
        if message["direction"] == "inbound":
            stored[message["provider"]].append(message)
    for wanted in evidence["acknowledged"]:
        found = stored.get(wanted["id"], [])
        if len(found) != 1:
            yield f"acknowledged message {wanted['id']} is stored {len(found)} times"
        for message in found:
            for name in ("merchant", "channel", "customer", "body"):
                if message[name] != wanted[name]:
                    yield f"message {message['id']} ({wanted['id']}): {name} is {message[name]!r} instead of {wanted[name]!r}"
            if message["conversation_channel"] != message["channel"] or not message["has_contact"]:
                yield f"message {message['id']} ({wanted['id']}) is in conversation {message['conversation']}, of another channel or of nobody"
    posted = set(evidence["posted"])
    for provider, messages in stored.items():
        if provider not in posted:
            yield f"message {messages[0]['id']} has provider id {provider}, which was never posted"
    for post in evidence["unacknowledged"]:
        yield f"post {post} was never acknowledged"


@check("every message is in the inbox and in the references exactly once")
def kept_once(evidence):
    raw = Counter()
    for row in evidence["raw"]:
        raw[row["merchant"], row["provider"]] += row["number"]
    references = Counter((row["merchant"], row["channel"], row["provider"]) for row in evidence["references"])
    for wanted in evidence["acknowledged"]:
        if raw[wanted["merchant"], wanted["id"]] != 1:
            yield f"acknowledged message {wanted['id']} is in the inbox {raw[wanted['merchant'], wanted['id']]} times"
        if references[wanted["merchant"], wanted["channel"], wanted["id"]] != 1:
            yield f"acknowledged message {wanted['id']} has {references[wanted['merchant'], wanted['channel'], wanted['id']]} references"


@check("one conversation for each contact and channel, one contact for each customer of a merchant; sequences without gaps")
def one_conversation(evidence):
    wanted = {(message["merchant"], message["channel"], message["customer"]) for message in evidence["acknowledged"]}
    found = Counter((one["merchant"], one["channel"], one["customer"]) for one in evidence["conversations"])
    for place in wanted | set(found):
        if found[place] != (place in wanted):
            yield f"{found[place]} conversations of customer {place[2]} on channel {place[1]} of merchant {place[0]}"
    contacts = {(row["merchant"], row["customer"]): row["number"] for row in evidence["contacts"]}
    for place in {(merchant, customer) for merchant, _, customer in wanted} | set(contacts):
        if contacts.get(place) != 1:
            yield f"{contacts.get(place, 0)} contacts {place[1]} of merchant {place[0]}"
    sequences, inbound = defaultdict(list), Counter()
    for message in evidence["messages"]:
        sequences[message["conversation"]].append(message["sequence"])
        inbound[message["conversation"]] += message["direction"] == "inbound"
    for one in evidence["conversations"]:
        if sorted(sequences[one["id"]]) != list(range(1, one["last_sequence"] + 1)):
            yield f"conversation {one['id']}: sequences {sorted(sequences[one['id']])} do not go from 1 to {one['last_sequence']}"
        if one["unread"] != inbound[one["id"]]:
            yield f"conversation {one['id']}: {one['unread']} unread, {inbound[one['id']]} came in"


@check("usage, events and the bot's replies: one of each for a message")
def effects_once(evidence):
    usage = {(row["message"], row["metric"]): row["number"] for row in evidence["usage"]}
    events = {(row["message"], row["type"]): row["number"] for row in evidence["events"]}
    opened = Counter()
    known = set()
    for message in evidence["messages"]:
        name = message["id"]
        known.add(name)
        is_inbound = message["direction"] == "inbound"
        sent = message["status"] in RANK
        wanted = {"message_inbound": int(is_inbound), "message_outbound": int(sent)}
        # A message that failed after it had been sent stays counted.
        for metric, number in wanted.items():
            if usage.get((name, metric), 0) != number and not (message["status"] == "failed" and metric == "message_outbound"):
                yield f"message {name}: {usage.get((name, metric), 0)} times {metric} instead of {number}"
        opened[message["conversation"]] += usage.get((name, "conversation_opened"), 0)
        # An outbound message is told when it is sent.
        if events.get((name, "message_received"), 0) != is_inbound:
            yield f"message {name} of {message['sender']}: {events.get((name, 'message_received'), 0)} events message_received"
        if events.get((name, "message_sent"), 0) > 1:
            yield f"message {name}: {events[name, 'message_sent']} events message_sent"
    for one in evidence["conversations"]:
        if opened[one["id"]] != 1:
            yield f"conversation {one['id']} was counted {opened[one['id']]} times"
    for name, what in {(name, what) for name, what in [*usage, *events] if name not in known}:
        yield f"{what} of {name}, which is no message"
    greetings = {channel["id"]: channel["greeting"] for channel in evidence["channels"]}
    for conversation, messages in by_conversation(evidence).items():
        greeted = sum(message["sender"] == "bot" and message["body"] == greetings[message["channel"]] for message in messages)
        if greeted != (messages[0]["body"] != PERSON):
            yield f"conversation {conversation} was greeted {greeted} times"
        # A reply is stored with what it replies to, hence right behind it: a second one would stand behind the first.
        for before, message in pairwise([{"direction": "nothing"}, *messages]):
            if message["sender"] in ("bot", "system") and before["direction"] != "inbound":
                yield f"message {message['id']} in conversation {conversation} replies to nothing"


@check("what was counted is added up, and nothing twice")
def added_up(evidence):
    for row in evidence["added"]:
        if row["added"] != row["marked"]:
            yield f"restaurant {row['merchant']}: {row['added']} times {row['metric']} added up of {row['marked']} that were marked"


@check("a request with an Idempotency-Key is carried out exactly once")
def keys_once(evidence):
    stored = {message["id"]: message for message in evidence["messages"]}
    kept = defaultdict(list)
    for row in evidence["keys"]:
        kept[row["merchant"], row["key"]].append(row["message"])
    words = Counter((message["merchant"], message["body"]) for message in evidence["messages"] if message["sender"] == "agent")
    for send in evidence["agents"]:
        if words[send["merchant"], send["body"]] != 1:
            yield f"key {send['key']}: {words[send['merchant'], send['body']]} messages"
        if kept[send["merchant"], send["key"]] != [send["message"]]:
            yield f"key {send['key']}: kept {kept[send['merchant'], send['key']]}, answered {send['message']}"
        message = stored.get(send["message"])
        if message is None or any(message[name] != send[name] for name in ("merchant", "conversation", "body")):
            yield f"key {send['key']}: the answered message {send['message']} is not what was asked for"
    answered = {send["key"] for send in evidence["agents"]}
    asked = {key["key"] for key in evidence["keys_asked"]}
    for key in sorted(asked - answered):
        yield f"key {key} was never answered with 201"
    asked_words = {key["body"] for key in evidence["keys_asked"]}
    for merchant, body in words:
        if body not in asked_words:
            yield f"an agent's message {body!r} of merchant {merchant} that nobody sent"


@check("in each conversation messages are in the order in which they were sent")
def order_kept(evidence):
    orders = {message["id"]: message for message in evidence["acknowledged"]}
    for conversation, messages in by_conversation(evidence).items():
        known = [orders[message["provider"]] for message in messages if message["direction"] == "inbound" and message["provider"] in orders]
        latest = None
        places = {}
        for message in known:
            if latest is not None and message["step"] < latest["step"]:
                yield f"conversation {conversation}: {message['id']} of step {message['step']} comes after {latest['id']} of step {latest['step']}"
            else:
                latest = message
            # Posts of one step were under way at the same time; inside each of them there is an order all the same.
            if message["place"] < places.get(message["post"], -1):
                yield f"conversation {conversation}: {message['id']} is before its predecessor in post {message['post']}"
            places[message["post"]] = max(message["place"], places.get(message["post"], -1))


@check("nothing is sent twice by us, and nothing that we do not know of")
def sent_once(evidence):
    for message, number in evidence["counts"]["repeated"].items():
        yield f"message {message} was sent {number} times"
    counts = Counter(one["message"] for one in evidence["sent"])
    if evidence["counts"]["total"] != len(evidence["sent"]):
        yield f"the simulator took {evidence['counts']['total']} messages and shows {len(evidence['sent'])}"
    stored = {message["id"]: message for message in evidence["messages"] if message["direction"] == "outbound"}
    numbers = {channel["number"]: channel["id"] for channel in evidence["channels"]}
    for one in evidence["sent"]:
        message = stored.get(one["message"])
        if counts[one["message"]] > 1:
            yield f"message {one['message']} was sent {counts[one['message']]} times"
        if message is None:
            yield f"message {one['message']} was sent and is not stored"
        elif (message["channel"], message["customer"], message["provider"]) != (numbers[one["number"]], one["to"], one["provider"]):
            yield f"message {one['message']} was sent through {one['number']} to {one['to']} as {one['provider']} and is stored as {message}"
        elif message["status"] not in RANK:
            yield f"message {one['message']} was sent and is {message['status']}"
    for name, message in stored.items():
        if message["status"] in RANK and counts[name] != 1:
            yield f"message {name} is {message['status']} and was sent {counts[name]} times"


@check("every message for a customer was sent, but for what a person's taking over cancelled, and at most those in flight at a kill")
def all_sent(evidence):
    in_flight = {name for kill in evidence["kills"] for name in kill.get("sending", [])}
    for message in evidence["messages"]:
        if message["direction"] != "outbound" or message["status"] in RANK:
            continue
        if message["status"] == "cancelled" and message["sender"] == "bot" and message["mode"] == "agent":
            continue
        if message["status"] == "unconfirmed" or message["error"] == "unknown_outcome":
            if message["id"] not in in_flight:
                yield f"message {message['id']} is {message['status']} and was not in flight at any kill"
            continue
        yield f"message {message['id']} of {message['sender']} is {message['status']} ({message['error']})"


@check("acknowledged statuses have had their effect")
def statuses_applied(evidence):
    ranks = {message["id"]: RANK.get(message["status"], 0) for message in evidence["messages"]}
    for status in evidence["statuses"]:
        if ranks.get(status["message"], 0) < RANK[status["status"]]:
            yield f"message {status['message']} never became {status['status']}"


@check("a screen that resumes was shown every event once, in the order in which they happened, and those of no other merchant")
def shown_once(evidence):
    committed, shown = by_merchant(happened(evidence)), by_merchant(evidence["shown"])
    for merchant in committed.keys() | shown.keys():
        wanted, found = ([event["id"] for event in events.get(merchant, [])] for events in (committed, shown))
        if wanted == found:
            continue
        numbers = Counter(found)
        for event in set(wanted) - set(found):
            yield f"event {event} of merchant {merchant} was never shown"
        for event in set(found) - set(wanted):
            yield f"event {event} was shown to merchant {merchant}, where it never happened"
        for event in [event for event, number in numbers.items() if number > 1]:
            yield f"event {event} was shown to merchant {merchant} {numbers[event]} times"
        if set(wanted) == set(found) and len(wanted) == len(found):
            place = next(place for place, (one, other) in enumerate(zip(wanted, found)) if one != other)
            yield f"merchant {merchant} was shown {found[place]} before {wanted[place]}, which happened first"
    seen = {(event["merchant"], event["provider"]) for event in evidence["shown"] if event["type"] == "message_received"}
    for message in evidence["acknowledged"]:
        if (message["merchant"], message["id"]) not in seen:
            yield f"acknowledged message {message['id']} was never shown"
    for screen in evidence["screens"]:
        # It said where it was: nothing may come a second time, nor may it be told to begin anew.
        for event in screen["again"]:
            yield f"event {event} was shown to merchant {screen['merchant']} again after a resume"
        if screen["lost"]:
            yield f"the screen of merchant {screen['merchant']} could not resume {screen['lost']} times"
        yield from screen["findings"]


@check("a receiver of webhooks was given every event, signed, and those of no other merchant; which came twice it knows by the id")
def hooked_once(evidence):
    committed, given = by_merchant(happened(evidence)), by_merchant(evidence["hooks"])
    for merchant in committed.keys() | given.keys():
        # The receiver's own dedupe.
        wanted, found = ({event["id"]: event for event in events.get(merchant, [])} for events in (committed, given))
        for event in wanted.keys() - found.keys():
            yield f"event {event} of merchant {merchant} was never given to its receiver"
        for event in found.keys() - wanted.keys():
            yield f"event {event} was given to the receiver of merchant {merchant}, where it never happened"
        for hook in given.get(merchant, []):
            event = wanted.get(hook["id"], hook)
            if (hook["type"], hook["provider"]) != (event["type"], event["provider"]):
                yield f"event {hook['id']} was given as {hook['type']} of {hook['provider']}, and is {event['type']} of {event['provider']}"
    for hook in evidence["hooks"]:
        if not hook["signed"]:
            yield f"event {hook['id']} was given to the receiver of merchant {hook['merchant']} without its signature"
    seen = {(hook["merchant"], hook["provider"]) for hook in evidence["hooks"] if hook["type"] == "message_received"}
    for message in evidence["acknowledged"]:
        if (message["merchant"], message["id"]) not in seen:
            yield f"acknowledged message {message['id']} was never given to a receiver"


@check("no dead letters, nothing in quarantine, all lanes drained")
def drained(evidence):
    for job in evidence["dead"]:
        yield f"dead letter {job['id']} of {job['queue']} ({job['kind']}): {job['error']}"
    for row in evidence["quarantine"]:
        yield f"quarantined update {row['id']}: {row['reason']}"
    for job in evidence["jobs"]:
        yield f"job {job['id']} of {job['queue']} ({job['kind']}) is still there, in lane {job['key']}"
    for lane in evidence["lanes"]:
        yield f"lane {lane['key']} of {lane['queue']} has {lane['pending']} jobs and lease {lane['lease']}"
    for job in evidence["delayed"]:
        # What gives up on a message of unknown outcome after a quarter of an hour.
        if job["kind"] != "settle":
            yield f"delayed job {job['kind']} of {job['queue']}"
    waiting = Counter(job["message"] for job in evidence["delayed"])
    for message in evidence["messages"]:
        if message["status"] == "unconfirmed" and waiting[message["id"]] != 1:
            yield f"unconfirmed message {message['id']} has {waiting[message['id']]} jobs that give up on it"
    for done in evidence["done"]:
        if done["outcome"] == "dead":
            yield f"a job of {done['queue']} was given up"


def by_conversation(evidence):
    """Messages of each conversation in their order."""
    conversations = defaultdict(list)
    for message in sorted(evidence["messages"], key=lambda message: message["sequence"]):
        conversations[message["conversation"]].append(message)
    return conversations


def happened(evidence):
    """What happened since somebody is there to be told."""
    earlier = set(evidence["earlier"])
    return [event for event in evidence["committed"] if event["id"] not in earlier]


def by_merchant(events):
    """Each merchant's, in their order."""
    found = defaultdict(list)
    for event in events:
        found[event["merchant"]].append(event)
    return found

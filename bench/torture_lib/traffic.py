"""Customers, agents and a provider that never tires: what the installation has to bear, and the log of what it acknowledged.

The log is a file outside the database with one JSON object a line, written to the kernel before the harness goes on: `post` before the first attempt
of a webhook, `ack` after its 200, `key` before an agent's request, `send` after its 201. Everything else that the checks say rests on it.
"""

import asyncio
import hashlib
import hmac
import json
import os
import time

from .client import Client, Failed

TEXTS = ["", "café", "مرحبا 🍕", "a/b \\ \"q\"", "two\nlines", "Halo, ada nasi?", "😀😀", "‏٢ شاورما", "x" * 700]
PERSON = "Talk to a person"


class AcknowledgementLog:
    def __init__(self, path):
        self.path = path
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, kind, **fields):
        # One write of a whole line, without a buffer of ours in between.
        os.write(self.file, json.dumps({"kind": kind, "at": time.time(), **fields}).encode() + b"\n")

    def close(self):
        os.fsync(self.file)
        os.close(self.file)


class Conversation:
    """A customer on a channel, owned by one driver, so that the order of what is said is the driver's own."""

    def __init__(self, channel, customer, limit):
        self.channel, self.customer, self.limit = channel, customer, limit
        self.step = 0        # messages of a later step were posted only after those of an earlier one were acknowledged
        self.count = 0
        self.old = []        # acknowledged message objects, to be delivered again


class Traffic:
    def __init__(self, installation, log, random, rate, drivers=24, agents=6):
        self.installation, self.log, self.random, self.rate = installation, log, random, rate
        self.driver_count, self.agent_count = drivers, agents
        self.stopping = asyncio.Event()
        self.findings = []            # answers that should not be: strings
        self.attempts = self.refused = 0
        self.serial = 0
        self.run = f"{random.randrange(16**6):06X}"
        self.last_ack = time.time()
        self.acknowledged = 0
        self.replays = 0

    async def run_until_stopped(self):
        # A pool of customers smaller than the number of conversations: many write to several merchants.
        self.customers = [f"9665{number:08}" for number in range(10_000_000, 10_000_000 + 40 * self.driver_count)]
        async with asyncio.TaskGroup() as group:
            for number in range(self.driver_count):
                group.create_task(self._driver(number))
            for number in range(self.agent_count):
                group.create_task(self._agent(number))
            group.create_task(self._early_statuses())

    def next_serial(self):
        self.serial += 1
        return self.serial

    async def pause(self, seconds):
        """Waits, but not longer than the traffic lasts."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            pass

    # Customers

    async def _driver(self, number):
        """Posts one thing after the other for conversations that nobody else touches, on channels of one Meta app."""
        random = self.random
        app = number % 3
        channels = [channel for channel in self.installation.channels if int(channel["app"]["appId"]) % 3 == (7000 + app) % 3]
        # The customers of a driver are its own, the channels everybody's.
        customers = self.customers[number * 40 : number * 40 + 40]
        # Both numbers of a merchant one after the other: its lanes then meet a new contact at the same time.
        pairs = [(merchant, customer) for customer in customers for merchant in sorted({channel["merchant"] for channel in channels})]
        random.shuffle(pairs)
        fresh = [(channel, customer) for merchant, customer in pairs for channel in channels if channel["merchant"] == merchant]
        active, sent = [], []
        clients = [Client(self.installation.server_port) for _ in range(5)]
        while not self.stopping.is_set():
            active = [one for one in active if one.count < one.limit]
            # Fewer than WhatsApp's pair limit lets through at once: otherwise the end would be waited for long.
            while len(active) < 8 and fresh:
                active.append(Conversation(*fresh.pop(), limit=random.randrange(3, 30)))
            if len(active) < 8:
                return self.findings.append(f"driver {number} has run out of customers")
            shape = random.choices(["one", "burst", "run", "many", "race", "again"], [30, 15, 15, 15, 10, 15])[0]
            one = random.choice(active)
            posts = []
            if shape == "one":
                posts = [self._post([(one, self._messages(one, 1))])]
            elif shape == "burst":
                posts = [self._post([(one, self._messages(one, random.randrange(2, 8)))])]
            elif shape == "run":
                for _ in range(3):
                    post = self._post([(one, self._messages(one, 1))])
                    await self._deliver(post, clients)
                    self._done([post])
                    sent.append(post)
            elif shape == "many":
                chosen = random.sample(active, random.randrange(3, 8))
                posts = [self._post([(other, self._messages(other, random.randrange(1, 3))) for other in chosen])]
            elif shape == "race":
                # At the same time, so in no order among themselves: the first words of a new conversation, if one can be had.
                one = next((other for other in active if other.count == 0), one)
                posts = [self._post([(one, self._messages(one, random.randrange(1, 3)))], step=one.step) for _ in range(random.randrange(2, 5))]
            else:
                # A redelivery of what was acknowledged long ago, byte for byte.
                posts = [random.choice(sent)] if sent else []
            if shape in ("one", "burst", "many") and random.random() < 0.15:
                posts = posts * 2   # the same bytes twice at the same time
            await asyncio.gather(*(self._deliver(post, clients[place:] or clients) for place, post in enumerate(posts)))
            self._done(posts)
            sent = (sent + posts)[-60:]
            messages = max(3 if shape == "run" else 1, sum(len(post["objects"]) for post in posts))
            await self.pause(random.expovariate(1) * messages * self.driver_count / self.rate)
        for client in clients:
            client.close()

    @staticmethod
    def _done(posts):
        """These were acknowledged: what is posted from now on comes after them."""
        for conversation in {conversation for post in posts for conversation, _ in post["objects"]}:
            conversation.step += 1
        for post in posts:
            for conversation, message in post["objects"]:
                if message not in conversation.old:
                    conversation.old = [*conversation.old[-20:], message]

    def _messages(self, conversation, count):
        random, made = self.random, []
        for _ in range(count):
            serial = self.next_serial()
            conversation.count += 1
            message = {
                "from": conversation.customer, "id": f"wamid.T{self.run}{serial:08}", "timestamp": str(int(time.time()) - random.randrange(0, 30)),
            }
            kind = random.random()
            first = conversation.count == 1
            if kind < 0.03 and not first:
                message |= {"type": "text", "text": {"body": PERSON}}
            elif kind < 0.12:
                message |= {"type": "location", "location": {"latitude": 24.7, "longitude": 46.6, "name": f"Place {serial}"}}
            elif kind < 0.2:
                message |= {"type": "image", "image": {"id": str(serial), "mime_type": "image/jpeg", "sha256": "x", "caption": f"Picture {serial}"}}
            else:
                message |= {"type": "text", "text": {"body": f"{serial} {random.choice(TEXTS)}".strip()}}
            made.append(message)
        return made

    def _post(self, parts, step=None):
        """One webhook with the messages of one or several conversations; sometimes with an old one among them, or a status of nothing we sent."""
        random, serial = self.random, self.next_serial()
        entries, objects, records = {}, [], []
        for conversation, messages in parts:
            channel = conversation.channel
            old = [random.choice(conversation.old)] if conversation.old and random.random() < 0.1 else []
            value = self._value(channel, conversation.customer)
            value["messages"] = old + messages
            entries.setdefault(channel["waba"], []).append({"field": "messages", "value": value})
            objects += [(conversation, message) for message in messages]
            records += [
                {
                    "id": message["id"], "merchant": channel["merchant"], "channel": channel["id"], "customer": conversation.customer,
                    "body": body_of(message), "step": conversation.step if step is None else step, "post": serial, "place": place,
                }
                for place, message in enumerate(messages)
            ]
            if random.random() < 0.05:
                value = self._value(channel, conversation.customer)
                value["statuses"] = [
                    {"id": f"wamid.N{serial}", "status": "delivered", "timestamp": str(int(time.time())), "recipient_id": conversation.customer}
                ]
                entries[channel["waba"]].append({"field": "messages", "value": value})
        self.log.write("post", post=serial, messages=records)
        return {"post": serial, "objects": objects, **self._signed(parts[0][0].channel, entries)}

    @staticmethod
    def _value(channel, customer):
        return {
            "messaging_product": "whatsapp", "metadata": {"display_phone_number": channel["display"], "phone_number_id": channel["number"]},
            "contacts": [{"profile": {"name": f"Customer {customer[-4:]}"}, "wa_id": customer}],
        }

    @staticmethod
    def _signed(channel, entries):
        envelope = {"object": "whatsapp_business_account", "entry": [{"id": waba, "changes": changes} for waba, changes in entries.items()]}
        # As Meta writes it, and signed over exactly these bytes.
        body = json.dumps(envelope, separators=(",", ":")).replace("/", "\\/").encode()
        signature = hmac.new(channel["app"]["appSecret"].encode(), body, hashlib.sha256).hexdigest()
        return {"body": body, "headers": {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}}

    async def _deliver(self, post, clients):
        """Until it is acknowledged. Meta gives up after days; we never do."""
        client, tries = clients[0], 0
        while True:
            tries += 1
            self.attempts += 1
            try:
                answer = await client.request("POST", "/webhooks/meta", post["headers"], post["body"])
                if answer.status == 200:
                    break
                if answer.status < 500:
                    self.findings.append(f"webhook {post['post']} answered {answer.status}: {answer.body[:200]!r}")
            except Failed:
                pass
            self.refused += 1
            await asyncio.sleep(self.random.uniform(0.02, min(0.05 * tries, 0.5)))
        self.last_ack = time.time()
        self.acknowledged += 1
        self.log.write("ack", post=post["post"], tries=tries)

    # The provider

    async def _early_statuses(self):
        """Statuses of our own for some messages that the simulator took: before its `sent`, twice, and out of order."""
        client, server = Client(self.installation.simulator_port), [Client(self.installation.server_port)]
        channels = {channel["number"]: channel for channel in self.installation.channels}
        after = 0
        while not self.stopping.is_set():
            try:
                sent = (await client.request("GET", f"/simulator/sent?after={after}&limit=1000")).json["messages"]
            except Failed:
                sent = []
            for message in sent:
                after = message["sequence"]
                if self.random.random() > 0.08 or self.stopping.is_set():
                    continue
                channel, serial = channels[message["phoneNumberId"]], self.next_serial()
                status = self.random.choice(["delivered", "read"])
                value = self._value(channel, message["to"])
                value["statuses"] = [
                    {
                        "id": message["id"], "status": status, "timestamp": str(int(time.time())), "recipient_id": message["to"],
                        "biz_opaque_callback_data": message["bizOpaqueCallbackData"],
                    }
                ]
                self.log.write("post", post=serial, messages=[], statuses=[{"message": message["bizOpaqueCallbackData"], "status": status}])
                post = {"post": serial, "objects": [], **self._signed(channel, {channel["waba"]: [{"field": "messages", "value": value}]})}
                await self._deliver(post, server)
                if self.random.random() < 0.3:
                    await self._deliver(post, server)
            await self.pause(0.2)

    # People

    async def _agent(self, number):
        """Answers customers through the API, with an Idempotency-Key that is used again until there is an answer, and sometimes after that."""
        random = self.random
        clients = [Client(self.installation.server_port) for _ in range(2)]
        merchants = sorted({channel["merchant"] for channel in self.installation.channels})[number :: self.agent_count]
        written = {}
        while not self.stopping.is_set():
            await self.pause(random.expovariate(1) * 0.6)
            merchant = random.choice(merchants)
            headers = {
                "Authorization": f"Bearer {self.installation.token}", "X-Restaurant-Id": merchant, "Content-Type": "application/json",
            }
            try:
                answer = await clients[0].request("GET", "/api/v1/conversations?limit=50", headers)
            except Failed:
                continue
            if answer.status != 200:
                if answer.status < 500:
                    self.findings.append(f"the list of conversations answered {answer.status}: {answer.body[:200]!r}")
                continue
            conversations = [one["id"] for one in answer.json["data"] if written.get(one["id"], 0) < 4]
            for conversation in random.sample(conversations, min(len(conversations), 2)):
                written[conversation] = written.get(conversation, 0) + 1
                await self._write(clients, merchant, conversation, headers)
        for client in clients:
            client.close()

    async def _write(self, clients, merchant, conversation, headers):
        serial = self.next_serial()
        key, text = f"torture-{self.run}-{serial}", f"Agent {serial}"
        body = json.dumps({"type": "text", "text": {"body": text}}).encode()
        path, headers = f"/api/v1/conversations/{conversation}/messages", {**headers, "Idempotency-Key": key}
        self.log.write("key", key=key, merchant=merchant, conversation=conversation, body=text)
        at_once = 2 if self.random.random() < 0.15 else 1
        answers = await asyncio.gather(*(self._send(client, path, headers, body) for client in clients[:at_once]))
        if self.random.random() < 0.25:
            answers.append(await self._send(clients[0], path, headers, body))
            if answers[-1].headers.get("idempotent-replayed") != "true":
                self.findings.append(f"key {key}: a repetition was not answered as one")
        self.replays += len(answers) - 1
        if any(answer.status != 201 or answer.body != answers[0].body for answer in answers):
            self.findings.append(f"key {key}: answers differ or are no 201: {[(answer.status, answer.body[:200]) for answer in answers]}")
        elif answers[0].status == 201:
            self.log.write("send", key=key, merchant=merchant, conversation=conversation, body=text, message=answers[0].json["id"])

    async def _send(self, client, path, headers, body):
        while True:
            try:
                answer = await client.request("POST", path, headers, body)
                if answer.status < 500:
                    return answer
            except Failed:
                pass
            await asyncio.sleep(self.random.uniform(0.05, 0.4))


def body_of(message):
    """The words of a message by which it is recognised, as `evidence.py` reads them from the database."""
    content = message[message["type"]]
    return content.get("body") or content.get("caption") or content.get("name")

"""Two servers and two workers behind nginx, on a PostgreSQL of their own; customers who write, screens that watch, receivers of webhooks."""

import asyncio
import json
import random
import re
import secrets
import time

from torture_lib import evidence
from torture_lib.client import Client, Failed
from torture_lib.installation import Installation
from torture_lib.traffic import Traffic
from watch_lib.live import Watcher
from watch_lib.receiver import Receiver

from nginx import Nginx

MARKER = re.compile(rb"marker-\w+")


class Screen(Watcher):
    """A watcher that makes of the events what a dashboard shows: the status of each message, the mode of each conversation."""

    def __init__(self, port, merchant, token, marker, **more):
        super().__init__(port, merchant, token, on_event=self._show, **more)
        self.marker = marker.encode()
        self.messages, self.modes = {}, {}
        self.foreign = []

    def _show(self, _, event, payload):
        # In every word that the customers of its merchant say there is its marker, and nobody else's.
        if set(MARKER.findall(payload)) - {self.marker}:
            self.foreign.append(payload[:300])
        data = event["data"]
        match event["type"]:
            case "message_received":
                self.messages[data["message"]["id"]] = data["message"]["status"]
            case "message_sent" | "message_status_changed":
                self.messages[data["messageId"]] = data["status"]
            case "conversation_updated" if "mode" in data:
                self.modes[data["conversationId"]] = data["mode"]


class Rig:
    def __init__(self, program, directory, merchants, machine=None):
        """With `machine` the second server runs there."""
        self.installation = Installation(program, directory, merchants, workers=2, servers=2, settings={
            "MAITRE_HTTP_TRUSTED_PROXIES": "127.0.0.1,198.18.0.0/15", "MAITRE_WEBHOOKS_TIMEOUT_SECONDS": "2",
        }, address=machine.database if machine else "")
        self.hosts = ["127.0.0.1", machine.host if machine else "127.0.0.1"]
        if machine:
            self.installation.machines[2] = machine
        self.nginx = Nginx(directory, [f"{host}:{port}" for host, port in zip(self.hosts, self.installation.server_ports)])
        self.installation.callback_port = self.nginx.port
        self.receiver = Receiver(self._hook)
        self.hooks = {}          # merchant → the ids that its receiver was given
        self.hook_answer = 200
        self.findings = []
        self.posted = 0
        self.random = random.Random(7)

    async def start(self):
        await self.installation.prepare()
        await self.nginx.start()
        await self.receiver.start()
        await self.installation.tell_webhooks(f"http://127.0.0.1:{self.receiver.port}")
        self.channels = {}
        for channel in self.installation.channels:
            self.channels.setdefault(channel["merchant"], channel)
        self.merchants = list(self.channels)
        self.markers = {merchant: f"marker-{number}x{secrets.token_hex(6)}" for number, merchant in enumerate(self.merchants)}

    async def stop(self):
        if self.receiver.server:
            await self.receiver.stop()
        await self.nginx.stop()
        await self.installation.stop()

    def _hook(self, hook):
        merchant = hook.path.strip("/")
        if not hook.is_signed_by(self.installation.endpoints[merchant]):
            self.findings.append(f"a webhook of {merchant} is not signed by its secret")
        if set(MARKER.findall(hook.body)) - {self.markers[merchant].encode()}:
            self.findings.append(f"a webhook of {merchant} has another's marker: {hook.body[:300]}")
        if self.hook_answer == 200:
            self.hooks.setdefault(merchant, []).append(hook.id)
        return self.hook_answer

    def screen(self, merchant, port=None, **more):
        """Through nginx unless a port is named."""
        return Screen(port or self.nginx.port, merchant, self.installation.token, self.markers[merchant], **more)

    def screen_at(self, node, merchant):
        """Directly at the first or the second server."""
        return self.screen(merchant, self.installation.server_ports[node - 1], host=self.hosts[node - 1])

    async def customer_says(self, merchant, port=None, customer=None, client=None):
        """Until it is acknowledged, as Meta does."""
        channel = self.channels[merchant]
        self.posted += 1
        customer = customer or f"9665{self.random.randrange(10):08}"
        value = Traffic._value(channel, customer)
        value["messages"] = [{
            "from": customer, "id": f"wamid.N{secrets.token_hex(8)}", "timestamp": str(int(time.time())), "type": "text",
            "text": {"body": f"{self.markers[merchant]} {self.posted}"},
        }]
        post = Traffic._signed(channel, {channel["waba"]: [{"field": "messages", "value": value}]})
        client = client or Client(port or self.nginx.port)
        while True:
            try:
                answer = await client.request("POST", "/webhooks/meta", post["headers"], post["body"], timeout=5)
                if answer.status == 200:
                    return value["messages"][0]["id"]
                if answer.status < 500:
                    raise RuntimeError(f"a webhook was answered {answer.status}: {answer.body[:200]!r}")
            except Failed:
                pass
            await asyncio.sleep(0.1)

    async def ask(self, method, path, merchant, body=None, port=None):
        """Through nginx unless a port is named; as often as it takes."""
        headers = {"Authorization": f"Bearer {self.installation.token}", "X-Restaurant-Id": merchant, "Content-Type": "application/json"}
        client = Client(port or self.nginx.port)
        for _ in range(100):
            try:
                answer = await client.request(method, path, headers, json.dumps(body).encode() if body is not None else b"", timeout=5)
                if answer.status < 500:
                    return answer.json
            except Failed:
                pass
            await asyncio.sleep(0.1)
        raise RuntimeError(f"{method} {path} was never answered")

    async def traffic(self, seconds, rate, merchants=None):
        """Customers write to all, and now and then a person takes a conversation over or gives it back."""
        merchants = merchants or self.merchants
        over = time.monotonic() + seconds
        modes = {}

        async def customers():
            client = Client(self.nginx.port)
            while time.monotonic() < over:
                merchant = self.random.choice(merchants)
                await self.customer_says(merchant, client=client)
                await asyncio.sleep(self.random.expovariate(1) * 4 / rate)
            client.close()

        async def people():
            while time.monotonic() < over:
                await asyncio.sleep(self.random.uniform(0.1, 0.5))
                merchant = self.random.choice(merchants)
                page = await self.ask("GET", "/api/v1/conversations?limit=5", merchant)
                for one in page["data"][:1]:
                    mode = modes[one["id"]] = "bot" if modes.get(one["id"]) == "paused" else "paused"
                    await self.ask("PATCH", f"/api/v1/conversations/{one['id']}", merchant, {"mode": mode})

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(customers())
            group.create_task(people())

    async def events(self):
        """merchant → the ids of its committed events, in the order in which they are told."""
        rows = await self.installation.cluster.query("select merchant_id merchant, id from app.events order by xid, id")
        found = {merchant: [] for merchant in self.merchants}
        for row in rows:
            found[row["merchant"]].append(row["id"])
        return found

    async def quiet(self, patience=90):
        left = await evidence.wait_until_quiet(self.installation, patience)
        assert not any(left.values()), f"not worked off: {left}"

    async def until(self, condition, patience, what):
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, f"after {patience} s: {what() if callable(what) else what}"
            await asyncio.sleep(0.05)


async def running(screens):
    """Starts them; the tasks, when all are connected."""
    tasks = [asyncio.create_task(screen.run()) for screen in screens]
    for screen in screens:
        async with asyncio.timeout(60):
            await screen.ready.wait()
    return tasks


async def ended(screens, tasks):
    for screen in screens:
        screen.stop()
    await asyncio.gather(*tasks)

"""Who is told what happens while everything is killed: a screen of every merchant, which resumes, and every merchant's receiver of webhooks."""

import asyncio
import json

from watch_lib.live import Watcher
from watch_lib.receiver import Receiver


def provider_of(data):
    """Of an event about a message that came in: WhatsApp's id of it."""
    return data.get("message", {}).get("providerMessageId")


class Told:
    def __init__(self, installation, random):
        self.installation, self.random = installation, random
        self.shown = []      # what screens handled, in their order
        self.hooks = []      # what receivers were given
        self.watchers, self.tasks = [], []
        self.known = set()   # webhooks that were given before
        self.earlier = []
        self.receiver = Receiver(self._hook)

    async def start(self):
        await self.receiver.start()
        await self.installation.tell_webhooks(f"http://127.0.0.1:{self.receiver.port}")
        for merchant in self.installation.endpoints:
            self.watchers.append(Watcher(self.installation.server_port, merchant, self.installation.token, self._show))
        self.tasks = [asyncio.create_task(watcher.run()) for watcher in self.watchers]
        for watcher in self.watchers:
            async with asyncio.timeout(30):
                await watcher.ready.wait()
        # What happened before anybody was there to be told.
        self.earlier = [row["id"] for row in await self.installation.cluster.query("select id from app.events")]

    def _show(self, watcher, event, _):
        self.shown.append({"merchant": watcher.merchant, "id": event["id"], "type": event["type"], "provider": provider_of(event["data"])})

    def _hook(self, hook):
        merchant = hook.path.strip("/")
        body = json.loads(hook.body)
        self.hooks.append({
            "merchant": merchant, "id": hook.id, "type": body["type"], "provider": provider_of(body["data"]),
            "signed": hook.is_signed_by(self.installation.endpoints[merchant]),
        })
        # Kept, but the answer gets lost: it comes again, and only then. Twice would be five minutes later.
        is_new = hook.id not in self.known
        self.known.add(hook.id)
        return Receiver.close if is_new and self.random.random() < 0.02 else 200

    async def settle(self, patience=30):
        """Until each screen has got as many events as there are, at most `patience` seconds. What is missing is for the checks to report."""
        rows = await self.installation.cluster.query("select merchant_id merchant, count(*) number from app.events group by 1")
        earlier = await self.installation.cluster.query(
            f"select merchant_id merchant, count(*) number from app.events where id = any('{{{','.join(self.earlier)}}}') group by 1")
        wanted = {row["merchant"]: row["number"] for row in rows}
        for row in earlier:
            wanted[row["merchant"]] -= row["number"]
        try:
            async with asyncio.timeout(patience):
                while any(len(watcher.ids) < wanted.get(watcher.merchant, 0) for watcher in self.watchers):
                    await asyncio.sleep(0.1)
                # And a moment in which something could come that should not.
                await asyncio.sleep(0.3)
        except TimeoutError:
            pass

    def evidence(self):
        return {
            "earlier": self.earlier,
            "shown": self.shown,
            "screens": [
                {
                    "merchant": watcher.merchant, "again": watcher.twice, "lost": watcher.lost, "ends": len(watcher.ends), "resumes": watcher.resumes,
                    "findings": watcher.findings,
                } for watcher in self.watchers
            ],
            "hooks": self.hooks,
        }

    async def stop(self):
        for watcher in self.watchers:
            watcher.stop()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.receiver.server:
            await self.receiver.stop()

"""Kills server, workers and PostgreSQL with -9 at random moments, starts them again after a short random pause, and notes what was under way."""

import asyncio
import signal
import time

from .cluster import QueryFailed
from .processes import kill

TARGETS = ("server", "worker", "postgres")


class Killer:
    def __init__(self, installation, random, seconds, kills, stall=False):
        self.installation, self.random = installation, random
        self.kills = []     # one dictionary each
        self.locks = {target: asyncio.Lock() for target in TARGETS}
        # Every target equally often, in any order, now and then two at the same time. None in the last part: what is left then should be worked off,
        # and a killed worker's leases last for half a minute.
        targets = [target for target in TARGETS for _ in range(kills)]
        random.shuffle(targets)
        first, last = min(2, seconds * 0.1), seconds * 0.9
        moments = sorted(random.uniform(first, last) for _ in targets)
        self.plan = list(zip(moments, targets))
        # A worker that is stopped for longer than its leases last, and then goes on as if nothing had happened.
        self.stall = stall
        self.stalled = None

    async def run(self):
        start = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            if self.stall:
                group.create_task(self._stall())
            for moment, target in self.plan:
                await asyncio.sleep(max(0, start + moment - asyncio.get_running_loop().time()))
                group.create_task(self._kill(target))

    async def _kill(self, target):
        # A thing that is down cannot be killed: the next one waits until it is up.
        async with self.locks[target]:
            note = {"target": target, "at": time.time()}
            if target == "server":
                await self.installation.server.kill()
                note["ended"] = time.time()
                await self._pause()
                await self.installation.server.start()
            elif target == "worker":
                # Sometimes all of them at once.
                workers = [worker for worker in self.installation.workers if worker is not self.stalled]
                victims = workers if self.random.random() < 0.3 else [self.random.choice(workers)]
                await asyncio.gather(*(worker.kill() for worker in victims))
                note |= {"ended": time.time(), "how": "all" if len(victims) == len(workers) else "one"}
                # The last statements of a killed worker may still be running.
                await asyncio.sleep(0.2)
                note["sending"] = await self._sending()
                await self._pause()
                for worker in victims:
                    await worker.start()
            else:
                how = self.random.choice(["all", "all", "postmaster", "backend"])
                if not await self.installation.cluster.kill(how):
                    how = "all"
                    await self.installation.cluster.kill(how)
                note |= {"ended": time.time(), "how": how}
                if how == "backend":
                    if not await self.installation.cluster.wait_until_up(asyncio.get_running_loop().time() + 60):
                        raise RuntimeError("PostgreSQL did not recover from the death of a backend")
                else:
                    await self._pause()
                    await self.installation.cluster.start()
                note["sending"] = await self._sending()
            note["up"] = time.time()
            self.kills.append(note)

    async def _pause(self):
        await asyncio.sleep(self.random.uniform(0.05, 1.2))

    async def _stall(self):
        await asyncio.sleep(self.random.uniform(1, 5))
        async with self.locks["worker"]:
            self.stalled, started = self.installation.workers[0], time.time()
            kill(self.stalled.pid, signal.SIGSTOP)
        await asyncio.sleep(0.2)
        note = {"target": "stalled worker", "at": started, "ended": started, "sending": await self._sending()}
        await asyncio.sleep(32)
        kill(self.stalled.pid, signal.SIGCONT)
        self.stalled = None
        self.kills.append({**note, "up": time.time()})

    async def _sending(self):
        """Messages that are between the decision to send them and the record of the provider's answer: their senders may just have died."""
        for _ in range(600):
            try:
                rows = await self.installation.cluster.query("select id from app.messages where status = 'sending'")
                return [row["id"] for row in rows]
            except QueryFailed:
                # PostgreSQL may have been killed meanwhile.
                await asyncio.sleep(0.1)
        raise RuntimeError("PostgreSQL did not come back")

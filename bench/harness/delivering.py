"""Row `deliveries`: outgoing webhooks to receivers on this machine, and what dead ones cost the others."""

import asyncio
import subprocess
import time
from array import array
from datetime import datetime

from watch_lib.receiver import Receiver

from . import report
from .installation import API, Installation
from .processes import Failure
from .telling import at
from .tools import Result, median

MERCHANTS, DEAD = 50, 5
# Of the dead: these take a connection and never answer, the others refuse it.
HANGING = 3
SETTINGS = {"MAITRE_WEBHOOKS_DESTINATIONS": "loopback"}
# As if nothing had ever been delivered: what failed in one pass would be tried again in the next.
CLEAN = """
    truncate app.events, app.webhook_deliveries, app.webhook_attempts, queue.jobs, queue.jobs_delayed, queue.jobs_dead, queue.jobs_done, queue.lanes, queue.schedule;
    update app.webhook_endpoints set is_slow = false, failing_since = null, failures = 0, status = 'active', status_reason = null;
    checkpoint"""


def deliveries(run):
    installation = Installation(run.server, "bench_deliveries", run.log_level)
    installation.create()
    with asyncio.Runner() as runner:
        rig = Rig(run, installation)
        try:
            runner.run(rig.prepare())
            seconds = run.options.seconds
            # To know how many make a pass.
            rig.backlog = 2000
            first = runner.run(rig.drain(dead=False))
            rig.backlog = max(2000, round(first.rate * seconds / MERCHANTS) * MERCHANTS)
            run.say(f"  a first look: {first.rate:,.0f} deliveries/s; {rig.backlog:,} events a pass")
            most = turns(run, runner, rig, "drain")
            rate = round(median([one.rate for one in most[False]]) / 2)
            steady = turns(run, runner, rig, "steady", rate)
        finally:
            runner.run(rig.stop())
    live, beside = (median([one.rate for one in most[dead]]) for dead in (False, True))
    (p50, p95, p99), (dead50, dead95, dead99) = (
        tuple(median([getattr(one, name) for one in steady[dead]]) for name in ("p50", "average", "p99")) for dead in (False, True))
    run.say(f"deliveries: {live:,.0f}/s, with dead endpoints {beside / live:.3f} × of that; p95 at half rate {p95:.1f} ms, beside dead ones {dead95:.1f} ms")
    run.write("deliveries", "Outgoing webhooks", [
        run.circumstances(),
        f"One `maitre work`, {MERCHANTS} restaurants with an endpoint each, at a receiver on this machine that keeps the id and answers 200; {rig.backlog:,} events are "
        f"committed at once, and the time is from that commit to the last arrival. Then {rate:,} events a second by a timetable, each time from the event's own "
        f"time to its arrival. With dead ones: {DEAD} of the {MERCHANTS} endpoints, of which {HANGING} take connections and never answer and the others refuse "
        f"them; what is counted and timed is what the other {MERCHANTS - DEAD} get. Everything had to arrive exactly once.",
        report.table(["", "rate", "p50", "p95", "p99", ""], [
            ["all at once", report.number(live), "", "", "", most[False][-1].note],
            ["all at once, 10 % dead", report.number(beside), "", "", "", most[True][-1].note],
            ["half rate", report.number(median([one.rate for one in steady[False]])), *map(report.latency, (p50, p95, p99)), steady[False][-1].note],
            ["half rate, 10 % dead", report.number(median([one.rate for one in steady[True]])), *map(report.latency, (dead50, dead95, dead99)),
             steady[True][-1].note]]),
        report.ratios([
            ("with 10 % dead : without, deliveries a second", beside / live, 0.9, False),
            ("p95 of the others beside dead ones : without", dead95 / p95, 1.2, True)])])


def turns(run, runner, rig, kind, *arguments):
    """Passes without and with dead endpoints, in turn."""
    found = {False: [], True: []}
    for turn in range(run.options.pairs):
        for dead in (False, True):
            result = runner.run(getattr(rig, kind)(*arguments, dead=dead))
            found[dead].append(result)
            latency = f", p50 {result.p50:.1f} ms, p95 {result.average:.1f} ms, p99 {result.p99:.1f} ms" if result.p50 else ""
            run.say(f"  {turn + 1}/{run.options.pairs} {kind}{', 10 % dead' if dead else ''}: {result.rate:,.0f}/s{latency}; {result.note}")
    return found


class Rig:
    def __init__(self, run, installation):
        self.run, self.installation, self.server = run, installation, run.server
        self.backlog = 0
        self.dead = False
        self.arrivals, self.seen, self.twice = array("d"), set(), 0
        self.wrong = []
        self.common, self.mortal = Receiver(self._take), Receiver(self._take)
        self.secrets = {}
        self.psql = None

    async def prepare(self):
        await self.common.start()
        await self.mortal.start()
        serve = self.installation.serve(**SETTINGS)
        api = API(serve.port, self.installation.admin("create-key", "--name", "bench"))
        restaurants = []
        try:
            for number in range(MERCHANTS):
                receiver = self.mortal if number >= MERCHANTS - DEAD + HANGING else self.common
                restaurants.append(api.post("/api/v1/merchants", {"name": f"R{number}", "timeZone": "Asia/Riyadh", "locale": "en", "currency": "SAR"})["id"])
                made = api.post("/api/v1/webhook-endpoints", {"url": f"http://127.0.0.1:{receiver.port}/{number}"}, restaurants[-1])
                self.secrets[number] = made["secret"]
        finally:
            serve.stop()
        self.restaurants = "{" + ",".join(restaurants) + "}"
        self.psql = subprocess.Popen(
            ["psql", "--no-psqlrc", "--quiet", "--output", "/dev/null", self.server.url(self.installation.database)], stdin=subprocess.PIPE, text=True)

    async def stop(self):
        if self.psql:
            self.psql.stdin.close()
            self.psql.wait(30)
        for receiver in (self.common, self.mortal):
            if receiver.server:
                await receiver.stop()

    def _take(self, hook):
        number = int(hook.path.strip("/"))
        if self.dead and number >= MERCHANTS - DEAD:
            return Receiver.hang
        if hook.id in self.seen:
            self.twice += 1
        self.seen.add(hook.id)
        # The rest looks alike: to check each would make the receiver what is measured.
        if len(self.seen) % 50 == 0 and not hook.is_signed_by(self.secrets[number]):
            self.wrong.append(hook.id)
        place = hook.body.index(b'"timestamp":"') + 13
        moment = datetime.fromisoformat(hook.body[place:hook.body.index(b'"', place)].decode()).timestamp()
        self.last = hook.at
        self.arrivals.append((hook.at - moment) * 1000)
        return 200

    def _append(self, first, count):
        """Events of the restaurants in turn."""
        self.psql.stdin.write(
            "insert into app.events (merchant_id, id, type, data) "
            f"select ('{self.restaurants}'::uuid[])[1 + n % {MERCHANTS}], app.uuid_v7(), 'conversation_updated', "
            "jsonb_build_object('conversationId', '01900000-0000-7000-8000-000021000000', 'mode', 'paused', 'version', n) "
            f"from generate_series({first}, {first + count - 1}) n;\nselect pg_notify('maitre_jobs', '@events');\n")
        self.psql.stdin.flush()

    async def drain(self, dead):
        """All at once; deliveries a second."""
        async def load(work):
            start = time.time()
            self._append(0, self.backlog)
            return start, await self._all(self.backlog, dead, work)

        return await self._pass(dead, load)

    async def steady(self, rate, dead):
        """By a timetable, twenty times a second."""
        async def load(work):
            begin, start, sent = time.time(), time.monotonic(), 0
            while time.monotonic() < start + self.run.options.seconds:
                due = round((time.monotonic() - start + 0.05) * rate)
                if due > sent:
                    self._append(sent, due - sent)
                    sent = due
                await asyncio.sleep(0.05)
            return begin, await self._all(sent, dead, work)

        return await self._pass(dead, load)

    async def _all(self, events, dead, work):
        """How many live deliveries that makes; when all of them are there."""
        whole, rest = divmod(events, MERCHANTS)
        wanted = whole * (MERCHANTS - DEAD) + min(rest, MERCHANTS - DEAD) if dead else events
        deadline = time.monotonic() + 60 + self.run.options.seconds * 4
        while len(self.seen) < wanted:
            work.check()
            if time.monotonic() > deadline:
                raise Failure(f"{len(self.seen)} of {wanted} webhooks arrived")
            await asyncio.sleep(0.01)
        return wanted

    async def _pass(self, dead, load):
        self.server.sql(self.installation.database, CLEAN)
        self.dead = dead
        if dead:
            port = self.mortal.port
            await self.mortal.stop()
        self.arrivals, self.seen, self.twice, self.last = array("d"), set(), 0, 0.0
        work = self.installation.work("--queues", "webhook_delivery,webhook_slow", **SETTINGS)
        try:
            await asyncio.sleep(1)
            children = [("work", work), ("PostgreSQL", self.server.child)]
            used, own, clock = [child.processor_seconds() for _, child in children], time.process_time(), time.monotonic()
            start, count = await load(work)
            lasted = time.monotonic() - clock
            shares = [f"{name} {(child.processor_seconds() - before) / lasted:.2f}" for (name, child), before in zip(children, used)]
            shares.append(f"receiver {(time.process_time() - own) / lasted:.2f}")
            rate = count / (self.last - start)
            await asyncio.sleep(0.2)
        finally:
            work.stop()
            if dead:
                await self.mortal.start(port)
        if self.twice or self.wrong or len(self.seen) != count:
            raise Failure(f"of {count} webhooks {len(self.seen)} arrived, {self.twice} twice, {len(self.wrong)} with a wrong signature")
        values = sorted(self.arrivals)
        # `average` carries the 95th percentile.
        return Result(rate, at(values, 0.5), at(values, 0.99), average=at(values, 0.95), requests=count, note=f"processors: {', '.join(shares)}")

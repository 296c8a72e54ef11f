"""Row `turns`: a customer writes, the bot's reply reaches the simulated WhatsApp, and its three statuses come back and are stored."""

import http.client
import json
import random
import re
import time

from . import dataset, report
from .installation import API, Installation
from .processes import Failure, free_port
from .tools import Result

SECRET = "bench-app-secret-0123456789abcdef"
NUMBERS = 20
CONTACTS = 5000
READ = re.compile(r'maitre_messages_total\{direction="outbound",status="read",type="status"\} (\d+)')


class Rig:
    """Everything of the way of one message: database, serve, work, simulate."""

    def __init__(self, run):
        self.run = run
        installation = self.installation = Installation(run.server, "bench_turns", run.log_level)
        installation.create()
        key = installation.admin("create-key", "--name", "bench")
        simulator_port = free_port()
        self.serve = installation.serve()
        api = API(self.serve.port, key)
        for number in range(NUMBERS):
            restaurant = api.post("/api/v1/merchants", {"name": f"R{number}", "timeZone": "Asia/Riyadh", "locale": "en", "currency": "SAR"})["id"]
            api.allow(restaurant)
            bot = api.post("/api/v1/bots", {"name": "Front desk"}, restaurant)["id"]
            api.post(f"/api/v1/bots/{bot}/channels", dataset.channel(number, SECRET), restaurant)
        self.simulate = installation.simulate(self.configuration(), simulator_port)
        self.work = installation.work(MAITRE_META_GRAPH_BASE_URL=f"http://127.0.0.1:{simulator_port}/graph")
        self.injected = 0
        self.times = {}
        # Each contact writes to one number; who writes next goes round, so that nobody writes twice within seconds.
        self.contacts = [(str(100_000_000_000_000 + index % NUMBERS), str(966_520_000_000 + index)) for index in range(CONTACTS)]
        random.Random(4).shuffle(self.contacts)
        self.control = http.client.HTTPConnection("127.0.0.1", simulator_port)
        self.metrics = http.client.HTTPConnection("127.0.0.1", self.work.metrics_port)

    def configuration(self):
        return {
            "callbackUrl": f"http://127.0.0.1:{self.serve.port}/webhooks/meta",
            "apps": [{"appId": "1", "appSecret": SECRET, "verifyToken": "bench-verify-token"}],
            "phoneNumbers": [{
                "phoneNumberId": str(100_000_000_000_000 + number), "wabaId": str(200_000_000_000_000 + number),
                "displayNumber": f"9665{10_000_000 + number}", "accessToken": "bench-access-token", "restaurantName": f"R{number}", "locale": "en",
            } for number in range(NUMBERS)],
            "delays": {"sent": 20, "delivered": 60, "read": 120},
            # Meta's limits off, and room for everything of a run; little is kept of each chat.
            "limits": {"throughputPerSecond": 0, "pairBurst": 0, "sentLog": 2_000_000, "entriesPerThread": 20},
            "updatesPerWebhook": self.run.options.updates_per_webhook,
        }

    def inject(self, count):
        """One webhook with a message each of the next `count` contacts."""
        chosen = [self.contacts[(self.injected + offset) % CONTACTS] for offset in range(count)]
        body = json.dumps({"updates": [
            {"phoneNumberId": number, "customer": customer, "name": "Sara", "message": {"type": "text", "text": {"body": "Is there still a table?"}}}
            for number, customer in chosen]})
        now = time.time()
        for contact in chosen:
            self.times.setdefault(contact, []).append(now)
        self.injected += count
        self.control.request("POST", "/simulator/batches", body, {"Content-Type": "application/json"})
        response = self.control.getresponse()
        answer = response.read()
        if response.status != 202:
            raise Failure(f"the simulator answered {response.status}: {answer[:300]!r}")

    def measures(self):
        self.metrics.request("GET", "/metrics")
        return self.metrics.getresponse().read().decode()

    def read(self):
        """Turns that are over: their last status is stored."""
        found = READ.search(self.measures())
        return int(found.group(1)) if found else 0

    def ask(self, path):
        self.control.request("GET", path)
        return json.loads(self.control.getresponse().read())

    def latencies(self, sent_before):
        """Milliseconds from injection to the accepted reply, of the replies after the first `sent_before`; all of them checked."""
        seen = {}
        found = []
        after = 0
        while True:
            page = self.ask(f"/simulator/sent?after={after}&limit=10000")["messages"]
            if not page:
                return sorted(found)
            for message in page:
                contact = (message["phoneNumberId"], message["to"])
                turn = seen[contact] = seen.get(contact, 0) + 1
                # The n-th reply to a contact answers its n-th message: a lane keeps their order.
                if message["sequence"] > sent_before:
                    found.append(message["at"] - self.times[contact][turn - 1] * 1000)
            after = page[-1]["sequence"]

    def drain(self, patience=60):
        """Seconds until every turn is over."""
        start = time.monotonic()
        while self.read() < self.injected:
            if time.monotonic() - start > patience:
                raise Failure(f"{self.injected - self.read()} of {self.injected} turns were not over after {patience} s")
            time.sleep(0.1)
        return time.monotonic() - start

    def check(self):
        """Everything stored, everything read, nothing sent twice, nothing left."""
        counts = self.ask("/simulator/sent/counts?counts=false")
        sql = self.installation.server.sql
        database = self.installation.database
        received = int(sql(database, "select count(*) from app.messages where direction = 'inbound'"))
        read = int(sql(database, "select count(*) from app.messages where direction = 'outbound' and status = 'read'"))
        left = int(sql(database, "select (select count(*) from queue.jobs) + (select count(*) from queue.jobs_dead)"))
        if counts["repeated"] or counts["total"] != self.injected or received != self.injected or read != self.injected or left:
            raise Failure(f"of {self.injected} turns {received} were stored, {counts['total']} answered, {len(counts['repeated'])} twice, {read} read; "
                          f"{left} jobs left")

    def processors(self):
        return {child.name: child.processor_seconds() for child in (self.serve, self.work, self.simulate, self.installation.server.child)}

    def stop(self):
        for child in (self.simulate, self.work, self.serve):
            child.stop()


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


def full(rig, seconds):
    """As many turns a second as there are with `--turn-window` of them under way: a backlog cannot grow behind that."""
    options = rig.run.options

    def go(until):
        while time.monotonic() < until:
            room = options.turn_window - (rig.injected - rig.read())
            if room < options.turn_batch:
                time.sleep(0.005)
                continue
            for _ in range(room // options.turn_batch):
                rig.inject(options.turn_batch)

    # Every contact is known and greeted before the measurement begins.
    while rig.injected < CONTACTS:
        go(time.monotonic() + 0.5)
    rig.drain()
    if options.analyze:
        # Plans that were made for empty tables end with this, as they do when autovacuum comes by after its minute.
        rig.installation.server.sql(rig.installation.database, "analyze")
    if options.statements:
        # What was planned and run for empty tables says nothing about the rows that follow.
        rig.installation.server.sql("postgres", "select pg_stat_statements_reset()")
        go(time.monotonic() + 3)
    rig.run.say(f"  warmed up: {rig.injected} turns")
    sent_before = rig.ask("/simulator/sent/counts?counts=false")["total"]
    start, before, used = time.monotonic(), rig.read(), rig.processors()
    own = time.process_time()
    go(start + seconds)
    lasted, done = time.monotonic() - start, rig.read() - before
    shares = {name: (value - used[name]) / lasted for name, value in rig.processors().items()} | {"load generator": (time.process_time() - own) / lasted}
    drained = rig.drain()
    waits = rig.latencies(sent_before)
    return Result(done / lasted, percentile(waits, 0.5), percentile(waits, 0.99), requests=done,
                  note=f"drained in {drained:.1f} s; processors: " + ", ".join(f"{name} {share:.2f}" for name, share in shares.items()))


def steady(rig, rate, seconds):
    """The latency of replies under a timetable of `rate` turns a second, whatever the answers do."""
    batch = rig.run.options.steady_batch
    sent_before, before = rig.ask("/simulator/sent/counts?counts=false")["total"], rig.injected
    start = time.monotonic()
    late = 0.0
    while time.monotonic() < start + seconds:
        due = start + (rig.injected - before + batch) / rate
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        late = max(late, -wait)
        rig.inject(batch)
    lasted = time.monotonic() - start
    under_way = rig.injected - rig.read()
    drained = rig.drain()
    waits = rig.latencies(sent_before)
    return Result((rig.injected - before) / lasted, percentile(waits, 0.5), percentile(waits, 0.99), requests=len(waits),
                  note=f"{under_way} under way at the end, drained in {drained:.1f} s, generator at most {late * 1000:.0f} ms late")


def turns(run):
    rig = Rig(run)
    try:
        seconds = run.options.turn_seconds
        most = full(rig, seconds)
        run.say(f"  turns: {most.rate:,.0f}/s, p50 {most.p50:.0f} ms, p99 {most.p99:.0f} ms, {most.note}")
        rate = run.options.turn_rate or most.rate / 2
        half = steady(rig, rate, seconds)
        run.say(f"  half load: {half.rate:,.0f}/s, p50 {half.p50:.0f} ms, p99 {half.p99:.0f} ms, {half.note}")
        rig.check()
    finally:
        rig.stop()
    options = run.options
    run.write("turns", "Whole turns", [
        run.circumstances(),
        f"{NUMBERS} numbers, {CONTACTS:,} contacts, each written by a contact that was greeted before; serve, work, simulate and PostgreSQL on these cores; "
        f"a turn is over when `read` is stored. Full: at most {options.turn_window} turns under way for {seconds} s, {options.turn_batch} messages a webhook. "
        f"Half: a timetable for {seconds} s, {options.steady_batch} messages a webhook. Up to {options.updates_per_webhook} statuses a webhook, "
        f"20, 60 and 120 ms after the reply. Latencies are from the injection at the simulator to its acceptance of the reply.",
        report.figures([("full load", most, most.note), ("half load", half, half.note)]),
        f"All {rig.injected:,} turns of the run were stored, answered once and read; no job and no dead letter was left.",
        report.ratios([("turns a second", most.rate, 400, False), ("p99 webhook to reply at half load, ms", half.p99, 150, True)])])

"""Row `realtime`: how soon a commit is on every watching screen, what a screen costs, and what the bell costs those who append."""

import asyncio
import gc
import http.client
import itertools
import json
import re
import socket as sockets
import subprocess
import time
from array import array
from datetime import datetime

from torture_lib.client import Client
from watch_lib.live import Socket

from . import dataset, report, tokens
from .processes import Failure, free_port
from .reading import refuse_errors
from .tools import FOLDER, Result, alternate, middle, pgbench

MERCHANTS, SOCKETS, EVENTS = 50, 20, 100
# One more, whose screens read nothing.
SLOW = MERCHANTS
SLOW_SOCKETS = 20
IDLE = 5000
TIMESTAMP = b'"timestamp":"'
SLOW_CLOSES = re.compile(r"^maitre_realtime_slow_closes_total (\d+)", re.M)
MEGA = 1 << 20


def realtime(run):
    installation = dataset.messages_database(run.server, "bench_realtime", MERCHANTS + 1, run.log_level, MERCHANTS + 1, run.say)
    installation.server.sql(installation.database, "vacuum analyze app.conversations")
    roomy = {"MAITRE_REALTIME_SOCKETS_PER_PERSON": "10000", "MAITRE_REALTIME_SOCKETS_PER_MERCHANT": "10000"}
    metrics = free_port()
    nodes = [installation.serve(MAITRE_HTTP_METRICS_PORT=str(metrics), **roomy), installation.serve(**roomy)]
    try:
        with asyncio.Runner() as runner:
            crowd = Crowd(run, installation, nodes)
            runner.run(crowd.open())
            contestants = [("realtime", lambda: runner.run(crowd.measure()))]
            run.warm_up(contestants)
            told = middle(alternate(run.options.pairs, contestants, run.say)["realtime"])
            run.say(f"  {told.note}")
            slow = Slow(run, installation, nodes[0], metrics)
            with_slow = runner.run(slow.beside(crowd))
            runner.run(crowd.close())
        found = bell(run, installation, nodes)
    finally:
        for node in nodes:
            node.stop()
    serve = installation.serve(**roomy)
    try:
        with asyncio.Runner() as runner:
            idle = runner.run(open_idle(run, installation, serve))
    finally:
        serve.stop()
    ratio = found["on"].rate / found["off"].rate
    run.say(f"realtime: p50 {told.p50:.1f} ms, p99 {told.p99:.1f} ms; beside slow readers p99 {with_slow.p99:.1f} ms; {idle['each']:.1f} kB a socket; "
            f"bell on : off {ratio:.3f}")
    run.write("realtime", "Live sockets", [
        run.circumstances(),
        f"{EVENTS} events a second by a timetable, each a conversation whose mode is changed through the API at one of two nodes, of {MERCHANTS} restaurants with "
        f"{SOCKETS} sockets each, half of them at either node: {EVENTS * SOCKETS:,} frames a second; two nodes, PostgreSQL and the load generator on these cores. "
        "Latency is from the event's own time, taken in the transaction before its commit, to the socket's bytes in the generator; every frame counted, none "
        "missing.",
        report.figures([("frames", told, told.note), (f"beside {SLOW_SOCKETS} sockets that read nothing", with_slow, with_slow.note)]),
        report.ratios([
            ("p99, ms", told.p99, 50, True), ("p99 beside slow readers, ms", with_slow.p99, 50, True),
            ("memory that a slow reader takes, MB", slow.taken / MEGA / SLOW_SOCKETS, 2, True)]),
        f"The slow readers got {slow.rate} events of 32 kB a second between them and the node; each was closed with 4408 and came back, {slow.closes} times "
        f"in all. Resident memory of their node: {slow.before / MEGA:.0f} MB before, at most {slow.most / MEGA:.0f} MB meanwhile, "
        f"at most {slow.late / MEGA:.0f} MB in the second half.",
        f"{IDLE:,} sockets of {MERCHANTS} restaurants on one node, with `stats_updated` every five seconds and nothing else: {idle['before'] / MEGA:.0f} MB "
        f"before, {idle['after'] / MEGA:.0f} MB with them, {idle['each']:.1f} kB each; opened in {idle['seconds']:.1f} s; meanwhile the node took "
        f"{idle['cores']:.2f} cores.",
        "### The bell",
        f"pgbench with 16 clients, prepared; each transaction appends one event of {MERCHANTS} restaurants; both nodes read all of it, for one restaurant that "
        "is watched. Off: they look by themselves, every 250 to 500 ms. On: two others ring a hundred times a second each, as often as two nodes would at most.",
        report.figures([("bell off", found["off"], ""), ("bell on", found["on"], found["on"].note), ("NOTIFY in each transaction", found["within"], "")]),
        report.ratios([("bell on : off", ratio, 0.9, False), ("NOTIFY in each transaction : off", found["within"].rate / found["off"].rate, None, False)])])


def path_and_headers(number, token):
    return "/api/v1/realtime", {"Authorization": f"Bearer {token}", "X-Restaurant-Id": tokens.uuid(1, number)}


async def connect(number, token, port, on_text, on_end, receive_buffer=None):
    """A socket that the node has accepted; the kernel's buffer as small as it gets when that is asked for."""
    path, headers = path_and_headers(number, token)
    connection = sockets.socket()
    if receive_buffer:
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, receive_buffer)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, ("127.0.0.1", port))
    _, socket = await loop.create_connection(lambda: Socket(on_text, on_end, path, headers), sock=connection)
    return socket


class Lateness:
    """How late this process itself is: a timer's delay says how long a frame may have waited for us."""

    def __init__(self):
        self.values = array("d")

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.005
            await asyncio.sleep(0.005)
            self.values.append((loop.time() - due) * 1000)


class Crowd:
    """The screens, and those who change something."""

    def __init__(self, run, installation, nodes):
        self.run, self.installation, self.nodes = run, installation, nodes
        self.sockets, self.connected, self.ended = [], 0, 0
        self.latencies = array("d")
        self.times = {}
        # Restaurants in turn, then the next conversation of each.
        self.conversations = itertools.cycle([(number, place) for place in range(dataset.CONVERSATIONS) for number in range(MERCHANTS)])
        self.modes = {}
        self.clients = [Client(node.port) for node in nodes for _ in range(4)]
        self.tokens = dict(installation.readers)

    async def open(self):
        for number in range(MERCHANTS):
            self.sockets += await asyncio.gather(*(
                connect(number, self.tokens[number], self.nodes[place % 2].port, self._text, self._end) for place in range(SOCKETS)))
        for _ in range(500):
            if self.connected == len(self.sockets):
                return
            await asyncio.sleep(0.02)
        raise Failure(f"{self.connected} of {len(self.sockets)} sockets were opened; the first says {self.sockets[0].refusal}")

    async def close(self):
        for socket in self.sockets:
            socket.on_end = lambda *_: None
            socket.abort()
        await asyncio.sleep(0.2)

    def _end(self, socket, code):
        self.ended += 1

    def _text(self, socket, payload):
        place = payload.find(TIMESTAMP)
        if b'"conversation_updated"' in payload:
            text = payload[place + len(TIMESTAMP):place + len(TIMESTAMP) + 24]
            at = self.times.get(text)
            if at is None:
                at = self.times[text] = datetime.fromisoformat(text.decode()).timestamp()
            self.latencies.append((time.time() - at) * 1000)
        elif b'"connected"' in payload:
            self.connected += 1

    async def measure(self):
        """One pass."""
        self.latencies, self.times = array("d"), {}
        lateness, errors = Lateness(), []
        timer = asyncio.create_task(lateness.run())
        children = [("serve 1", self.nodes[0]), ("serve 2", self.nodes[1]), ("PostgreSQL", self.installation.server.child)]
        used, own, start = [child.processor_seconds() for _, child in children], time.process_time(), time.monotonic()
        events = EVENTS * self.run.options.seconds
        # Nothing of the harness's own may stop the world meanwhile.
        gc.collect()
        gc.disable()
        try:
            tasks = []
            for number in range(events):
                wait = start + number / EVENTS - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                tasks.append(asyncio.create_task(self._change(self.clients[number % len(self.clients)], errors)))
            await asyncio.gather(*tasks)
            lasted = time.monotonic() - start
            shares = [f"{name} {(child.processor_seconds() - before) / lasted:.2f}" for (name, child), before in zip(children, used)]
            shares.append(f"load generator {(time.process_time() - own) / lasted:.2f}")
            for _ in range(100):
                if len(self.latencies) >= events * SOCKETS:
                    break
                await asyncio.sleep(0.05)
        finally:
            gc.enable()
            timer.cancel()
        if errors or self.ended or len(self.latencies) != events * SOCKETS:
            raise Failure(f"{len(errors)} changes failed ({errors[:1]}), {self.ended} sockets ended, {len(self.latencies)} of {events * SOCKETS} frames came")
        values, late = sorted(self.latencies), sorted(lateness.values)
        return Result(len(values) / lasted, at(values, 0.5), at(values, 0.99), requests=len(values),
                      note=f"processors: {', '.join(shares)}; generator's own timer late by {at(late, 0.99):.1f} ms (p99)")

    async def _change(self, client, errors):
        number, place = next(self.conversations)
        mode = self.modes[number, place] = "bot" if self.modes.get((number, place)) == "paused" else "paused"
        _, headers = path_and_headers(number, self.tokens[number])
        path = f"/api/v1/conversations/{tokens.uuid(2, place * 10000 + number)}"
        # One request at a time on each connection.
        lock = client.__dict__.setdefault("lock", asyncio.Lock())
        async with lock:
            answer = await client.request("PATCH", path, headers | {"Content-Type": "application/json"}, json.dumps({"mode": mode}).encode())
        if answer.status != 200:
            errors.append((answer.status, answer.body[:300]))


def at(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


class Slow:
    """Sockets that are opened and never read, of a restaurant where much happens; closed by the node, they come back at once."""

    rate = 50

    def __init__(self, run, installation, node, metrics):
        self.run, self.installation, self.node, self.metrics = run, installation, node, metrics
        self.before = self.most = self.late = self.closes = 0

    async def beside(self, crowd):
        self.before = self.node.memory()
        first, running = self._closed(), True
        psql = subprocess.Popen(
            ["psql", "--no-psqlrc", "--quiet", "--output", "/dev/null", self.installation.server.url(self.installation.database)],
            stdin=subprocess.PIPE, text=True)
        statement = (
            "insert into app.events (merchant_id, id, type, data) select "
            f"'{tokens.uuid(1, SLOW)}', app.uuid_v7(), 'message_received', jsonb_build_object('text', repeat(md5(random()::text), 1000));\n"
            "select pg_notify('maitre_jobs', '@events');\n")

        async def happen():
            while running:
                psql.stdin.write(statement)
                psql.stdin.flush()
                await asyncio.sleep(1 / self.rate)

        async def stare():
            while running:
                closed = await asyncio.to_thread(self._closed)
                opened = await asyncio.gather(*(
                    connect(SLOW, dict(self.installation.readers)[SLOW], self.node.port, self._stop_reading, lambda *_: None, 4096)
                    for _ in range(SLOW_SOCKETS)))
                while running and await asyncio.to_thread(self._closed) < closed + SLOW_SOCKETS:
                    await asyncio.sleep(0.2)
                for socket in opened:
                    socket.abort()

        async def sample():
            start = time.monotonic()
            while running:
                memory = self.node.memory()
                self.most = max(self.most, memory)
                if time.monotonic() - start > self.run.options.seconds:
                    self.late = max(self.late, memory)
                await asyncio.sleep(0.05)

        tasks = [asyncio.create_task(one()) for one in (happen, stare, sample)]
        passes = []
        try:
            # One to fill the buffers, one to compare with.
            for _ in range(2):
                passes.append(await crowd.measure())
            # Who falls behind while it is told what it missed is waited for ten seconds.
            deadline = time.monotonic() + 30
            while await asyncio.to_thread(self._closed) < first + SLOW_SOCKETS and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
        finally:
            running = False
            await asyncio.gather(*tasks)
            psql.stdin.close()
            psql.wait(30)
        self.closes = self._closed() - first
        if self.closes < SLOW_SOCKETS:
            raise Failure(f"{self.closes} of {SLOW_SOCKETS} slow readers were closed")
        result = passes[-1]
        self.run.say(f"  beside slow readers: p50 {result.p50:.2f} ms, p99 {result.p99:.2f} ms, {self.closes} closed; "
                     f"memory {self.before / MEGA:.0f} → {self.most / MEGA:.0f} MB, second half {self.late / MEGA:.0f} MB; {result.note}")
        return result

    @property
    def taken(self):
        return max(0, self.most - self.before)

    @staticmethod
    def _stop_reading(socket, _):
        socket.transport.pause_reading()

    def _closed(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics, timeout=5)
        connection.request("GET", "/metrics")
        found = SLOW_CLOSES.search(connection.getresponse().read().decode())
        connection.close()
        return int(found.group(1)) if found else 0


async def open_idle(run, installation, serve):
    await asyncio.sleep(2)
    outcome = {"before": serve.memory()}
    connected, chosen, start = [], dict(installation.readers), time.monotonic()
    opened = []
    ended = []

    def text(socket, payload):
        if b'"connected"' in payload:
            connected.append(socket)

    for first in range(0, IDLE, 100):
        opened += await asyncio.gather(*(
            connect(number % MERCHANTS, chosen[number % MERCHANTS], serve.port, text, lambda _, code: ended.append(code)) for number in range(first, first + 100)))
    while len(connected) < IDLE:
        if ended or time.monotonic() - start > 120:
            raise Failure(f"{len(connected)} of {IDLE} sockets were opened, {len(ended)} ended with {set(ended)}")
        await asyncio.sleep(0.02)
    outcome["seconds"] = time.monotonic() - start
    # Longer than it takes to be pinged.
    used, start = serve.processor_seconds(), time.monotonic()
    await asyncio.sleep(30)
    outcome["cores"] = (serve.processor_seconds() - used) / (time.monotonic() - start)
    outcome["after"] = serve.memory()
    outcome["each"] = (outcome["after"] - outcome["before"]) / IDLE / 1024
    if ended:
        raise Failure(f"{len(ended)} idle sockets ended with {set(ended)}")
    for socket in opened:
        socket.abort()
    await asyncio.sleep(0.2)
    run.say(f"  {IDLE} idle sockets: {outcome['before'] / MEGA:.0f} → {outcome['after'] / MEGA:.0f} MB, {outcome['each']:.1f} kB each, "
            f"opened in {outcome['seconds']:.1f} s, {outcome['cores']:.2f} cores")
    return outcome


def bell(run, installation, nodes):
    """Appending with and without the bell. What the others append is read and not told: told it would be another measurement."""
    url = installation.server.url(installation.database, "maitre_tenant")
    platform = installation.server.url(installation.database, "maitre_platform")
    watching = Watching(nodes, installation)

    def contestant(name, script, rings=False):
        def measure():
            # What lies there already is nobody's load.
            run.server.sql(installation.database, "truncate app.events; checkpoint")
            ringing = None
            if rings:
                ringing = subprocess.Popen(
                    ["pgbench", "--no-vacuum", "--client", "2", "--rate", "200", "--time", str(run.options.seconds), "--file", f"{FOLDER}/sql/bell.sql", platform],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            used, start = [node.processor_seconds() for node in nodes], time.monotonic()
            with watching:
                result = pgbench(url, script, run.options.seconds, 16, last=1_000_000 + MERCHANTS - 1, moment=f"{int(time.time() * 1000):012x}7")
            lasted = time.monotonic() - start
            if ringing and ringing.wait(run.options.seconds + 60) != 0:
                raise Failure("the bell was not rung")
            result.note = f"nodes {', '.join(f'{(node.processor_seconds() - before) / lasted:.2f}' for node, before in zip(nodes, used))} cores"
            return result
        return name, measure

    contestants = [contestant("off", "event.sql"), contestant("on", "event.sql", rings=True), contestant("within", "event-notify.sql")]
    run.warm_up(contestants)
    found = {name: middle(passes) for name, passes in alternate(run.options.pairs, contestants, run.say).items()}
    refuse_errors(found)
    return found


class Watching:
    """One socket of a restaurant at each node, so that the nodes have somebody to read for; nothing happens there."""

    def __init__(self, nodes, installation):
        self.nodes, self.token = nodes, dict(installation.readers)[SLOW]

    def __enter__(self):
        self.connections = []
        for node in self.nodes:
            connection = sockets.create_connection(("127.0.0.1", node.port))
            path, headers = path_and_headers(SLOW, self.token)
            connection.sendall(Socket(None, None, path, headers).request)
            if b" 101 " not in connection.recv(4096):
                raise Failure("a socket was refused")
            self.connections.append(connection)

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()

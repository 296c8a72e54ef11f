"""R4: slow headers, slow bodies, slow readers. Others are served as before, and the slow ones are shown out."""

import csv
import http.client
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

from harness.processes import Child, Failure, free_port

from .report import Section, table

# Milliseconds in which health has to answer while an attack goes on (requirement R4 of the attacks).
HEALTH_LIMIT = 100
# Megabytes by which the program may grow meanwhile: what it holds for a slow client must not be the whole answer.
MEMORY_LIMIT = 150
# Seconds after which the program gives up on each kind (ConnectionLimits), and some for the last of them to begin and be noticed. A slow reader whose
# answer the kernel has taken is a connection between requests; one that holds up the program itself goes after 30 s.
SHOWN_OUT = {"-H": 60, "-B": 20, "-X": 60}
GRACE = 8
# Connections of the three probes, slowhttptest's own among them.
OURS = 3


class Probe(threading.Thread):
    """Asks for health again and again, on connections of its own."""

    def __init__(self, port, path, headers):
        super().__init__(daemon=True)
        self.port, self.path, self.headers = port, path, headers
        self.times, self.failures, self.stopping = [], 0, threading.Event()

    def run(self):
        while not self.stopping.wait(0.05):
            start = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", self.path, headers=self.headers)
                status = connection.getresponse().status
                connection.close()
                self.failures += status != 200
            except OSError:
                self.failures += 1
            self.times.append((time.monotonic() - start) * 1000)

    def stop(self):
        self.stopping.set()
        self.join()
        return sorted(self.times)


class Doorkeeper(threading.Thread):
    """Counts the program's open connections, on its side: a slow reader does not notice for long that it was shown out."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.address, self.stopping = f":{port:04X}", threading.Event()
        self.most, self.last, self.began = 0, 0.0, time.monotonic()

    def run(self):
        while not self.stopping.wait(0.5):
            count = 0
            for path in ("/proc/net/tcp", "/proc/net/tcp6"):
                with open(path, encoding="ascii") as file:
                    fields = [line.split() for line in file]
                count += sum(1 for field in fields if field[1].endswith(self.address) and field[3] == "01")
            self.most = max(self.most, count)
            if count > OURS:
                self.last = time.monotonic() - self.began

    def stop(self):
        self.stopping.set()
        self.join()


class Attack:
    def __init__(self, title, mode, path, options):
        self.title, self.mode, self.path, self.options = title, mode, path, options

    def arguments(self, base, prefix):
        return ["slowhttptest", self.mode, "-g", "-o", prefix, "-v", "1", *self.options, "-u", base + self.path]


def attacks(port, short):
    connections, rate = ("200", "100") if short else ("2000", "200")
    common = ["-c", connections, "-r", rate, "-p", "3"]
    large = next((path for path in ("/docs/swagger-ui-bundle.js", "/phone/sample.jpg") if status_of(port, path) == 200), "/livez")
    slow_body = [*common, "-i", "10", "-t", "POST", "-f", "application/json", "-s", "60000", "-x", "10"]
    yield Attack("slow headers", "-H", "/livez", [*common, "-i", "10", "-x", "24", "-l", "80" if short else "120"])
    yield Attack("slow body to a webhook", "-B", "/webhooks/meta", [*slow_body, "-l", "40" if short else "90"])
    yield Attack("slow body to the login", "-B", "/api/v1/auth/login", [*slow_body, "-l", "40" if short else "90"])
    yield Attack("slow reading", "-X", large, [*common, "-k", "5", "-n", "10", "-w", "1", "-y", "64", "-z", "8", "-l", "90" if short else "120"])


def status_of(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def run(one, base, directory):
    """The seconds of the attack, each with the connections that were closed, pending and open, and whether the tool's own probe was served."""
    prefix = os.path.join(directory, re.sub(r"\W+", "-", one.title))
    subprocess.run(one.arguments(base, prefix), capture_output=True, stdin=subprocess.DEVNULL, timeout=600)
    with open(prefix + ".csv", encoding="utf-8") as file:
        rows = [[int(float(cell)) for cell in row[:5]] for row in csv.reader(file) if row and row[0].strip().isdigit()]
    if not rows:
        raise Failure(f"slowhttptest wrote no statistics for {one.title}")
    return rows


def control(directory):
    """Slow headers have to stop a server that serves one client after the other."""
    port = free_port()
    server = Child("the open server", [sys.executable, os.path.join(os.path.dirname(__file__), "open_server.py"), str(port)], os.path.join(directory, "slow.err"))
    try:
        server.wait_ready(port)
        rows = run(Attack("control", "-H", "/find", ["-c", "10", "-r", "10", "-i", "5", "-l", "12", "-p", "2"]), f"http://127.0.0.1:{port}", directory)
    finally:
        server.stop()
    unserved = sum(1 for row in rows if row[4] == 0)
    if not unserved:
        raise Failure("slowhttptest did not stop the open server")
    return unserved


def attack(installation, short):
    version = re.search(r"version ([\d.]+)", subprocess.run(["slowhttptest", "-h"], capture_output=True, text=True).stdout)
    reader = {"Authorization": f"Bearer {installation.names['MAITRE_TOKEN']}", "X-Restaurant-Id": installation.names["MAITRE_RESTAURANT"]}
    rows, findings, commands = [], [], []
    with tempfile.TemporaryDirectory(prefix="maitre-slow-") as directory:
        unserved = control(directory)
        for one in attacks(installation.port, short):
            memory = installation.child.memory()
            health, reads = Probe(installation.port, "/livez", {}), Probe(installation.port, "/api/v1/conversations?limit=1", reader)
            door = Doorkeeper(installation.port)
            for thread in (health, reads, door):
                thread.start()
            seconds = run(one, installation.base, directory)
            times, read_times, _ = health.stop(), reads.stop(), door.stop()
            installation.child.check()
            commands.append(" ".join(shlex.quote(part) for part in one.arguments("$BASE", "out")).replace("'", '"'))
            limit = SHOWN_OUT[one.mode] + GRACE + int(one.options[1]) // int(one.options[3])
            refused = [row[0] for row in seconds if row[4] == 0]
            grown = (installation.child.memory() - memory) / 2**20
            latency = f"{at(times, 0.5):.1f} / {at(times, 0.99):.1f} / {times[-1]:.0f}"
            gone = f"{door.last:.0f} s (at most {limit})"
            rows.append([one.title, door.most, gone, latency, f"{at(read_times, 0.99):.1f}", len(refused), f"{grown:+.0f} MB"])
            print(f"slowhttptest: {one.title}: {rows[-1][1:]}", file=sys.stderr)
            if at(times, 0.99) > HEALTH_LIMIT:
                findings.append(f"slowhttptest: {one.title}: health took {at(times, 0.99):.0f} ms (p99)")
            if health.failures or reads.failures or refused:
                findings.append(f"slowhttptest: {one.title}: others were not served: {health.failures} + {reads.failures} probes failed, {refused}")
            if grown > MEMORY_LIMIT:
                findings.append(f"slowhttptest: {one.title}: the program grew by {grown:.0f} MB")
            if door.last > limit:
                findings.append(f"slowhttptest: {one.title}: slow clients were still there after {door.last:.0f} s")
    text = (
        f"slowhttptest {version.group(1) if version else ''}, all clients on this machine. On the open server its own probe was not served for {unserved} s.\n\n"
        "```sh\n" + "\n".join(commands) + "\n```\n\n"
        + table(["attack", "most open at once", "last one gone after", "health p50 / p99 / max, ms", "a restaurant's read p99, ms", "seconds unserved", "memory"], rows)
        + f"\n\nHealth has to answer in {HEALTH_LIMIT} ms (p99), and the program may grow by {MEMORY_LIMIT} MB. Result: {'**see above**' if findings else 'the slow ones were shown out, and nobody else noticed'}."
    )
    return Section("slowhttptest", text, findings)


def at(times, share):
    return times[min(len(times) - 1, int(len(times) * share))]

"""Rows `webhooks` and `memory`: signed webhooks of Meta, each one message of 1.5 kB, stored before they are answered."""

import math
import os
import threading
import time

from . import dataset, report, signed
from .processes import Failure
from .tools import alternate, median, middle, pgbench, wrk

SECRET = "bench-app-secret-0123456789abcdef"
MERCHANTS = 1000
CONTACTS = 20
EMPTY = ("truncate inbox.updates, queue.lanes, queue.jobs, queue.jobs_done, queue.schedule, app.messages, app.message_references, app.events, "
         "app.usage_events, app.conversations, app.contacts; checkpoint;")


class Bodies:
    """Signed requests, enough for one pass; every pass begins with empty tables, so that each may use them again."""

    def __init__(self, run, seconds):
        self.count = math.ceil(run.options.bodies_per_second * seconds)
        run.say(f"signing {self.count:,} webhooks")
        self.path, self.size, self.sample = signed.file(self.count, MERCHANTS, CONTACTS, SECRET)

    def arguments(self, threads, rate=0):
        return (self.path, self.size, self.count, threads, rate)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.unlink(self.path)


def webhooks(run):
    installation = dataset.webhooks_database(run.server, "bench_webhooks", MERCHANTS, run.log_level, SECRET, run.say)
    seconds, connections = run.options.seconds, run.options.webhook_connections
    server, database = run.server, installation.database
    url = server.url(database, "maitre_platform")

    def rows():
        return int(server.sql(database, "select count(*) from inbox.updates"))

    with Bodies(run, seconds) as bodies:
        common = {"merchants": MERCHANTS, "contacts": CONTACTS}

        def load(port, rate=0, empty=True):
            if empty:
                server.sql(database, EMPTY)
            # On a timetable a stall must not leave the generator without a free connection.
            open_connections = connections * 4 if rate else connections
            result = wrk(port, "webhooks.lua", run.options.seconds, open_connections, 1, *bodies.arguments(1, rate), path="/webhooks/meta")
            # Every 200 must be a row; requests under way when the time was over may be rows too.
            stored = rows()
            if stored < result.requests - result.errors:
                raise Failure(f"{result.requests} webhooks were answered, {stored} stored")
            return result

        def sql(script):
            server.sql(database, EMPTY)
            # What is stored of a webhook with one message is little less than its body.
            return pgbench(url, script, run.options.seconds, 16, payload=bodies.sample, **common)

        serve = installation.serve()
        express = installation.express(run.node_path, SECRET)
        try:
            contestants = [
                ("maitre", lambda: load(serve.port)), ("pgbench insert", lambda: sql("insert.sql")), ("pgbench store", lambda: sql("store.sql")),
                ("express", lambda: load(express.port)),
            ]
            run.warm_up(contestants)
            found = {name: middle(value) for name, value in alternate(run.options.pairs, contestants, run.say).items()}
            half = round(found["maitre"].rate / 2)
            paced = {name: middle(value) for name, value in alternate(
                run.options.pairs, [("maitre half rate", lambda: load(serve.port, half))], run.say).items()}["maitre half rate"]
            run.say(f"  {paced.note}")
            working = with_workers(run, installation, serve, lambda port: load(port, empty=False))
        finally:
            express.stop()
            serve.stop()
    for name, result in (found | {"half": paced}).items():
        if result.errors:
            raise Failure(f"{name} had {result.errors} errors: no figures of this row")
    ours = found["maitre"].rate
    text = [run.circumstances(),
            f"Webhooks of {len(bodies.sample):,} bytes, each one message with an id of its own, for {MERCHANTS:,} numbers with {CONTACTS} contacts each; answer "
            f"`{{\"status\":\"ok\"}}`; tables empty before each pass; wrk with {connections} connections, pgbench with 16 clients, prepared; Express and pg: "
            f"2 processes with 8 connections each, signature and insert only; half rate: {connections * 4} connections on a timetable.",
            report.figures([
                ("Maitre, workers off", found["maitre"], ""), ("pgbench, single-row inserts", found["pgbench insert"], ""),
                ("pgbench, Maitre's rows one by one", found["pgbench store"], "inbox, lane, job, schedule"), ("Express and pg", found["express"], ""),
                ("Maitre, workers off, half that rate", paced, f"asked for {half:,}"),
                ("Maitre, inbound workers on", working, "replies stay queued")]),
            report.ratios([
                ("Maitre : single-row inserts", ours / found["pgbench insert"].rate, 0.8, False),
                ("Maitre : its rows one by one", ours / found["pgbench store"].rate, 1.2, False),
                ("Maitre : Express and pg", ours / found["express"].rate, 3, False), ("p99 at half the rate, ms", paced.p99, 50, True)]),
            f"The generator at half rate: {paced.note} (late: more than 5 ms behind its timetable). With workers: {working.note}."]
    run.say(f"webhooks: {ours / found['pgbench insert'].rate:.2f} × insert, {ours / found['pgbench store'].rate:.2f} × store, "
            f"{ours / found['express'].rate:.2f} × express, p99 at half rate {paced.p99:.1f} ms")
    run.write("webhooks", "Signed webhooks", text)


def with_workers(run, installation, serve, load):
    """The same load while a worker processes what comes in; there is no provider here, so nothing is sent."""
    passes = []
    for turn in range(run.options.pairs):
        # Before the worker: its claims and a truncation would wait for each other.
        run.server.sql(installation.database, EMPTY)
        work = installation.work("--queues", "inbound")
        try:
            result = load(serve.port)
        finally:
            work.stop()
        processed = int(run.server.sql(installation.database, "select count(*) from queue.jobs_done where queue = 'inbound'"))
        result.note = f"{processed:,} of {result.requests:,} processed"
        run.say(f"  {turn + 1}/{run.options.pairs} maitre with workers: {result.rate:,.0f}/s, p99 {result.p99:.1f} ms, {result.note}")
        passes.append(result)
    return middle(passes)


def memory(run):
    """Resident memory of `serve` and how fast it is ready, with PostgreSQL up."""
    installation = dataset.webhooks_database(run.server, "bench_memory", MERCHANTS, run.log_level, SECRET, run.say)
    starts = []
    for _ in range(10):
        serve = installation.serve(ready=False)
        starts.append(serve.wait_ready(serve.port, pause=0.002))
        serve.stop()
    serve = installation.serve()
    time.sleep(5)
    idle = serve.memory()
    largest = [idle]
    over = threading.Event()

    def sample():
        while not over.wait(0.05):
            largest.append(serve.memory())

    thread = threading.Thread(target=sample)
    try:
        with Bodies(run, run.options.seconds) as bodies:
            thread.start()
            load = wrk(serve.port, "webhooks.lua", run.options.seconds, run.options.webhook_connections, 1, *bodies.arguments(1), path="/webhooks/meta")
    finally:
        over.set()
        thread.join()
        peak = serve.memory("VmHWM")
        serve.stop()
    mega = 1 << 20
    run.say(f"memory: idle {idle / mega:.1f} MB, under {load.rate:,.0f} webhooks/s {max(largest) / mega:.1f} MB (peak {peak / mega:.1f}), "
            f"start {median(starts) * 1000:.0f} ms")
    run.write("memory", "Memory and start", [
        run.circumstances(),
        f"`maitre serve` alone: resident memory five seconds after the start; sampled every 50 ms under {load.rate:,.0f} webhooks a second "
        f"(p50 {load.p50:.1f} ms, p99 {load.p99:.1f} ms, {run.options.webhook_connections} connections, {run.options.seconds} s, workers off); the kernel's own "
        f"maximum {peak / mega:.0f} MB; from the start of the process to the first 200 of `/readyz`, ten starts, at most {max(starts) * 1000:.0f} ms.",
        report.ratios([("idle, MB", idle / mega, 80, True), ("under webhooks, MB", max(largest) / mega, 200, True),
                       ("start to ready, ms", median(starts) * 1000, 1000, True)])])

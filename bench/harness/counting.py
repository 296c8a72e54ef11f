"""Row `usage`: what counting costs the transactions that count, and the platform's list of everybody's usage."""

import http.client
import json
import os
import random
import subprocess
import time

from . import dataset, report
from .installation import Installation
from .processes import Failure
from .reading import refuse_errors
from .tools import FOLDER, Result, alternate, middle, pgbench

# All clients work for one restaurant: what is measured is whether they wait for one another.
MERCHANT = 1_000_000
CONTESTANTS = {
    "append": ("appended, added up once a second beside it", "append.sql"),
    "slots": ("allowance used from slots", "slots.sql"),
    "counter": ("one row counted up", "counter.sql"),
    "guarded": ("one row counted up under a limit", "guarded.sql"),
}


def usage(run):
    server, options = run.server, run.options
    installation = Installation(server, "bench_usage", run.log_level)
    installation.create()
    server.sql(installation.database, f"insert into platform.meta_apps (id, app_id, secret_sealed) values ('{dataset.META_APP}', '1', '\\x00')")
    dataset.directory(server, installation.database, options.usage_merchants, dataset.META_APP)
    server.sql_file(installation.database, os.path.join(FOLDER, "data", "usage.sql"))
    url = server.url(installation.database, "maitre_tenant")

    def contestant(name):
        def measure():
            server.sql(installation.database, "truncate app.bench_counters")
            beside = adding_up(url, options.seconds) if name == "append" else None
            # The first half of a UUIDv7 of now; the script adds the random digits.
            moment = f"{int(time.time() * 1000):012x}7"
            result = pgbench(url, CONTESTANTS[name][1], options.seconds, options.usage_clients, merchant=MERCHANT, moment=moment)
            if beside and beside.wait(options.seconds + 60) != 0:
                raise Failure("adding up beside the appends failed")
            return result
        return name, measure

    contestants = [contestant(name) for name in CONTESTANTS]
    run.warm_up(contestants)
    passes = alternate(options.pairs, contestants, run.say)
    found = {name: middle(value) for name, value in passes.items()}
    refuse_errors(found)
    verify(server, installation)
    append, slots = found["append"].rate / found["counter"].rate, found["slots"].rate / found["guarded"].rate
    run.say(f"usage: appending {append:.1f} × a counter, slots {slots:.1f} × a guarded counter")

    key = installation.admin("create-key", "--name", "bench")
    serve = installation.serve()
    try:
        pages = listing(serve.port, key, options.usage_merchants, 200 * options.pairs)
    finally:
        serve.stop()
    run.say(f"usage: pages p50 {pages.p50:.1f} ms, p99 {pages.p99:.1f} ms")
    run.write("usage", "Usage", [
        run.circumstances(),
        f"pgbench with {options.usage_clients} clients, prepared, all for one restaurant, each transaction one pipeline that sets the restaurant and counts "
        f"one message. Then `GET /usage?limit=100` with a platform key, {options.usage_merchants:,} restaurants with sixty days of usage each, "
        f"{pages.requests} pages at offsets of every size, one after the other.",
        report.figures([(CONTESTANTS[name][0], result, "") for name, result in found.items()] + [("a page of 100 restaurants", pages, "")]),
        report.ratios([
            ("appended : one row", append, 5, False),
            ("slots : one row under a limit", slots, None, False),
            ("p99 of a page, ms", pages.p99, 50, True)])])


def adding_up(url, seconds):
    """What the workers do, once a second, while others append."""
    arguments = ["pgbench", "--no-vacuum", "--protocol", "prepared", "--client", "1", "--rate", "1", "--time", str(seconds), "--file",
                 os.path.join(FOLDER, "sql", "rollup.sql"), "--define", f"merchant={MERCHANT}", url]
    return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def verify(server, installation):
    """Every append was counted once, added up or not."""
    merchant = f"01900000-0000-7000-8000-00001{MERCHANT}"
    counted = server.sql(installation.database, f"""
        select (select count(*) from app.usage_events where merchant_id = '{merchant}' and metric = 'message_outbound'),
            (select sum(d.number) from app.usage_days d join platform.merchants m on m.id = d.merchant_id
                where d.merchant_id = '{merchant}' and d.metric = 'message_outbound' and d.day = (now() at time zone m.time_zone)::date)
            + (select count(*) from app.usage_events where merchant_id = '{merchant}' and metric = 'message_outbound' and not rolled_up)""")
    events, read = counted.split("|")
    if events != read:
        raise Failure(f"{events} messages were appended, and {read} counted")


def listing(port, key, merchants, requests):
    """Pages one after the other on one connection; the time of each at the client."""
    chosen = random.Random(7)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times, errors = [], 0
    for number in range(requests + 20):
        offset = chosen.randrange(0, merchants - 100, 20)
        start = time.perf_counter()
        connection.request("GET", f"/api/v1/usage?limit=100&offset={offset}", headers={"X-API-Key": key})
        response = connection.getresponse()
        body = response.read()
        if number >= 20:
            times.append((time.perf_counter() - start) * 1000)
        page = json.loads(body)
        if response.status != 200 or len(page["data"]) != 100 or page["pagination"]["total"] != merchants:
            errors += 1
    if errors:
        raise Failure(f"{errors} pages were wrong")
    times.sort()
    return Result(1000 * len(times) / sum(times), p50=times[len(times) // 2], p99=times[int(len(times) * 0.99)], average=sum(times) / len(times),
                  requests=requests)

"""Rows `read` and `growth`: a restaurant reads over HTTP, with its token."""

import json
import re
import urllib.request

from . import dataset, report
from .processes import Failure
from .tools import alternate, middle, pgbench, wrk

READS = {
    "messages": {"suffix": "/messages?limit=25", "script": "messages.sql", "title": "last 25 messages of a conversation", "against_sql": 0.3},
    "conversation": {"suffix": "", "script": "conversation.sql", "title": "one conversation", "against_sql": 0.35},
}


def variables(installation):
    return {"merchants": installation.merchants, "conversations": dataset.CONVERSATIONS, "before": 2**63 - 1}


def fetch(port, path, token, restaurant):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}", "X-Restaurant-Id": restaurant})
    with urllib.request.urlopen(request) as response:
        return response.read()


def compare(ours, theirs):
    """The peer must answer the same; a cursor is signed with a key of one's own."""
    def masked(raw):
        return json.loads(re.sub(rb'"nextCursor":"[^"]*"', b'"nextCursor":"signed"', raw))

    if masked(ours) != masked(theirs):
        raise Failure(f"the peer's answer differs:\n{ours[:600]!r}\n{theirs[:600]!r}")


def read(run):
    installation = dataset.messages_database(run.server, "bench_read", 1000, run.log_level, run.options.readers, run.say)
    serve = installation.serve()
    express = installation.express(run.node_path)
    text = [run.circumstances(),
            f"1000 restaurants, {1000 * dataset.CONVERSATIONS * dataset.MESSAGES:,} messages interleaved on load ({installation.size}); "
            f"{run.options.readers} tokens, every request another restaurant and conversation; workers off; wrk with {run.options.connections} connections, "
            f"pgbench with {run.options.clients} clients, prepared, the same statements as one pipeline; "
            f"Express and pg: 2 processes with 8 connections each, named statements."]
    try:
        for name, kind in READS.items():
            path, sample = dataset.requests_file(installation, kind["suffix"])
            ours, theirs = fetch(serve.port, *sample), fetch(express.port, *sample)
            compare(ours, theirs)
            run.say(f"read {name}: {len(ours)} bytes, peer {len(theirs)}")
            seconds, connections = run.options.seconds, run.options.connections
            contestants = [
                ("maitre", lambda: wrk(serve.port, "read.lua", seconds, connections, 1, path)),
                ("pgbench", lambda: pgbench(installation.server.url(installation.database, "maitre_tenant"), kind["script"], seconds,
                                            run.options.clients, **variables(installation))),
                ("express", lambda: wrk(express.port, "read.lua", seconds, connections, 1, path)),
            ]
            run.warm_up(contestants)
            passes = alternate(run.options.pairs, contestants, run.say)
            found = {key: middle(value) for key, value in passes.items()}
            refuse_errors(found)
            text += [f"### {kind['title'][0].upper()}{kind['title'][1:]}", report.figures([
                ("Maitre", found["maitre"], f"{len(ours):,} bytes"), ("pgbench, one pipeline", found["pgbench"], ""),
                ("Express and pg", found["express"], f"{len(theirs):,} bytes")]),
                report.ratios([
                    ("Maitre : pgbench", found["maitre"].rate / found["pgbench"].rate, kind["against_sql"], False),
                    ("Maitre : Express and pg", found["maitre"].rate / found["express"].rate, 4, False)])]
            run.say(f"read {name}: {found['maitre'].rate / found['pgbench'].rate:.3f} × pgbench, "
                    f"{found['maitre'].rate / found['express'].rate:.2f} × express")
    finally:
        express.stop()
        serve.stop()
    run.write("read", "A restaurant reads", text)


def growth(run):
    """The same reads with ten times the restaurants and messages, by as many readers as before: what is measured is the data, not the credentials."""
    base = run.options.growth_merchants
    small = dataset.messages_database(run.server, "bench_read" if base == 1000 else "bench_small", base, run.log_level, run.options.readers, run.say)
    large = dataset.messages_database(run.server, "bench_large", base * 10, run.log_level, run.options.readers, run.say)
    nodes = [(installation, installation.serve()) for installation in (small, large)]
    text = [run.circumstances(), f"{base:,} restaurants with {base * dataset.CONVERSATIONS * dataset.MESSAGES:,} messages ({small.size}) and ten times both "
            f"({large.size}); {run.options.readers} tokens in both; workers off; wrk with {run.options.connections} connections, pgbench with "
            f"{run.options.clients} clients."]
    rows, figures = [], []
    try:
        for name, kind in READS.items():
            contestants = []
            for installation, serve in nodes:
                path, _ = dataset.requests_file(installation, kind["suffix"])
                size = "1×" if installation is small else "10×"
                contestants.append((f"maitre {size}", lambda serve=serve, path=path: wrk(
                    serve.port, "read.lua", run.options.seconds, run.options.connections, 1, path)))
                contestants.append((f"pgbench {size}", lambda installation=installation: pgbench(
                    installation.server.url(installation.database, "maitre_tenant"), kind["script"], run.options.seconds, run.options.clients,
                    **variables(installation))))
            run.warm_up(contestants)
            found = {key: middle(value) for key, value in alternate(run.options.pairs, contestants, run.say).items()}
            refuse_errors(found)
            figures += [(f"{key}: {kind['title']}", value, "") for key, value in found.items()]
            ratio = found["maitre 10×"].rate / found["maitre 1×"].rate
            rows += [(f"{kind['title']}: Maitre 10× : 1×", ratio, 0.8, False),
                     (f"{kind['title']}: pgbench 10× : 1×", found["pgbench 10×"].rate / found["pgbench 1×"].rate, None, False)]
            run.say(f"growth {name}: {ratio:.3f}")
    finally:
        for _, serve in nodes:
            serve.stop()
    run.write("growth", "Ten times the data", text + [report.figures(figures), report.ratios(rows)])


def refuse_errors(found):
    for name, result in found.items():
        if result.errors:
            raise Failure(f"{name} had {result.errors} errors: no figures of this row")

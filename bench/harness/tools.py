"""pgbench and wrk, and what their reports say."""

import os
import re
import subprocess
from dataclasses import dataclass

from .processes import Failure

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass
class Result:
    """One pass: a rate, its latencies in milliseconds where they were measured, and what else is worth telling."""

    rate: float
    p50: float = None
    p99: float = None
    average: float = None
    bytes: int = None
    errors: int = 0
    note: str = ""
    requests: int = 0


def _output(arguments, timeout):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout)
    if result.returncode != 0:
        raise Failure(f"{arguments[0]} failed: {(result.stderr or result.stdout).strip()[-1500:]}")
    return result.stdout + result.stderr


def pgbench(url, script, seconds, clients, threads=2, **variables):
    """A script of bench/sql, prepared statements, no vacuum of tables that it does not have."""
    arguments = ["pgbench", "--no-vacuum", "--protocol", "prepared", "--client", str(clients), "--jobs", str(min(threads, clients)),
                 "--time", str(seconds), "--file", os.path.join(FOLDER, "sql", script)]
    for name, value in variables.items():
        arguments += ["--define", f"{name}={value}"]
    output = _output(arguments + [url], seconds + 120)
    rate = float(re.search(r"tps = ([\d.]+) \(without", output).group(1))
    failed = re.search(r"number of failed transactions: (\d+)", output)
    done = re.search(r"number of transactions actually processed: (\d+)", output)
    return Result(rate, average=float(re.search(r"latency average = ([\d.]+) ms", output).group(1)),
                  errors=int(failed.group(1)) if failed else 0, requests=int(done.group(1)))


UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


def wrk(port, script, seconds, connections, threads, *arguments, path="/"):
    """A script of bench/load; latencies are wrk's, which corrects them for requests that could not be sent in time."""
    command = ["wrk", "--latency", "--threads", str(threads), "--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "10s",
               "--script", os.path.join(FOLDER, "load", script), f"http://127.0.0.1:{port}{path}", "--", *map(str, arguments)]
    output = _output(command, seconds + 120)

    def percentile(name):
        value, unit = re.search(rf"^\s+{name}%\s+([\d.]+)(us|ms|s|m)$", output, re.M).groups()
        return float(value) * UNITS[unit]

    done = int(re.search(r"(\d+) requests in", output).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    errors = (int(bad.group(1)) if bad else 0) + (sum(map(int, sockets.groups())) if sockets else 0)
    note = re.search(r"^generator: (.*)$", output, re.M)
    if note and "ran out" in note.group(1):
        raise Failure("The signed webhooks ran out before the time was over; use fewer --seconds or a higher --bodies-per-second.")
    return Result(float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), percentile(50), percentile(99), errors=errors,
                  note=note.group(1) if note else "", requests=done)


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def middle(results):
    """The median of each figure over the passes."""
    def of(name):
        values = [getattr(result, name) for result in results if getattr(result, name) is not None]
        return median(values) if values else None

    return Result(of("rate"), of("p50"), of("p99"), of("average"), results[-1].bytes, sum(result.errors for result in results),
                  "; ".join(result.note for result in results if result.note), sum(result.requests for result in results))


def alternate(pairs, contestants, say):
    """Passes in turn (ours, peer, ours, peer, …), so that a machine that grows slower or faster does so for all of them.

    `contestants` are (name, function) pairs; returns the passes by name."""
    results = {name: [] for name, _ in contestants}
    for turn in range(pairs):
        for name, measure in contestants:
            result = measure()
            results[name].append(result)
            latency = f", p50 {result.p50:.2f} ms, p99 {result.p99:.2f} ms" if result.p50 is not None else ""
            say(f"  {turn + 1}/{pairs} {name}: {result.rate:,.0f}/s{latency}" + (f", {result.errors} errors" if result.errors else ""))
    return results

"""The figures of a run, for people."""

import glob
import json
import os
from collections import Counter
from itertools import pairwise


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def spread(values):
    return f"{percentile(values, 0.5):.2f} s (longest {max(values):.2f})" if values else "not to be told"


def gap(moments):
    """The longest time between two of them."""
    return max((after - before for before, after in pairwise(sorted(moments))), default=float("nan"))


def recoveries(moments, kills, others):
    """For each kill the time from then, and from when it was up again, to the first of these moments; the second only when nothing else was
    killed in between."""
    since_kill, since_up = [], []
    for kill in kills:
        since_kill.append(min((moment for moment in moments if moment > kill["ended"]), default=float("inf")) - kill["at"])
        first = min((moment for moment in moments if moment > kill["up"]), default=float("inf"))
        if not any(other is not kill and other["at"] < first and other["up"] > kill["up"] for other in others):
            since_up.append(first - kill["up"])
    return since_kill, since_up


def summary(it, traffic, installation, seconds, left):
    acks = [ack["at"] for ack in it["acks"]]
    processed = [done["at"] for done in it["done"] if done["queue"] == "inbound"]
    statuses = Counter(message["status"] for message in it["messages"] if message["direction"] == "outbound")
    in_flight = {name for kill in it["kills"] for name in kill.get("sending", [])}
    lines = [
        f"webhooks     {traffic.acknowledged} acknowledged in {traffic.attempts} attempts ({traffic.refused} refused or without an answer), "
        f"longest gap between two acknowledgements {gap(acks):.2f} s",
        f"messages     {len(it['acknowledged'])} acknowledged in {len(it['conversations'])} conversations of {len(it['contacts'])} contacts, "
        f"longest gap between two processed updates {gap(processed):.2f} s of {len(processed)}",
        f"agents       {len(it['agents'])} messages with an Idempotency-Key, {traffic.replays} repetitions",
        f"statuses     {len(it['statuses'])} of our own beside those of the simulator",
        f"sent         {it['counts']['total']} taken by the simulator, {len(it['counts']['repeated'])} more than once; "
        + ", ".join(f"{number} {status}" for status, number in sorted(statuses.items())),
        f"unconfirmed  {statuses['unconfirmed']} at the end, of {len(in_flight)} in flight at the kills",
    ]
    again = len(it["hooks"]) - len({(hook["merchant"], hook["id"]) for hook in it["hooks"]})
    lines.append(
        f"told         {len(it['shown'])} events on {len(it['screens'])} screens, which lost their socket {sum(screen['ends'] for screen in it['screens'])} times; "
        f"{len(it['hooks'])} webhooks, {again} of them again"
    )
    for target in ("server", "worker", "postgres", "stalled worker"):
        kills = [kill for kill in it["kills"] if kill["target"] == target]
        if not kills:
            continue
        progress, what = (processed, "processed update") if "worker" in target else (acks, "acknowledgement")
        relevant = [kill for kill in it["kills"] if kill["target"] == "postgres" or ("worker" in kill["target"]) == ("worker" in target)]
        since_kill, since_up = recoveries(progress, kills, relevant)
        ways = Counter(kill["how"] for kill in kills if "how" in kill)
        lines.append(
            f"{target:12} {len(kills)} times" + (f" ({', '.join(f'{number} {way}' for way, number in sorted(ways.items()))})" if ways else "")
            + f"; down {spread([kill['up'] - kill['at'] for kill in kills])}; to the next {what} {spread(since_kill)}, once up {spread(since_up)}"
        )
    for process in [installation.server, installation.simulator, *installation.workers]:
        if process.exits:
            lines.append(f"{process.name} ended {len(process.exits)} times by itself, with {Counter(code for _, code in process.exits)}")
    if any(left.values()):
        lines.append(f"left         {left}")
    return lines


def log_excerpt(directory, kinds=("error", "critical"), most=12):
    """The most frequent messages of the processes' logs at these levels, for a run that failed."""
    found = Counter()
    for path in sorted(glob.glob(f"{directory}/*.log")):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    record = json.loads(line)
                except ValueError:
                    if "panic" in line.lower() or "fatal error" in line.lower():
                        found[os.path.basename(path), line.strip()[:300]] += 1
                    continue
                if record.get("level") in kinds:
                    found[os.path.basename(path), f"{record['message']}: {str(record.get('error', ''))[:200]}"] += 1
    return [f"{number:5} × {name}: {text}" for (name, text), number in found.most_common(most)]

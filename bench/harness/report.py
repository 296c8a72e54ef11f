"""bench/RESULTS.md: one section a row, each with what it was measured on; a run replaces the sections that it measured."""

import os
import re
import subprocess
import time

from .tools import FOLDER

PATH = os.path.join(FOLDER, "RESULTS.md")
ORDER = ["read", "webhooks", "turns", "lanes", "growth", "memory", "usage", "credentials", "realtime", "deliveries"]
HEAD = """# Results

Written by `bench/run`; what the rows mean is in [README.md](README.md). Everything of a row was measured in one run on one machine, contestants in turn;
figures are medians of the passes, and a ratio is that of two medians. Rates are a second, latencies milliseconds.
"""


def number(value):
    return "" if value is None else f"{value:,.0f}"


def latency(value):
    return "" if value is None else (f"{value:.2f}" if value < 10 else f"{value:.0f}")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def figures(results):
    """Contestants as (name, Result, remark)."""
    return table(["", "rate", "p50", "p99", "mean", "errors", ""], [
        [name, number(r.rate), latency(r.p50), latency(r.p99), latency(r.average), r.errors, remark] for name, r, remark in results])


def ratios(rows):
    """(what, value, wanted, whether less is better) each."""
    cells = []
    for what, value, wanted, less in rows:
        reached = "" if wanted is None else ("yes" if (value <= wanted if less else value >= wanted) else "**no**")
        limit = "" if wanted is None else f"{'<' if less else '≥'} {wanted:g}"
        cells.append([what, f"{value:,.2f}" if value < 100 else f"{value:,.0f}", limit, reached])
    return table(["", "measured", "wanted", "reached"], cells)


def busy_cores(seconds=1.0):
    """Cores that are busy now, by whatever; unlike the load average it forgets the row before at once."""
    def used():
        with open("/proc/stat") as file:
            fields = [int(field) for field in file.readline().split()[1:]]
        return sum(fields[:3]) + sum(fields[5:8])

    before = used()
    time.sleep(seconds)
    return (used() - before) / os.sysconf("SC_CLK_TCK") / seconds


def machine():
    model = ""
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
        model = found.group(1).strip() if found else ""
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 1024 / 1024
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, Linux"


def version():
    """The commit that was measured, and whether it had been changed."""
    def git(*arguments):
        return subprocess.run(["git", "-C", FOLDER, *arguments], capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "../Sources", "../migrations", "../Package.swift")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with changes" if changed else "")


def circumstances(command, settings, busy, log_level):
    postgres = f"PostgreSQL {settings['server_version'].split()[0]}, " + ", ".join(
        f"{name} {settings[name]}" for name in ("shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "max_wal_size"))
    return (f"`{command}`, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, commit {version()}, {machine()}, {busy:.2f} cores busy with other work before; {postgres}, "
            f"unix socket; `MAITRE_LOG_LEVEL={log_level}`.")


def write(name, title, text):
    section = f"<!-- {name} -->\n## {title}\n\n{text.strip()}\n<!-- /{name} -->\n"
    sections = {}
    if os.path.exists(PATH):
        with open(PATH) as file:
            sections = {found.group(1): found.group(0) for found in re.finditer(r"<!-- (\w+) -->\n.*?<!-- /\1 -->\n", file.read(), re.S)}
    sections[name] = section
    with open(PATH, "w") as file:
        file.write(HEAD + "".join("\n" + sections[key] for key in ORDER if key in sections))

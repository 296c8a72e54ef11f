"""bench/security/RESULTS.md: a section for each attack; a run replaces the sections that it made."""

import os
import re
import subprocess
import time
from dataclasses import dataclass, field

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "RESULTS.md")
ORDER = ("sqlmap", "slowhttptest")
HEAD = """# Results of the attacks

Written by `bench/security/run`, which says what it needs. Each tool was first turned on a server that is open to it, and had to succeed there. In the
commands `$BASE` is the program's address; `$TOKEN`, `$KEY`, `$RESTAURANT` and ids are those of the demo data.
"""


@dataclass
class Section:
    name: str
    text: str
    findings: list = field(default_factory=list)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def made(short):
    root = os.path.dirname(PATH)
    commit = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip() or "unknown"
    form = "`bench/security/run --short`, the reduced form" if short else "`bench/security/run`, in full"
    return f"{form}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, commit {commit}."


def write(section, short):
    sections = {}
    if os.path.exists(PATH):
        with open(PATH, encoding="utf-8") as file:
            sections = dict(re.findall(r"<!-- (\w+) -->\n(.*?)(?=\n<!-- |\Z)", file.read(), re.S))
    sections[section.name] = f"## {section.name}\n\n{made(short)}\n\n{section.text}\n"
    parts = [HEAD] + [f"<!-- {name} -->\n{sections[name].rstrip()}\n" for name in ORDER if name in sections]
    with open(PATH, "w", encoding="utf-8") as file:
        file.write("\n".join(parts))

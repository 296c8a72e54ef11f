"""Processes that are killed and started again."""

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import time

# Children must not outlive a harness that is itself killed: on Linux the kernel sees to that.
_SETPRIV = shutil.which("setpriv")
LEASH = [_SETPRIV, "--pdeathsig", "KILL", "--"] if _SETPRIV else []


def free_port():
    """A port that nobody listens on, below those that the kernel gives to outgoing connections: while a killed server is down, one of the
    harness's own connections could otherwise take its port."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def children(parent):
    """The process ids whose parent is `parent`."""
    if not os.path.isdir("/proc/self"):
        listing = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        return [int(pid) for pid, ppid in (line.split() for line in listing.splitlines()) if int(ppid) == parent]
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                # The program's name is in brackets and may itself have some in it.
                state, ppid = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(ppid) == parent and state != "Z":
            found.append(int(name))
    return found


def kill(pid, how=signal.SIGKILL):
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass


class Supervised:
    """A program that runs until it is killed, and is started again as a service manager would."""

    def __init__(self, name, command, environment, log):
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.process = None
        self.expected_end = False
        self.exits = []      # ends that nobody asked for: (time, code)
        self.starts = 0
        self._watch = None
        self._down = asyncio.Event()

    async def start(self):
        with open(self.log, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *LEASH, *self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.starts += 1
        self.expected_end = False
        self._down.clear()
        self._watch = asyncio.create_task(self._supervise(self.process))

    async def _supervise(self, process):
        code = await process.wait()
        self._down.set()
        if self.expected_end:
            return
        self.exits.append((time.time(), code))
        if len(self.exits) > 100:
            return
        await asyncio.sleep(0.25)
        if not self.expected_end:
            await self.start()

    async def kill(self):
        """kill -9, and waits until the process is gone."""
        self.expected_end = True
        if self.process is not None and self.process.returncode is None:
            kill(self.process.pid)
            await self._down.wait()

    @property
    def pid(self):
        return self.process.pid

"""A machine of its own in a network namespace, with two cables to this one that can be pulled out: then nothing arrives, and nobody is told."""

import asyncio
import os
import shutil
import subprocess

from torture_lib.processes import LEASH, kill


class NotAllowed(Exception):
    """There are no namespaces here, or they are not for this user."""


class Machine:
    """`host` is where its server is reached, `database` where PostgreSQL is for it: networks of RFC 2544, which are nobody's. Each cable goes through a switch,
    in a namespace too: with the switch off both ends have their link and their addresses, and what they send is gone."""

    def __init__(self):
        self.number = os.getpid() % 250
        self.host, self.database = f"198.18.{self.number}.6", f"198.18.{self.number}.1"
        self.holders = []

    async def start(self):
        programs = [shutil.which(name) or f"/usr/sbin/{name}" for name in ("unshare", "nsenter", "ip")]
        if os.geteuid() != 0 or not all(os.access(program, os.X_OK) for program in programs):
            raise NotAllowed("only root can make a network namespace, with unshare, nsenter and ip")
        here, switch = await self._namespace(), await self._namespace()
        self.enter, self.enter_switch = (["nsenter", f"--net=/proc/{pid}/ns/net", "--"] for pid in (here, switch))
        try:
            await self._run(*self.enter, "ip", "link", "set", "lo", "up")
            for name, ours, theirs in (("database", 1, 2), ("clients", 5, 6)):
                outside = f"mt{name}{self.number}"
                await self._run(*self.enter_switch, "ip", "link", "add", name, "type", "bridge")
                for port, end, place in (("out", outside, str(os.getpid())), ("in", name, str(here))):
                    port = f"{name[:4]}-{port}"
                    await self._run(*self.enter_switch, "ip", "link", "add", port, "type", "veth", "peer", "name", end, "netns", place)
                    await self._run(*self.enter_switch, "ip", "link", "set", port, "master", name, "up")
                await self.mend(name)
                for before, end, address, other in ([], outside, ours, theirs), (self.enter, name, theirs, ours):
                    await self._run(*before, "ip", "link", "set", end, "address", f"02:00:00:00:00:{address:02}", "up")
                    await self._run(*before, "ip", "address", "add", f"198.18.{self.number}.{address}/30", "dev", end)
                    # As beyond a router: who looks for a neighbour in vain learns from it that there is no way.
                    await self._run(*before, "ip", "neighbour", "replace", f"198.18.{self.number}.{other}", "lladdr", f"02:00:00:00:00:{other:02}",
                                    "dev", end, "nud", "permanent")
        except RuntimeError as error:
            raise NotAllowed(str(error)) from error

    async def _namespace(self):
        """The id of a process that does nothing in a namespace of its own."""
        holder = await asyncio.create_subprocess_exec(*LEASH, "unshare", "--net", "sleep", "infinity", stderr=subprocess.PIPE)
        self.holders.append(holder)
        outside = os.readlink("/proc/self/ns/net")
        for _ in range(200):
            if holder.returncode is not None:
                raise NotAllowed((await holder.stderr.read()).decode().strip())
            if os.readlink(f"/proc/{holder.pid}/ns/net") != outside:
                return holder.pid
            await asyncio.sleep(0.02)
        raise NotAllowed("no network namespace can be made")

    async def cut(self, cable):
        """`database` or `clients`."""
        await self._run(*self.enter_switch, "ip", "link", "set", cable, "down")

    async def mend(self, cable):
        await self._run(*self.enter_switch, "ip", "link", "set", cable, "up")

    async def stop(self):
        """The cables go with the namespaces, once their last processes have ended."""
        for holder in self.holders:
            if holder.returncode is None:
                kill(holder.pid)
                await holder.wait()

    @staticmethod
    async def _run(*command):
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {output.decode().strip()}")

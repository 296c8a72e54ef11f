"""Debian's nginx in front of the nodes, with the lines of docs/operating.md: what operators copy from there is what is tested."""

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

from torture_lib.cluster import identity
from torture_lib.processes import LEASH, free_port

ROOT = Path(__file__).resolve().parents[2]
MAIN = """
daemon off;
# One process, so that nothing is left when it is killed.
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log info;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{lines}
}}
"""


def program():
    for path in (ROOT / ".venv/nginx/usr/sbin/nginx", shutil.which("nginx"), "/usr/sbin/nginx"):
        if path and os.access(path, os.X_OK):
            return str(path)
    raise RuntimeError("nginx is not there; bin/bootstrap --test gets it")


def lines(port, nodes, directory):
    """The documented block, with our addresses instead of its own, and without its TLS."""
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    block = re.search(r"```nginx\n(.*?)```", text, re.S).group(1)
    servers = re.findall(r"^ +server [\d.]+:\d+;.*\n", block, re.M)
    assert len(servers) == 2, "docs/operating.md names two nodes"
    block = block.replace("".join(servers), "".join(f"    server {node};\n" for node in nodes))
    block, listens = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", block)
    block, secrets = re.subn(r" +ssl_certificate\w* .*\n", "", block)
    block, logs = re.subn(r"access_log \S+ ", f"access_log {directory}/access.log ", block)
    assert (listens, secrets, logs) == (1, 2, 1)
    return block


class Nginx:
    def __init__(self, directory, nodes):
        """`nodes` are host:port."""
        self.port = free_port()
        self.directory = Path(directory) / "nginx"
        self.directory.mkdir(mode=0o755)
        # Never with root's rights: nothing that it does needs them.
        if os.geteuid() == 0:
            os.chown(self.directory, identity()["user"], identity()["group"])
        self.configuration = self.directory / "nginx.conf"
        self.configuration.write_text(MAIN.format(directory=self.directory, lines=lines(self.port, nodes, self.directory)), encoding="utf-8")
        self.process = None

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            *LEASH, program(), "-p", str(self.directory), "-e", f"{self.directory}/error.log", "-c", str(self.configuration),
            cwd="/", stdin=subprocess.DEVNULL, **identity())
        for _ in range(200):
            if self.process.returncode is not None:
                raise RuntimeError(f"nginx ended with {self.process.returncode}: {(self.directory / 'error.log').read_text()[-500:]}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            except OSError:
                await asyncio.sleep(0.02)
        raise RuntimeError("nginx did not start")

    async def stop(self):
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    def log(self):
        return (self.directory / "access.log").read_text(encoding="utf-8")

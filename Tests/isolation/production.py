"""`maitre serve` and `maitre work` on the database of `maitre dev`, as they run in earnest, and everything that they write."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from urllib.parse import quote

from client import Client, Request

PROGRAM = os.environ.get("MAITRE_PROGRAM", os.path.join(os.path.dirname(__file__), "..", "..", ".build", "release", "maitre"))
# For a mail server that is not there.
MAIL_PASSWORD = "the mail server's own password"


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Production:
    def __init__(self, world, directory):
        """
        - directory: for what the processes write.
        """
        self.directory, self.processes, self.logs = directory, [], {}
        (self.port, *self.metrics_ports, nobody) = free_ports(4)
        with open(os.path.join(world.directory, "passwords.json"), encoding="utf-8") as file:
            self.passwords = json.load(file)
        with open(os.path.join(world.directory, "key-encryption-key"), encoding="utf-8") as file:
            self.key = file.read().strip()

        def database(role):
            place = f"host={quote(world.database.socket, safe='')}&port={world.database.port}"
            return f"postgres://{role}:{quote(self.passwords[role], safe='')}@/maitre?{place}"

        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAITRE_")} | {
            "MAITRE_DATABASE_TENANT_URL": database("maitre_tenant"),
            "MAITRE_DATABASE_PLATFORM_URL": database("maitre_platform"),
            "MAITRE_SECRETS_KEY_ENCRYPTION_KEY": self.key,
            "MAITRE_HTTP_PORT": str(self.port),
            # The issuer of the tokens that are there.
            "MAITRE_HTTP_PUBLIC_URL": world.demo["baseUrl"],
            "MAITRE_META_GRAPH_BASE_URL": world.demo["baseUrl"] + "/graph",
            "MAITRE_META_GRAPH_VERSION": "v24.0",
            "MAITRE_SMTP_URL": f"smtp://127.0.0.1:{nobody}",
            "MAITRE_SMTP_USER": "maitre",
            "MAITRE_SMTP_PASSWORD": MAIL_PASSWORD,
            # Whatever anybody may have it write.
            "MAITRE_LOG_LEVEL": "trace",
            "MAITRE_LIMITS_CREDENTIAL_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_MERCHANT_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
        }
        for name, metrics_port in zip(("serve", "work"), self.metrics_ports, strict=True):
            self.logs[name] = os.path.join(directory, f"{name}.log")
            with open(self.logs[name], "wb") as log:
                self.processes.append(
                    subprocess.Popen(
                        [PROGRAM, name],
                        env=environment | {"MAITRE_HTTP_METRICS_PORT": str(metrics_port)},
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        self.client = Client(f"http://127.0.0.1:{self.port}")
        self._await_ready()

    def _await_ready(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                if self.client.send(Request("GET", "/readyz")).status == 200 and all(self.metrics()):
                    return
            except OSError:
                pass
            assert all(process.poll() is None for process in self.processes), self.text("serve")[-3000:] + self.text("work")[-3000:]
            assert time.monotonic() < deadline, "maitre serve and maitre work did not start"
            time.sleep(0.1)

    def metrics(self):
        """The pages of both."""
        pages = []
        for port in self.metrics_ports:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                pages.append(answer.read().decode())
        return pages

    def text(self, name):
        with open(self.logs[name], encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

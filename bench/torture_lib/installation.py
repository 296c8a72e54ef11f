"""A whole installation: cluster, roles, migrations, merchants with bots and channels, the simulated WhatsApp, server and workers."""

import asyncio
import json
import os
import secrets
import subprocess

from .client import Client, Failed
from .cluster import Cluster
from .processes import Supervised, free_port

RUNTIME_ROLES = ("maitre_migrator", "maitre_tenant", "maitre_platform", "maitre_backup")
GREETING = "Welcome at {name}."


class Installation:
    def __init__(self, program, directory, merchants, workers, log_level="warning", servers=1, settings=None, address=""):
        """With `settings` for all of its processes beside those that every run needs, and PostgreSQL at `address` too."""
        self.program, self.directory = program, directory
        self.merchant_count, self.worker_count = merchants, workers
        self.cluster = Cluster(directory, address)
        self.server_ports = [free_port() for _ in range(servers)]
        self.server_port, self.simulator_port = self.server_ports[0], free_port()
        self.callback_port = self.server_port
        self.passwords = {role: secrets.token_hex(16) for role in RUNTIME_ROLES}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAITRE_")},
            "MAITRE_DATABASE_MIGRATOR_URL": self.cluster.url("maitre_migrator", self.passwords["maitre_migrator"]),
            "MAITRE_DATABASE_TENANT_URL": self.cluster.url("maitre_tenant", self.passwords["maitre_tenant"]),
            "MAITRE_DATABASE_PLATFORM_URL": self.cluster.url("maitre_platform", self.passwords["maitre_platform"]),
            "MAITRE_SECRETS_KEY_ENCRYPTION_KEY": secrets.token_hex(32),
            "MAITRE_META_GRAPH_BASE_URL": f"http://127.0.0.1:{self.simulator_port}/graph",
            "MAITRE_META_GRAPH_VERSION": "v24.0",
            "MAITRE_HTTP_PORT": str(self.server_port),
            "MAITRE_HTTP_METRICS_PORT": "0",
            "MAITRE_LOG_LEVEL": log_level,
            # The harness is one client from one address.
            "MAITRE_LIMITS_CREDENTIAL_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_MERCHANT_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_ADDRESS_REQUESTS_PER_MINUTE": "0",
            "MAITRE_LIMITS_CONNECTIONS_PER_ADDRESS": "0",
            "MAITRE_REALTIME_SOCKETS_PER_PERSON": "10000",
            # Its receiver of webhooks is on this machine.
            "MAITRE_WEBHOOKS_DESTINATIONS": "loopback",
            **(settings or {}),
        }
        self.simulator = self.server = None
        self.servers = []    # the first is `server`
        self.machines = {}   # number of a server → the machine that it runs on, when it is not this one
        self.workers = []
        self.channels = []   # what the harness knows of each channel
        self.token = None
        self.endpoints = {}  # merchant → the secret of its webhook endpoint
        self.told = None     # who watches, when somebody does
        self.findings = []   # what went wrong beside the traffic

    async def prepare(self):
        """Everything up to running processes. Nothing is killed during this."""
        self.cluster.create()
        await self.cluster.start()
        await self.cluster.script("select 1", database="postgres")
        await asyncio.to_thread(self._createdb)
        roles = f"{self.directory}/roles.txt"
        with open(roles, "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="utf-8") as file:
            file.writelines(f"{role}={password}\n" for role, password in self.passwords.items())
        superuser = self.cluster.url("postgres", self.cluster.password)
        await self.maitre("migrate", "bootstrap", "--superuser-url", superuser, "--passwords", roles)
        os.remove(roles)
        await self.maitre("migrate")
        for number, port in enumerate(self.server_ports, start=1):
            name = "serve" if len(self.server_ports) == 1 else f"serve-{number}"
            self.servers.append(self._supervised(name, "serve", machine=self.machines.get(number), MAITRE_HTTP_PORT=str(port)))
        self.server = self.servers[0]
        await self.server.start()
        await self.until_ready()
        for number, (server, port) in enumerate(zip(self.servers[1:], self.server_ports[1:]), start=2):
            await server.start()
            await self.until_ready(port, self.machines[number].host if number in self.machines else "127.0.0.1")
        await self._populate()
        await self._start_simulator()
        self.workers = [self._supervised(f"work-{number}", "work") for number in range(1, self.worker_count + 1)]
        for worker in self.workers:
            await worker.start()

    def _createdb(self):
        subprocess.run(
            [f"{self.cluster.programs}/createdb", "-h", self.cluster.sockets, "-U", "postgres", "maitre"],
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": self.cluster.password}, check=True, capture_output=True,
        )

    def _supervised(self, name, *arguments, machine=None, **settings):
        before = []
        if machine is not None:
            before = machine.enter
            settings["MAITRE_HTTP_HOST"] = "0.0.0.0"
            for role in ("tenant", "platform", "migrator"):
                settings[f"MAITRE_DATABASE_{role.upper()}_URL"] = self.cluster.url(
                    f"maitre_{role}", self.passwords[f"maitre_{role}"], address=self.cluster.address)
        return Supervised(name, [*before, self.program, *arguments], self.environment | settings, f"{self.directory}/{name}.log")

    async def maitre(self, *arguments):
        """Runs a command of the program to its end; what it printed."""
        for attempt in range(5):
            process = await asyncio.create_subprocess_exec(
                self.program, *arguments, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            output, errors = await process.communicate()
            if process.returncode == 0:
                return output.decode().strip()
            if process.returncode > 0:
                break
            # A crash is wrong, and no reason to give up before anything was tried: all these commands may be repeated.
            self.findings.append(f"maitre {' '.join(arguments[:2])} was ended by signal {-process.returncode}: {crash(errors)}")
        raise RuntimeError(f"maitre {' '.join(arguments[:2])} failed with {process.returncode}: {errors.decode(errors='replace').strip()}")

    async def until_ready(self, port=None, host="127.0.0.1", patience=30):
        client = Client(port or self.server_port, host)
        for _ in range(patience * 20):
            try:
                if (await client.request("GET", "/readyz", timeout=2)).status == 200:
                    return client.close()
            except Failed:
                pass
            await asyncio.sleep(0.05)
        raise RuntimeError(f"maitre serve did not become ready; see the logs in {self.directory}")

    async def _populate(self):
        key = await self.maitre("admin", "create-key", "--name", "torture")
        client = Client(self.server_port)

        async def create(path, headers, **body):
            headers = {**headers, "Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)}
            answer = await client.request("POST", path, headers, json.dumps(body).encode())
            if answer.status != 201:
                raise RuntimeError(f"POST {path} answered {answer.status}: {answer.body.decode(errors='replace')}")
            return answer.json["id"]

        merchants = []
        for number in range(self.merchant_count):
            name = f"Restaurant {number:02}"
            settings = {"name": name, "timeZone": "Asia/Riyadh", "locale": "en", "currency": "SAR"}
            merchant = await create("/api/v1/merchants", {"X-API-Key": key}, **settings)
            # Allowances that the load does not use up: what is tortured here is what must not get lost.
            limits = json.dumps({"dailyLimit": 100_000_000, "monthlyLimit": 100_000_000, "perMinute": 60_000}).encode()
            headers = {"X-API-Key": key, "Content-Type": "application/json"}
            answer = await client.request("PUT", f"/api/v1/allowances/{merchant}", headers, limits)
            if answer.status != 200:
                raise RuntimeError(f"PUT /api/v1/allowances answered {answer.status}: {answer.body.decode(errors='replace')}")
            merchants.append((name, merchant))
        # One person is a member of all of them, so that one token will do. Only the command line makes members.
        gate = asyncio.Semaphore(4)

        async def join(merchant):
            async with gate:
                return await self.maitre(
                    "admin", "create-pat", "--merchant", merchant, "--email", "torture@example.com", "--name", "Torture", "--role", "owner"
                )

        # The first alone: it makes the person, whom several at once would each want to make.
        self.token = await join(merchants[0][1])
        await asyncio.gather(*(join(merchant) for _, merchant in merchants[1:]))
        # Three Meta apps: one secret serves many merchants, and a POST has the updates of one app only.
        apps = [{"appId": str(7000 + app), "appSecret": secrets.token_hex(16), "verifyToken": secrets.token_hex(8)} for app in range(3)]
        for number, (name, merchant) in enumerate(merchants):
            headers = {"Authorization": f"Bearer {self.token}", "X-Restaurant-Id": merchant}
            greeting = GREETING.format(name=name)
            bot = await create("/api/v1/bots", headers, name="Front desk", greeting=greeting)
            # Every fifth has two numbers: a customer who writes to both is one contact with two conversations.
            for line in range(2 if number % 5 == 0 else 1):
                app = apps[number % 3]
                serial = number * 2 + line
                channel = {
                    "merchant": merchant, "app": app, "number": str(100_000_000_000 + serial), "waba": str(200_000_000_000 + serial),
                    "display": f"96611{serial:07}", "accessToken": f"torture-{serial}-{secrets.token_hex(8)}", "name": name, "greeting": greeting,
                }
                channel["id"] = await create(
                    f"/api/v1/bots/{bot}/channels", headers, provider="meta", phoneNumberId=channel["number"], wabaId=channel["waba"],
                    displayNumber=f"+{channel['display']}", accessToken=channel["accessToken"], **app,
                )
                self.channels.append(channel)
        client.close()

    async def tell_webhooks(self, url):
        """Every merchant gets an endpoint for everything: `url` and its id."""
        client = Client(self.server_port)
        for merchant in sorted({channel["merchant"] for channel in self.channels}):
            headers = {"Authorization": f"Bearer {self.token}", "X-Restaurant-Id": merchant, "Content-Type": "application/json"}
            answer = await client.request("POST", "/api/v1/webhook-endpoints", headers, json.dumps({"url": f"{url}/{merchant}"}).encode())
            if answer.status != 201:
                raise RuntimeError(f"POST /api/v1/webhook-endpoints answered {answer.status}: {answer.body.decode(errors='replace')}")
            self.endpoints[merchant] = answer.json["secret"]
        client.close()

    async def _start_simulator(self):
        configuration = {
            "callbackUrl": f"http://127.0.0.1:{self.callback_port}/webhooks/meta",
            "apps": list({channel["app"]["appId"]: channel["app"] for channel in self.channels}.values()),
            "phoneNumbers": [
                {
                    "phoneNumberId": channel["number"], "wabaId": channel["waba"], "displayNumber": channel["display"],
                    "accessToken": channel["accessToken"], "restaurantName": channel["name"], "locale": "en", "appId": channel["app"]["appId"],
                }
                for channel in self.channels
            ],
            # Statuses that did not get through come again soon: the harness waits for the last of them.
            "delays": {"sent": 30, "delivered": 120, "read": 300, "webhookRetries": [0, 250, 500, 1000]},
            # It never saw the customers' messages, which come from the harness.
            "window": {"enforcement": "off"},
            "updatesPerWebhook": 5,
            "verifiesCallbackOnStart": False,
            "faults": [
                {"kind": "duplicateWebhook", "probability": 0.05, "copies": 1},
                {"kind": "reorderWebhook", "probability": 0.05, "milliseconds": 400},
                # So that there is something in flight when a worker or the database dies.
                {"kind": "slow", "probability": 0.3, "milliseconds": 300},
                # Refused for now, and taken but without an answer: each only once, the second to be settled by its statuses.
                {"kind": "error", "probability": 0.01, "code": 130429},
                {"kind": "close", "probability": 0.01, "accepted": True},
                {"kind": "serverError", "probability": 0.01, "accepted": True},
            ],
        }
        path = f"{self.directory}/simulator.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(configuration, file)
        self.simulator = self._supervised("simulate", "simulate", "--config", path, "--port", str(self.simulator_port))
        await self.simulator.start()
        client = Client(self.simulator_port)
        for _ in range(200):
            try:
                await client.request("GET", "/simulator/state", timeout=2)
                return client.close()
            except Failed:
                await asyncio.sleep(0.05)
        raise RuntimeError(f"maitre simulate did not start; see {self.simulator.log}")

    async def stop(self):
        """Ends whatever runs. Nothing that happens from here on is looked at."""
        for process in [self.simulator, *self.servers, *self.workers]:
            if process is not None:
                await process.kill()
        await self.cluster.stop()


def crash(errors):
    """The lines of a crash report that say where."""
    lines = errors.decode(errors="replace").splitlines()
    return " | ".join(line.strip() for line in lines if "crashed" in line or " in maitre at " in line)[:600]

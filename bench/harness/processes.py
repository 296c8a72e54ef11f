"""Child processes of a run: started, waited for, and stopped by their process id, whatever way the run ends."""

import atexit
import http.client
import os
import signal
import socket
import subprocess
import time

_running = []


class Failure(Exception):
    """Something the run cannot go on without; its text is for a person."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Child:
    """One process, with what it says on standard error in a file of its own."""

    def __init__(self, name, arguments, log, environment=None, stdout=None):
        self.name = name
        self.log = log
        self._file = open(log, "ab")
        self.started = time.monotonic()
        # A group of its own, so that Ctrl-C reaches this program only, which then stops the others in order.
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=stdout or self._file, stderr=self._file, env=environment, start_new_session=True)
        _running.append(self)

    @property
    def pid(self):
        return self.process.pid

    def check(self):
        if self.process.poll() is not None:
            with open(self.log, "rb") as file:
                last = file.read()[-2000:].decode("utf-8", "replace")
            raise Failure(f"{self.name} ended with code {self.process.returncode}:\n{last}")

    def wait_ready(self, port, path="/readyz", timeout=30, pause=0.01):
        """Seconds from the start of the process to the first 200."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.check()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", path)
                status = connection.getresponse().status
                connection.close()
                if status == 200:
                    return time.monotonic() - self.started
            except OSError:
                pass
            time.sleep(pause)
        raise Failure(f"{self.name} was not ready after {timeout} s; see {self.log}")

    def memory(self, field="VmRSS"):
        """Bytes, of the process alone."""
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def processor_seconds(self):
        """User and system time so far, of the process and its children that live."""
        pids, total = [self.pid], 0.0
        while pids:
            pid = pids.pop()
            try:
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                for thread in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{thread}/children") as file:
                        pids += [int(child) for child in file.read().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
        return total

    def stop(self, patience=30):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._file.close()
        if self in _running:
            _running.remove(self)


@atexit.register
def stop_all(except_for=None):
    # Last started first stopped: the database outlives its clients.
    for child in reversed(list(_running)):
        if child is not except_for:
            child.stop()


def run(arguments, environment=None, input=None, timeout=None):
    """Standard output of a command that has to succeed."""
    result = subprocess.run(arguments, input=input, capture_output=True, text=True, env=environment, timeout=timeout)
    if result.returncode != 0:
        raise Failure(f"{os.path.basename(arguments[0])} failed: {(result.stderr or result.stdout).strip()[-2000:]}")
    return result.stdout

"""A small server of ours to try the protocol on: tools/benchmarks/echo-server."""

import contextlib
import re
import signal
import socket
import subprocess

from kit import wire
from kit.mesh import ROOT, eventually, free_port

PROGRAM = ROOT / ".build" / "debug" / "bench-echo"


class Target:
    """An echo server in a process of its own."""

    def __init__(self, *arguments, port=None):
        self.port = port or free_port()
        self.address = ("127.0.0.1", self.port)
        self.process = subprocess.Popen(
            [PROGRAM, f"127.0.0.1:{self.port}", *arguments], stdin=subprocess.DEVNULL
        )
        try:
            eventually(self.listens)
        except AssertionError:
            self.stop()
            raise

    def listens(self):
        assert self.process.poll() is None, "the server has ended"
        with contextlib.suppress(ConnectionError):
            socket.create_connection(self.address, timeout=1).close()
            return True
        return False

    def wire(self, **options):
        return wire.Wire(self.address, **options)

    def resident(self):
        """Resident memory, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) << 10

    def connections(self):
        """Connections that are established with it."""
        port = f":{self.port:04X}"
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table]
        return sum(row[1].endswith(port) and row[3] == "01" for row in rows)

    def terminate(self):
        """Asks it to end as a supervisor does, and waits; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def stop(self):
        self.process.kill()
        self.process.wait()

"""A local mesh of its own: brought up by tools/up, broken at will, taken down."""

import contextlib
import csv
import io
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]

# The services that keep data, with the schema that holds their outbox.
OUTBOXES = {"identity-roles": "accounts", "tenants": "tenant", "pool-router": "pool"}


def eventually(condition, seconds=30, pause=0.1):
    """Waits until the condition is true and answers its value; fails after that many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition}"
        time.sleep(pause)


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Edge:
    """Where one edge listens: the operators' port, the tenants' port, and who vouches for both."""

    def __init__(self, operator_port, tenant_port, authority):
        self.operator_port = operator_port
        self.tenant_port = tenant_port
        self.authority = authority
        # The process, where we started it ourselves.
        self.pid = None

    def port(self, plane):
        return {"operator": self.operator_port, "tenant": self.tenant_port}[plane]

    def url(self, plane, path=""):
        return f"https://localhost:{self.port(plane)}{path}"


class Mesh:
    """A mesh in a folder of its own, on free ports."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="mesh-proof."))
        self.edge = None
        self.edge_count = 1

    def up(self):
        """Runs tools/up and reads which ports it chose."""
        self._tool("up", "--debug")
        operator_port, tenant_port = (self.home / "ports").read_text().split()
        self.edge = Edge(int(operator_port), int(tenant_port), self.home / "tls/ca.pem")

    def down(self):
        """Runs tools/down and forgets the mesh; a failed test has read its logs by now."""
        try:
            if (self.home / "services").is_dir():
                self._tool("down")
        finally:
            if not os.environ.get("KEEP_MESH"):
                shutil.rmtree(self.home, ignore_errors=True)

    def _tool(self, name, *arguments):
        environment = dict(
            os.environ,
            TENANTRY_HOME=str(self.home),
            TENANTRY_ADMIN_PORT="0",
            TENANTRY_TENANT_PORT="0",
        )
        # A file, not a pipe: the supervisor outlives the tool and may hold what it inherited.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [ROOT / "tools" / name, *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            output.seek(0)
            assert done.returncode == 0, f"tools/{name} failed:\n{output.read()}"

    # Processes

    def supervise(self, command, name):
        """Tells runit something about a process, for example up or down."""
        subprocess.run(
            ["sv", "-w", "30", command, self.home / "services" / name],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def pid(self, name):
        """The process that runit runs for a service; None while it is down."""
        status = subprocess.run(
            ["sv", "status", self.home / "services" / name],
            check=False,
            capture_output=True,
            text=True,
        ).stdout
        if not status.startswith("run: "):
            return None
        return int(status.partition("(pid ")[2].partition(")")[0])

    def signal(self, name, number):
        """Sends a signal to a process of the mesh; False when it is not there."""
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    def kill(self, name):
        """kill -9, which leaves no time for a last word."""
        return self.signal(name, signal.SIGKILL)

    def log(self, name, lines=20):
        """The end of a process's log."""
        path = self.home / "log" / name / "current"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    @contextlib.contextmanager
    def another_edge(self, **settings):
        """Another edge of the same mesh, on ports of its own, for as long as the block runs.

        `settings` are further ones, with underscores for hyphens.
        """
        self.edge_count += 1
        name = f"edge-{self.edge_count}"
        config, log = self.home / f"config/{name}.conf", self.home / f"log/{name}"
        edge = Edge(free_port(), free_port(), self.edge.authority)
        own = {
            "listen": f"unix:{self.home}/run/{name}.sock",
            "operator-listen": f"127.0.0.1:{edge.operator_port},[::1]:{edge.operator_port}",
            "tenant-listen": f"127.0.0.1:{edge.tenant_port},[::1]:{edge.tenant_port}",
        }
        lines = []
        for line in (self.home / "config/edge.conf").read_text().splitlines():
            knob = line.partition(" = ")[0]
            lines.append(f"{knob} = {own[knob]}" if knob in own else line)
        lines += [f"{knob.replace('_', '-')} = {value}" for knob, value in settings.items()]
        config.write_text("\n".join(lines) + "\n")
        with open(log, "w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [self.home / "bin/edge", "serve", "--config", config],
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            eventually(lambda: process.poll() is not None or self.is_healthy(edge), 30)
            assert process.poll() is None, log.read_text()
            edge.pid = process.pid
            yield edge
        finally:
            process.terminate()
            process.wait(30)

    def is_healthy(self, edge=None):
        """Whether an edge says that it and everything behind it serve."""
        url = (edge or self.edge).url("operator", "/healthz")
        done = subprocess.run(
            ["curl", "-sS", "--http2", "--cacert", self.edge.authority, "--fail", "-m", "5", url],
            check=False,
            capture_output=True,
        )
        return done.returncode == 0

    # The database

    def sql(self, statements, role="tenantry_admin"):
        """The rows that statements answer, as texts; the role signs in with its own password."""
        done = self.psql(statements, role)
        assert done.returncode == 0, done.stderr
        return list(csv.reader(io.StringIO(done.stdout)))

    def psql(self, statements, role="tenantry_admin"):
        """Runs statements in one session and stops at the first that fails."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        password = self.home / f"secrets/{role}.password"
        if password.exists():
            environment["PGPASSWORD"] = password.read_text().strip()
        return subprocess.run(
            ["psql", "-XqAt", "--csv", "-v", "ON_ERROR_STOP=1"]
            + ["-h", self.home / "postgres/run", "-U", role, "-d", "tenantry"],
            input=statements,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )

    def waiting_events(self):
        """How many events wait in the outboxes for the ledger; None while the database is away."""
        counts = " + ".join(
            f"(SELECT count(*) FROM {schema}.outbox)" for schema in OUTBOXES.values()
        )
        done = self.psql(f"SELECT {counts}")
        return int(done.stdout) if done.returncode == 0 else None

    def drain(self, seconds=60):
        """Waits until every event is in the ledger."""
        eventually(lambda: self.waiting_events() == 0, seconds)

    # The command line

    def cli(self, *words, stdin="", profile="default", **variables):
        """Runs bin/tenantry of this mesh as a script would, without a terminal."""
        return subprocess.run(
            [self.home / "bin/tenantry", *words],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(self.home / "nobody"),
                "TENANTRY_HOME": str(self.home),
                "TENANTRY_PROFILE": profile,
                **variables,
            },
            input=stdin,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )


@contextlib.contextmanager
def locked(mesh, tenant):
    """Somebody else's transaction holds a tenant's row for as long as the block runs."""
    lock = f"SELECT 'held' FROM tenant.tenant WHERE tenant_id = '{tenant}' FOR UPDATE;"
    with subprocess.Popen(
        ["psql", "-XqAt", "-h", mesh.home / "postgres/run"]
        + ["-U", "tenantry_admin", "-d", "tenantry"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as session:
        session.stdin.write(f"BEGIN; {lock}\n")
        session.stdin.flush()
        assert session.stdout.readline() == "held\n"
        yield


def waiters(mesh):
    """Sessions that wait for a lock."""
    return int(
        mesh.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")[0][0]
    )

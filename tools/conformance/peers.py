"""The interop clients and servers, ours and others', as processes with one shape."""

import contextlib
import dataclasses
import os
import pathlib
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / ".build" / "conformance"
KEYS = KEPT / "grpc" / "src" / "core" / "tsi" / "test_creds"
NAME = "foo.test.google.fr"

BASE = """
    empty_unary large_unary client_streaming server_streaming ping_pong empty_stream
    custom_metadata status_code_and_message special_status_message unimplemented_method
    unimplemented_service cancel_after_begin cancel_after_first_response
    timeout_on_sleeping_server
""".split()
COMPRESSION = """
    client_compressed_unary server_compressed_unary client_compressed_streaming
    server_compressed_streaming
""".split()
SOAK = ["rpc_soak", "channel_soak"]
SOAK_FLAGS = [
    "--soak_iterations=200",
    "--soak_per_iteration_max_acceptable_latency_ms=1000",
    "--soak_overall_timeout_seconds=60",
]


@dataclasses.dataclass
class Peer:
    """One implementation: how its client and its server are started, and what they can."""

    name: str
    client_command: list
    server_command: list
    cases: list
    directory: pathlib.Path = ROOT
    client_tls: list = dataclasses.field(default_factory=list)
    server_tls: list = dataclasses.field(default_factory=list)

    def serve(self, port, tls):
        flags = [f"--port={port}"]
        return self.server_command + flags + (self.server_tls if tls else [])

    def call(self, case, port, tls):
        flags = [f"--server_port={port}", f"--test_case={case}"]
        if case in SOAK:
            flags += SOAK_FLAGS
        return self.client_command + flags + (self.client_tls if tls else [])


def ours():
    programs = pathlib.Path(os.environ.get("INTEROP_PROGRAMS", ROOT / ".build" / "debug"))
    return Peer(
        name="ours",
        client_command=[str(programs / "interop-client"), "--server_host=127.0.0.1"],
        server_command=[str(programs / "interop-server")],
        cases=BASE + COMPRESSION + SOAK,
        client_tls=[
            *("--use_tls=true", "--use_test_ca=true", f"--server_host_override={NAME}"),
            f"--ca_file={KEYS}/ca.pem",
        ],
        server_tls=[
            "--use_tls=true",
            f"--tls_cert_file={KEYS}/server1.pem",
            f"--tls_key_file={KEYS}/server1.key",
        ],
    )


def python():
    """gRPC Python; it has neither the compression cases nor the soaks."""
    return Peer(
        name="python",
        client_command=[sys.executable, "-m", "tests.interop.client"],
        server_command=[sys.executable, "-m", "tests.interop.server"],
        cases=BASE,
        directory=KEPT / "python",
        client_tls=[
            *("--use_tls", "true", "--use_test_ca", "true"),
            *("--server_host_override", NAME),
        ],
        server_tls=["--use_tls", "true"],
    )


def cpp():
    """gRPC C++."""
    programs = KEPT / "cpp" / "programs"
    return Peer(
        name="cpp",
        client_command=[str(programs / "interop_client"), "--server_host=127.0.0.1"],
        server_command=[str(programs / "interop_server")],
        cases=BASE + COMPRESSION + SOAK,
        client_tls=[
            *("--use_tls=true", "--use_test_ca=true", f"--server_host_override={NAME}"),
        ],
        server_tls=["--use_tls=true"],
    )


def environment():
    """Ours without what it says of proxies: the peers are on this machine."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return kept | {"GRPC_VERBOSITY": "ERROR", "PYTHONDONTWRITEBYTECODE": "1"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, directory=ROOT):
    """Runs a server that is told its port; once it listens, answers how to read its output."""
    port = int(next(flag for flag in command if flag.startswith("--port=")).partition("=")[2])
    log = open(KEPT / f"server-{port}.log", "w+")
    process = subprocess.Popen(
        command, cwd=directory, env=environment(), stdout=log, stderr=subprocess.STDOUT
    )
    try:
        wait_until_listening(process, port, log)
        yield lambda: pathlib.Path(log.name).read_text(encoding="utf-8")
    finally:
        process.kill()
        process.wait()
        log.close()
        os.unlink(log.name)


def wait_until_listening(process, port, log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    log.seek(0)
    raise RuntimeError(f"the server does not listen: {log.read()[-2000:]}")


def run_client(command, directory=ROOT, timeout=120):
    """Why the client failed; empty when it did not."""
    try:
        result = subprocess.run(
            command,
            cwd=directory,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {timeout} s"
    if result.returncode == 0:
        return ""
    return f"ended with {result.returncode}: {result.stdout.strip()[-1500:]}"

"""The metrics of a process, scraped as Prometheus does: HTTP/1.1 in the clear."""

import pathlib
import re
import socket
import subprocess
import time

import pytest

from kit.mesh import ROOT, eventually, free_port

TABLE = re.compile(r"\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) \| ")

# What an edge has no value for: it has no database, no outbox, no ledger, and does not trace here.
ELSEWHERE = ("tenantry_database_", "tenantry_outbox_", "tenantry_ledger_", "tenantry_trace_")


class Scraped:
    """An edge that answers Prometheus."""

    def __init__(self, edge, port):
        self.edge = edge
        self.port = port

    def curl(self, path="/metrics", *options):
        """An answer: its head with the status line, and its body."""
        done = subprocess.run(
            ["curl", "-sS", "-i", "-m", "30", *options, f"http://127.0.0.1:{self.port}{path}"],
            check=True,
            capture_output=True,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        return head.decode(), body.decode()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, request):
        """Everything that comes back for these bytes."""
        with self.connect() as peer:
            peer.sendall(request)
            return rest(peer)


def rest(peer):
    """What comes until the end of a connection, a broken one included."""
    got = b""
    try:
        while more := peer.recv(1 << 16):
            got += more
    except ConnectionError:
        pass
    return got


@pytest.fixture(scope="module")
def scraped(mesh):
    port = free_port()
    with mesh.another_edge(metrics_listen=f"127.0.0.1:{port}") as edge:
        yield Scraped(edge, port)


def documented():
    """The metrics that docs/observability.md promises, with their kinds."""
    text = pathlib.Path(ROOT / "docs/observability.md").read_text(encoding="utf-8")
    return {name: kind for name, kind, _ in TABLE.findall(text)}


def families(page):
    return dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE))


def test_a_scrape_has_the_metrics_that_are_promised(mesh, scraped):
    # A call through the edge to a service behind it, so that there is something to count.
    eventually(lambda: mesh.is_healthy(scraped.edge))
    head, page = scraped.curl()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "content-type: text/plain; version=0.0.4" in head
    promised = documented()
    assert len(promised) > 30
    found = families(page)
    assert found.items() <= promised.items()
    missing = {name for name in promised.keys() - found.keys() if not name.startswith(ELSEWHERE)}
    # The edge's own calls are forwarded ones, and nobody has called the process itself.
    assert {name for name in missing if not name.startswith("grpc_server_")} == set()
    assert re.search(r"^tenantry_serving 1$", page, re.MULTILINE)
    counted = r'^grpc_client_call_duration_seconds_count\{.*"OK"\} [1-9]'
    assert re.search(counted, page, re.MULTILINE)


def test_a_scrape_is_of_the_moment(scraped):
    def turns():
        return sum(
            float(value)
            for value in re.findall(
                r"^tenantry_loop_turns_total\{.*\} (\S+)$", scraped.curl()[1], re.MULTILINE
            )
        )

    first = turns()
    assert turns() > first > 0


def test_a_head_has_the_length_and_no_body(scraped):
    head, body = scraped.curl("/metrics", "-I")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert int(re.search(r"content-length: (\d+)", head)[1]) > 1000
    assert body == ""


@pytest.mark.parametrize("path", ["/", "/metrics/", "/healthz", "//metrics"])
def test_other_paths_are_not_found(scraped, path):
    head, body = scraped.curl(path)
    assert head.startswith("HTTP/1.1 404 Not Found\r\n")
    assert body == ""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(scraped, method):
    head, _ = scraped.curl("/metrics", "-X", method)
    assert head.startswith("HTTP/1.1 405 Method Not Allowed\r\n")
    assert "allow: GET, HEAD" in head


@pytest.mark.parametrize(
    "request_bytes, status",
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics HTTP/3.0\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nx: " + b"y" * 9000 + b"\r\n\r\n", 431),
    ],
    ids=["nonsense", "no slash", "HTTP/3.0", "HTTP/2's preface", "a head that is too large"],
)
def test_what_is_no_request_is_told_so(scraped, request_bytes, status):
    assert scraped.ask(request_bytes).startswith(b"HTTP/1.1 %d " % status)


def test_slow_clients_have_their_places_for_ten_seconds(scraped):
    began = time.monotonic()
    slow = [scraped.connect() for _ in range(16)]
    for peer in slow:
        peer.sendall(b"GET /metrics HTTP/1.1\r\nhost: ")
    # All places are taken: one more is closed unheard.
    assert scraped.ask(b"") == b""
    assert [rest(peer) for peer in slow] == [b""] * 16
    assert time.monotonic() - began > 5
    for peer in slow:
        peer.close()
    assert scraped.curl()[0].startswith("HTTP/1.1 200 OK\r\n")

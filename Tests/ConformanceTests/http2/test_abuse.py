"""What attackers of HTTP/2 servers do: each attack is stopped or bounded, its neighbours served.

Every attack runs against a server of its own on one connection (where it takes no more), while
another connection keeps calling. The server may grow by 10 MB at most.
"""

import contextlib
import socket
import threading
import time

import pytest

from kit.target import Target
from kit.wire import *  # noqa: F403

# Every time limit of the server, so that waiting for them takes seconds.
TIME_LIMIT = 2
MAX_GROWTH = 10 << 20
CALL = headers(1, request_fields(), end_stream=False).payload


class Neighbour(threading.Thread):
    """A well-behaved client on a connection of its own, that calls all the time."""

    def __init__(self, target):
        super().__init__()
        self.wire = target.wire()
        self.calls = 0
        self.failure = None
        self.over = threading.Event()

    def run(self):
        try:
            while not self.over.is_set():
                self.wire.expect_answer(self.wire.call())
                self.calls += 1
                self.over.wait(0.005)
        except Exception as error:  # Whatever it is, the test tells it.
            self.failure = error


class Attack:
    """One attacked server."""

    def __init__(self, target, record):
        self.target = target
        self.record = record

    def wire(self, **options):
        return self.target.wire(**options)


@pytest.fixture
def attack(record_property):
    target = Target("--time-limit", str(TIME_LIMIT), "--connections-per-address", "300")
    try:
        neighbour = Neighbour(target)
        # What a server holds once it has been used is not the attack's doing.
        for _ in range(50):
            neighbour.wire.expect_working()
        with target.wire() as first:
            first.expect_answer(first.call(message(b"x" * 60_000), "Say"))
        before = target.resident()
        neighbour.start()
        attack = Attack(target, record_property)
        attack.peak = 0
        yield attack
        before_last = neighbour.calls
        deadline = time.monotonic() + 10
        while neighbour.calls < before_last + 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        growth = max(target.resident(), attack.peak) - before
        neighbour.over.set()
        neighbour.join()
        assert neighbour.failure is None, f"the neighbour was not served: {neighbour.failure!r}"
        assert neighbour.calls >= before_last + 5, "the neighbour has to wait"
        assert growth < MAX_GROWTH, f"the server grew by {growth} bytes"
        record_property("growth", f"{growth >> 10} KiB")
    finally:
        target.stop()


def flood(peer, frames, rounds, read=True):
    """Sends the frames of each round until the server has had enough; the rounds it took.

    What the server says is read meanwhile, as an attacker does who wants to be let go on.
    """
    taken = 0
    try:
        for first in range(0, rounds, 100):
            peer.send(*[f for n in range(first, first + 100) for f in frames(n)])
            taken += 100
            if read:
                peer.socket.settimeout(0)
                with contextlib.suppress(BlockingIOError):
                    while more := peer.socket.recv(1 << 16):
                        peer.buffer += more
                peer.socket.settimeout(PATIENCE)
            if any_goaway(peer):
                break
    except (ConnectionError, TimeoutError):
        pass
    return taken


def any_goaway(peer):
    """Whether a GOAWAY is among what was read; everything before it is dropped."""
    while (frame := peer.parsed()) is not None:
        if frame.type == GOAWAY and frame.code != NO_ERROR:
            peer.buffer = frame.encode() + peer.buffer
            return True
    return False


def stopped(attack, frames, debug, rounds=20_000, read=True, code=ENHANCE_YOUR_CALM, setup=()):
    """The flood ends with GOAWAY that says why."""
    with attack.wire() as peer:
        peer.send(*setup)
        taken = flood(peer, frames, rounds, read)
        assert peer.expect_goaway(code).debug == debug
        if read:
            assert taken < rounds, "the server took it all"
            attack.record("stopped after", f"{taken} rounds at most")


# Resets


def test_rapid_reset(attack):
    stopped(
        attack,
        lambda n: [headers(2 * n + 1, CALL, end_stream=False), reset(2 * n + 1)],
        "too_many_resets",
    )


@pytest.mark.parametrize(
    "mistake",
    [
        "a window that overflows",
        "a field about the connection",
        "a content-length that is wrong",
        "a value with control bytes",
        "a second block without an end",
        "a missing path",
    ],
)
def test_made_you_reset(attack, mistake):
    def frames(n):
        stream = 2 * n + 1
        opened = headers(stream, CALL, end_stream=False)
        match mistake:
            case "a window that overflows":
                return [opened, window_update(stream, 0x7FFFFFFF)]
            case "a field about the connection":
                return [headers(stream, CALL + literal("connection", "close"))]
            case "a content-length that is wrong":
                return [
                    headers(stream, CALL + literal("content-length", "9"), end_stream=False),
                    data(stream, EMPTY_MESSAGE),
                ]
            case "a value with control bytes":
                return [headers(stream, CALL + literal("x", "a\x01b"))]
            case "a second block without an end":
                return [opened, headers(stream, [("x", "y")], end_stream=False)]
            case _:
                return [headers(stream, request_fields(without=[":path"]))]

    with attack.wire() as peer:
        resets = 0
        for first in range(0, 5000, 10):
            peer.send(*[frame for n in range(first, first + 10) for frame in frames(n)])
            # One after another, or there would be too many streams at once.
            while resets < first + 10 and peer.frame().type != GOAWAY:
                resets += peer.seen[-1].type == RST_STREAM
            if peer.seen[-1].type == GOAWAY:
                break
        goodbye = peer.seen[-1]
        assert (goodbye.code, goodbye.debug) == (ENHANCE_YOUR_CALM, "too_many_provoked_resets")
        peer.expect_closed()
        attack.record("stopped after", f"{resets} resets")


@pytest.mark.parametrize(
    "mistake, code",
    [
        (lambda: window_update(1, 0), PROTOCOL_ERROR),
        (lambda: Frame(PRIORITY, 0, 1, bytes(4)), FRAME_SIZE_ERROR),
        (lambda: Frame(RST_STREAM, 0, 1, bytes(3)), FRAME_SIZE_ERROR),
        (lambda: data(1, bytes([255, 0]), flags=PADDED), PROTOCOL_ERROR),
    ],
    ids=["a window update of nothing", "a broken PRIORITY", "a broken reset", "too much padding"],
)
def test_mistakes_that_end_the_connection_at_once(attack, mistake, code):
    with attack.wire() as peer:
        peer.send(headers(1, CALL, end_stream=False), mistake())
        peer.expect_goaway(code)


@pytest.mark.parametrize("kind", ["DATA", "HEADERS"])
def test_content_behind_the_end_of_a_stream(attack, kind):
    with attack.wire(client_settings=[(INITIAL_WINDOW_SIZE, 0)]) as peer:
        stream = peer.call()
        peer.send(data(stream, b"more") if kind == "DATA" else headers(stream, CALL))
        peer.expect_goaway(STREAM_CLOSED)


# Frames that cost us an answer or a look


def test_settings_flood(attack):
    stopped(attack, lambda n: [settings()], "too_many_settings", rounds=100_000)


def test_settings_flood_whose_acknowledgements_nobody_reads(attack):
    stopped(attack, lambda n: [settings()], "too_many_settings", rounds=100_000, read=False)


def test_a_settings_frame_of_a_hundred_entries(attack):
    with attack.wire() as peer:
        peer.send(settings(*[(0x99, n) for n in range(100)]))
        peer.expect_goaway(ENHANCE_YOUR_CALM)


def test_ping_flood(attack):
    stopped(attack, lambda n: [ping()], "too_many_pings", rounds=50_000)


def test_ping_flood_whose_answers_nobody_reads(attack):
    stopped(attack, lambda n: [ping()], "too_many_pings", rounds=50_000, read=False)


def test_priority_flood(attack):
    stopped(attack, lambda n: [priority(2 * n + 1)], "too_many_priorities", rounds=50_000)


def test_empty_data_flood(attack):
    stopped(
        attack,
        lambda n: [data(1, end_stream=False)],
        "too_many_empty_data_frames",
        rounds=50_000,
        setup=[headers(1, CALL, end_stream=False)],
    )


def test_padding_flood(attack):
    stopped(
        attack,
        lambda n: [data(1, bytes([200]) + bytes(200), end_stream=False, flags=PADDED)],
        "too_many_empty_data_frames",
        rounds=50_000,
        setup=[headers(1, CALL, end_stream=False)],
    )


@pytest.mark.parametrize(
    "frame",
    [Frame(0xFA, 0, 0, b"grease"), window_update(1, 1), Frame(0xFA, 0, 1, bytes(16384))],
    ids=["unknown types", "WINDOW_UPDATE of one byte", "large unknown types"],
)
def test_frames_that_cost_nothing_are_read_and_forgotten(attack, frame):
    with attack.wire() as peer:
        peer.send(headers(1, CALL, end_stream=False))
        rounds = 2000 if len(frame.payload) > 100 else 50_000
        assert flood(peer, lambda n: [frame], rounds) == rounds
        peer.send(data(1, EMPTY_MESSAGE))
        peer.expect_answer(1)


def test_messages_in_single_bytes(attack):
    with attack.wire() as peer:
        peer.send(headers(1, CALL, end_stream=False), data(1, bytes(1), end_stream=False))
        peer.send(*[data(1, bytes(1), end_stream=n == 3) for n in range(4)])
        peer.expect_answer(1)


# Header blocks


def test_continuation_flood(attack):
    with attack.wire() as peer:
        peer.send(headers(1, CALL, end_stream=False, end_headers=False))
        flood(peer, lambda n: [continuation(1, literal("x", "y"), end_headers=False)], 20_000)
        assert peer.expect_goaway(ENHANCE_YOUR_CALM).debug == "too_many_continuations"


def test_continuation_flood_of_empty_frames(attack):
    with attack.wire() as peer:
        peer.send(headers(1, CALL, end_stream=False, end_headers=False))
        flood(peer, lambda n: [continuation(1, b"", end_headers=False)], 20_000)
        assert peer.expect_goaway(ENHANCE_YOUR_CALM).debug == "too_many_continuations"


def expect_refused_for_size(peer, stream):
    """The call is refused for its headers, and the next is served by the same tables."""
    _, _, last = peer.answer(stream)
    assert last["grpc-status"] == "8", last
    peer.next_stream = stream + 2
    peer.expect_working()


def test_header_bomb(attack):
    # 31 MB of fields in 12 KB: one field of 3900 bytes, named eight thousand times.
    bomb = CALL + remembered("x", "v" * 3900) + indexed(62) * 8000
    with attack.wire() as peer:
        for stream in range(1, 21, 2):
            peer.send(headers(stream, bomb))
            _, _, last = peer.answer(stream)
            assert last["grpc-status"] == "8", last
        peer.next_stream = 21
        peer.expect_working()


def test_a_header_list_of_many_fields(attack):
    with attack.wire() as peer:
        parts = [literal(f"x-{n}", "v" * 16000) for n in range(8)]
        peer.send(headers(1, CALL, end_stream=False, end_headers=False))
        for part in parts:
            peer.send(continuation(1, part[:16384], end_headers=part is parts[-1]))
        expect_refused_for_size(peer, 1)


def test_a_header_block_that_does_not_come_to_its_end(attack):
    with attack.wire() as peer:
        peer.send(headers(1, CALL, end_headers=False))
        goodbye = peer.expect_goaway(ENHANCE_YOUR_CALM, seconds=4 * TIME_LIMIT)
        assert goodbye.debug == "header_timeout"


def test_a_header_block_in_single_bytes(attack):
    with attack.wire() as peer:
        frame = headers(1, CALL).encode()
        with contextlib.suppress(ConnectionError):
            peer.send_bytes(frame[:9])
            for byte in frame[9 : 8 * TIME_LIMIT]:
                peer.send_bytes(bytes([byte]))
                time.sleep(0.25)
        assert peer.expect_goaway(ENHANCE_YOUR_CALM).debug == "header_timeout"


# Streams and messages


def test_streams_beyond_the_limit(attack):
    with attack.wire() as peer:
        peer.send(*[headers(peer.stream(), CALL, end_stream=False) for _ in range(10_000)])
        peer.expect_goaway(PROTOCOL_ERROR)


def test_a_message_that_says_it_is_huge(attack):
    with attack.wire() as peer:
        peer.send(
            headers(1, CALL, end_stream=False), data(1, b"\x00\xff\xff\xff\xff", end_stream=False)
        )
        peer.expect_answer(1, status="8")


def test_unfinished_messages_in_every_stream(attack):
    # Each says that it is 4 MB large, and none comes to its end.
    with attack.wire() as peer:
        head = (4 << 20).to_bytes(5, "big")
        window = 4 << 20
        refused = 0
        for stream in range(1, 401, 2):
            peer.send(headers(stream, CALL, end_stream=False))
            peer.send(data(stream, head + bytes(16000), end_stream=False))
            for _ in range(10):
                peer.send(data(stream, bytes(16000), end_stream=False))
            window -= 16005 + 160_000
            while window < 200_000:
                frame = peer.until(lambda f: f.type == WINDOW_UPDATE and f.stream == 0)
                window += int.from_bytes(frame.payload, "big")
            attack.peak = max(attack.peak, attack.target.resident())
        peer.send(ping())
        peer.until(lambda f: f.type == PING)
        for blocks in peer.fields.values():
            refused += blocks[0].get("grpc-status") == "8"
        assert refused > 100
        attack.record("refused", f"{refused} of 200 calls")


def test_a_message_that_stops_in_its_middle(attack):
    with attack.wire() as peer:
        peer.send(headers(1, CALL, end_stream=False))
        peer.send(data(1, b"\x00\x00\x00\x10\x00abc", end_stream=False))
        _, _, last = peer.answer(1, seconds=4 * TIME_LIMIT)
        assert last["grpc-status"] == "4", last


# Slow readers


def slow_reader(attack, peer):
    """Asks for far more than it reads."""
    request = message(b"x" * 200_000)
    sent = 0
    peer.socket.settimeout(1)
    with contextlib.suppress(TimeoutError, ConnectionError):
        for _ in range(200):
            stream = peer.stream()
            peer.send(headers(stream, request_fields("Say"), end_stream=False))
            for start in range(0, len(request), 16384):
                part = request[start : start + 16384]
                peer.send(data(stream, part, end_stream=start + 16384 >= len(request)))
            sent += 1
            attack.peak = max(attack.peak, attack.target.resident())
    attack.record("asked for", f"{sent * 200} KB")


def test_a_reader_that_keeps_its_windows_shut(attack):
    with attack.wire(client_settings=[(INITIAL_WINDOW_SIZE, 0)]) as peer:
        slow_reader(attack, peer)
        with contextlib.suppress(Closed):
            while True:
                if peer.frame(6 * TIME_LIMIT).type == GOAWAY:
                    assert peer.seen[-1].debug == "window_timeout"
                    break
        peer.expect_closed()


def test_a_reader_that_does_not_read(attack):
    with attack.wire(client_settings=[(INITIAL_WINDOW_SIZE, 1 << 30)]) as peer:
        peer.send(window_update(0, 1 << 30))
        slow_reader(attack, peer)
        # It reads nothing, so all it can see is that its own bytes are refused in the end.
        deadline = time.monotonic() + 8 * TIME_LIMIT
        with pytest.raises(ConnectionError):
            while time.monotonic() < deadline:
                peer.send(window_update(0, 1))
                time.sleep(0.1)


# Connections


def test_a_connection_that_says_nothing(attack):
    with attack.wire(greet=False) as peer:
        peer.expect_closed(4 * TIME_LIMIT)
        assert [f.debug for f in peer.seen if f.type == GOAWAY] == ["preface_timeout"]


def test_a_preface_without_settings_behind_it(attack):
    with attack.wire(greet=False) as peer:
        peer.send_bytes(PREFACE)
        peer.expect_closed(4 * TIME_LIMIT)
        assert [f.debug for f in peer.seen if f.type == GOAWAY] == ["preface_timeout"]


def test_a_connection_that_greets_and_then_says_nothing(attack):
    with attack.wire() as peer:
        goodbye = peer.until(lambda f: f.type == GOAWAY, 4 * TIME_LIMIT)
        assert (goodbye.code, goodbye.payload[:4]) == (NO_ERROR, b"\x7f\xff\xff\xff")
        peer.send(ping(peer.until(lambda f: f.type == PING).payload, flags=ACK))
        last = peer.until(lambda f: f.type == GOAWAY)
        assert (last.code, last.debug) == (NO_ERROR, "max_idle")
        peer.expect_closed()


def test_connections_without_end_from_one_address(attack):
    with contextlib.ExitStack() as open_ones:
        refused = 0
        for _ in range(400):
            try:
                open_ones.enter_context(attack.wire())
            except (Closed, ConnectionError):
                refused += 1
        assert 90 <= refused <= 110
        attack.record("refused", f"{refused} of 400 connections")


def test_connections_without_end_that_do_not_greet(attack):
    with contextlib.ExitStack() as open_ones:
        silent = [
            open_ones.enter_context(socket.create_connection(attack.target.address))
            for _ in range(200)
        ]
        closed = 0
        for one in silent:
            one.settimeout(0.2 if closed == 0 else 1)
            with contextlib.suppress(TimeoutError):
                # The server's SETTINGS, or its end.
                closed += one.recv(100) == b""
        assert closed > 50
        attack.record("refused", f"{closed} of 200 connections")


def test_goaway_flood(attack):
    with attack.wire() as peer:
        flood(peer, lambda n: [goaway(0, NO_ERROR, b"x" * 1000)], 20_000)
        attack.peak = attack.target.resident()

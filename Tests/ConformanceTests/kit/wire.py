"""HTTP/2 by hand (RFC 9113): a client that sends any bytes at all, and reads what it is told."""

import collections
import socket
import struct
import time
import typing

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# Frame types (RFC 9113 §6).
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = range(5)
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(5, 10)

# Flags.
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
WITH_PRIORITY = 0x20

# Error codes (RFC 9113 §7).
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = range(4)
SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM = range(4, 8)
CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(8, 12)

# Settings (RFC 9113 §6.5.2).
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS = 1, 2, 3
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = 4, 5, 6

PATIENCE = 5


class Frame(typing.NamedTuple):
    """A frame as it is on the wire."""

    type: int
    flags: int = 0
    stream: int = 0
    payload: bytes = b""

    def encode(self):
        head = struct.pack(">I", len(self.payload))[1:]
        return head + struct.pack(">BBI", self.type, self.flags, self.stream) + self.payload

    @property
    def code(self):
        """The error code of RST_STREAM and GOAWAY."""
        return struct.unpack(">I", self.payload[-4:] if self.type == RST_STREAM
                             else self.payload[4:8])[0]

    @property
    def debug(self):
        """What GOAWAY says in words."""
        return self.payload[8:].decode()

    @property
    def ends_stream(self):
        return self.type in (DATA, HEADERS) and bool(self.flags & END_STREAM)


# Frames to send


def settings(*pairs):
    return Frame(SETTINGS, payload=b"".join(struct.pack(">HI", *pair) for pair in pairs))


SETTINGS_ACK = Frame(SETTINGS, ACK)


def headers(stream, fields, end_stream=True, end_headers=True, flags=0):
    """HEADERS with these fields: pairs, or the block's own bytes."""
    flags |= (END_STREAM if end_stream else 0) | (END_HEADERS if end_headers else 0)
    return Frame(HEADERS, flags, stream, fields if isinstance(fields, bytes) else block(fields))


def continuation(stream, fragment, end_headers=True):
    return Frame(CONTINUATION, END_HEADERS if end_headers else 0, stream, fragment)


def data(stream, payload=b"", end_stream=True, flags=0):
    return Frame(DATA, flags | (END_STREAM if end_stream else 0), stream, payload)


def reset(stream, code=CANCEL):
    return Frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def window_update(stream, increment):
    return Frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def ping(opaque=b"pingpong", flags=0):
    return Frame(PING, flags, 0, opaque)


def priority(stream, depends_on=0, weight=15):
    return Frame(PRIORITY, 0, stream, struct.pack(">IB", depends_on, weight))


def goaway(last=0, code=NO_ERROR, debug=b""):
    return Frame(GOAWAY, 0, 0, struct.pack(">II", last, code) + debug)


# Header blocks (RFC 7541)


def integer(value, bits, first=0):
    """An integer with a prefix of so many bits (§5.1)."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    out = bytearray([first | limit])
    value -= limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def text(value):
    """A string without Huffman coding (§5.2)."""
    value = value if isinstance(value, bytes) else value.encode()
    return integer(len(value), 7) + value


def literal(name, value):
    """A literal field without indexing, its name new (§6.2.2)."""
    return b"\x00" + text(name) + text(value)


def remembered(name, value):
    """A literal field that goes into the table, its name new (§6.2.1)."""
    return b"\x40" + text(name) + text(value)


def indexed(index):
    """A field of a table (§6.1)."""
    return integer(index, 7, 0x80)


def table_size(size):
    """A change of the table's size (§6.3)."""
    return integer(size, 5, 0x20)


def block(fields):
    """A header block of literals, which changes no table."""
    return b"".join(literal(name, value) for name, value in fields)


# A call

PATH = "/tenantry.bench.v1.Echo/"


def request_fields(method="Nothing", without=(), **changed):
    """The fields of a call; `without` drops some, `changed` replaces values."""
    fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", PATH + method),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ]
    changed = {":" + name: value for name, value in changed.items()}
    return [(n, changed.get(n, v)) for n, v in fields if n not in without]


EMPTY_MESSAGE = bytes(5)


def message(value):
    """A message of `Say`: google.protobuf.StringValue, with gRPC's head."""
    body = b"\x0a" + varint(len(value)) + value
    return struct.pack(">BI", 0, len(body)) + body


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


class Closed(Exception):
    """The server has closed the connection."""


class Wire:
    """One connection to a server."""

    def __init__(self, address, greet=True, client_settings=(), read=True):
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.decoder = hpack.Decoder()
        # The fields of each header block, by stream.
        self.fields = collections.defaultdict(list)
        self.seen = []
        self.next_stream = 1
        if greet:
            self.send_bytes(PREFACE)
            self.send(settings(*client_settings))
            if read:
                self.until(lambda f: f.type == SETTINGS and f.flags & ACK)
                self.send(SETTINGS_ACK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # Sending

    def send(self, *frames):
        self.send_bytes(b"".join(frame.encode() for frame in frames))

    def send_bytes(self, payload):
        self.socket.sendall(payload)

    def stream(self):
        """The next stream number."""
        self.next_stream += 2
        return self.next_stream - 2

    def call(self, body=EMPTY_MESSAGE, method="Nothing"):
        """Sends a whole call; its stream."""
        stream = self.stream()
        self.send(headers(stream, request_fields(method), end_stream=False))
        for start in range(0, len(body), 16384):
            part = body[start : start + 16384]
            self.send(data(stream, part, end_stream=start + 16384 >= len(body)))
        return stream

    # Reading

    def frame(self, seconds=PATIENCE):
        """The next frame; raises `Closed` at the end, TimeoutError when there is none in time."""
        deadline = time.monotonic() + seconds
        while (frame := self.parsed()) is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"no frame within {seconds} s, after {self.seen[-5:]}")
            self.socket.settimeout(remaining)
            try:
                more = self.socket.recv(1 << 16)
            except ConnectionError as error:
                raise Closed(str(error)) from None
            if not more:
                raise Closed("the end")
            self.buffer += more
        self.seen.append(frame)
        if frame.type == HEADERS:
            # Every block, wanted or not: they share a table.
            self.fields[frame.stream].append(dict(self.decoder.decode(frame.payload)))
        return frame

    def parsed(self):
        if len(self.buffer) < 9:
            return None
        length = int.from_bytes(self.buffer[:3], "big")
        if len(self.buffer) < 9 + length:
            return None
        kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
        payload = self.buffer[9 : 9 + length]
        self.buffer = self.buffer[9 + length :]
        return Frame(kind, flags, stream & 0x7FFFFFFF, payload)

    def until(self, wanted, seconds=PATIENCE):
        """The first frame that is wanted; those before it are read and dropped.

        A GOAWAY or RST_STREAM that is not wanted fails.
        """
        deadline = time.monotonic() + seconds
        while True:
            frame = self.frame(deadline - time.monotonic())
            if wanted(frame):
                return frame
            if frame.type == GOAWAY:
                raise AssertionError(f"GOAWAY {frame.code} {frame.debug!r}")

    def answer(self, stream, seconds=PATIENCE):
        """The whole answer on a stream: fields, data, trailers."""
        body = b""
        while True:
            frame = self.until(lambda f: f.stream == stream, seconds)
            if frame.type == RST_STREAM:
                raise AssertionError(f"RST_STREAM {frame.code}")
            if frame.type == DATA:
                body += frame.payload
            if frame.ends_stream:
                return self.fields[stream][0], body, self.fields[stream][-1]

    # What a server should do

    def expect_answer(self, stream, status="0"):
        """The call on this stream ends with this gRPC status."""
        first, body, last = self.answer(stream)
        assert first[":status"] == "200"
        assert last["grpc-status"] == status, last
        return body

    def expect_working(self):
        """The connection serves calls."""
        self.expect_answer(self.call())

    def expect_goaway(self, *codes, seconds=PATIENCE):
        """The connection ends with GOAWAY of one of these codes; answers the frame."""
        try:
            frame = self.until(lambda f: f.type == GOAWAY and f.code != NO_ERROR, seconds)
        except Closed as closed:
            raise AssertionError(f"closed without GOAWAY: {closed}") from None
        assert frame.code in codes, f"GOAWAY {frame.code} {frame.debug!r}"
        self.expect_closed(seconds)
        return frame

    def expect_closed(self, seconds=PATIENCE):
        """The server closes the connection."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.frame(deadline - time.monotonic())
        except Closed:
            pass

    def expect_reset(self, stream, *codes):
        """The stream, and it alone, is reset with one of these codes."""
        frame = self.until(lambda f: f.type == RST_STREAM and f.stream == stream)
        assert frame.code in codes, f"RST_STREAM {frame.code}"
        self.expect_working()

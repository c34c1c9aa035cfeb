"""Opens many HTTP/2 connections to a gRPC server, as tools/bench memory wants them.

    connections.py greet PORT COUNT [CA]   opens them, says "ready", and keeps them until its input
                                           ends
    connections.py hold PORT COUNT [CA]    the same, with a call on each before
    connections.py churn PORT COUNT [CA]   opens, calls and closes them one after the other

With CA, the path of a certificate authority, they speak TLS. Only Python's own library is used.
"""

import socket
import ssl
import struct
import sys

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING = 0, 1, 4, 6
ACK, END_STREAM, END_HEADERS = 1, 1, 4
PATH = b"/tenantry.bench.v1.Echo/Nothing"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A field for the dynamic table, as real clients send theirs (RFC 7541 section 6.2.1)."""
    return b"\x40" + bytes([len(name)]) + name + bytes([len(value)]) + value


REQUEST_FIELDS = (
    b"\x83\x86"  # :method POST, :scheme http
    + b"\x44" + bytes([len(PATH)]) + PATH
    + b"\x41\x09localhost"
    + literal(b"content-type", b"application/grpc")
    + literal(b"te", b"trailers")
    + literal(b"user-agent", b"connections.py")
)
GREETING = PREFACE + frame(SETTINGS, 0, 0)
CALL = frame(HEADERS, END_HEADERS, 1, REQUEST_FIELDS) + frame(
    DATA, END_STREAM, 1, b"\0\0\0\0\0"
)


def read_exactly(connection, count):
    parts = []
    while count:
        part = connection.recv(count)
        if not part:
            raise SystemExit("the server closed a connection")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def greet(connection, call=False):
    """Greets and reads until the server knows, or makes one call and reads until it has ended."""
    connection.sendall(GREETING + (CALL if call else b""))
    while True:
        head = read_exactly(connection, 9)
        kind, flags = head[3], head[4]
        payload = read_exactly(connection, int.from_bytes(head[:3], "big"))
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        if kind == PING and not flags & ACK:
            connection.sendall(frame(PING, ACK, 0, payload))
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            return
        if kind == SETTINGS and flags & ACK and not call:
            return


def opener(port, authority, call):
    context = None
    if authority:
        context = ssl.create_default_context(cafile=authority)
        context.set_alpn_protocols(["h2"])

    def open_one():
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            connection = context.wrap_socket(connection, server_hostname="localhost")
        greet(connection, call)
        return connection

    return open_one


def main():
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in ("greet", "hold", "churn"):
        raise SystemExit(__doc__)
    what, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    authority = sys.argv[4] if len(sys.argv) == 5 else None
    open_one = opener(port, authority, call=what != "greet")
    if what == "churn":
        for _ in range(count):
            open_one().close()
    else:
        held = [open_one() for _ in range(count)]
        print("ready", flush=True)
        sys.stdin.read()
        for connection in held:
            connection.close()


if __name__ == "__main__":
    main()

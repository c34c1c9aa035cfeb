"""HTTP/2 servers that do what a client must bear (gRPC core, http2-interop-test-descriptions.md).

`python misbehaviour.py --port=N --case=NAME` serves one case and writes what the client did wrong
to standard output, a line each time.
"""

import argparse
import asyncio
import pathlib
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import hyperframe.frame

import peers

RESPONSE_BYTES = 314_159
PADDING = 255
CASES = [
    *("data_frame_padding", "goaway", "max_streams", "no_df_padding_sanity_test"),
    *("ping", "rst_after_data", "rst_after_header", "rst_during_data"),
]


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def delimited(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def response():
    """A framed grpc.testing.SimpleResponse of zeros."""
    message = delimited(1, delimited(2, bytes(RESPONSE_BYTES)))
    return b"\0" + len(message).to_bytes(4, "big") + message


class Client(asyncio.Protocol):
    """One connection of a client, well treated but for what its case says."""

    def __init__(self, case):
        self.case = case
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.h2 = h2.connection.H2Connection(config)
        self.open = set()
        self.waiting = {}
        self.pings = self.pongs = 0
        self.told_to_go = False

    # What comes

    def connection_made(self, transport):
        self.transport = transport
        if self.case == "max_streams":
            limit = h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS
            self.h2.local_settings = h2.settings.Settings(client=False, initial_values={limit: 1})
        self.h2.initiate_connection()
        self.flush()

    def data_received(self, data):
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            wrong(f"the client broke HTTP/2: {error}")
            self.flush()
            return self.transport.close()
        for event in events:
            self.handle(event)
        self.send_waiting()
        self.flush()

    def handle(self, event):
        match event:
            case h2.events.RequestReceived():
                self.began(event.stream_id)
            case h2.events.DataReceived():
                self.h2.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id
                )
                self.ping()
            case h2.events.StreamEnded():
                self.ended(event.stream_id)
            case h2.events.StreamReset():
                self.open.discard(event.stream_id)
                self.waiting.pop(event.stream_id, None)
            case h2.events.PingAckReceived():
                self.pongs += 1

    # What each case does

    def began(self, stream):
        self.open.add(stream)
        if self.told_to_go:
            wrong("a call on a connection that was told to go")
        if self.case == "max_streams" and len(self.open) > 1:
            wrong(f"{len(self.open)} streams at once, and 1 was allowed")
        self.ping()
        if self.case == "rst_after_header":
            self.headers(stream)
            self.reset(stream)

    def ended(self, stream):
        if stream not in self.open:
            return
        self.headers(stream)
        self.ping()
        whole = response()
        half = len(whole) // 2
        self.waiting[stream] = whole[:half] if self.case == "rst_during_data" else whole

    def finished(self, stream):
        """All data of an answer is out."""
        if self.case in ("rst_after_data", "rst_during_data"):
            return self.reset(stream)
        self.h2.send_headers(stream, [("grpc-status", "0")], end_stream=True)
        self.open.discard(stream)
        if self.case == "goaway" and not self.told_to_go:
            self.told_to_go = True
            self.flush()
            # Past the library, which would hear nothing more on this connection.
            goaway = hyperframe.frame.GoAwayFrame(0, last_stream_id=stream, error_code=0)
            self.transport.write(goaway.serialize())

    # How it is sent

    def headers(self, stream):
        self.h2.send_headers(
            stream, [(":status", "200"), ("content-type", "application/grpc+proto")]
        )

    def reset(self, stream):
        self.h2.reset_stream(stream, h2.errors.ErrorCodes.NO_ERROR)
        self.open.discard(stream)

    def ping(self):
        if self.case == "ping":
            self.h2.ping(b"PINGPING")
            self.pings += 1

    def send_waiting(self):
        """As much of the answers as the client has room for."""
        padding = PADDING if self.case == "data_frame_padding" else None
        overhead = 0 if padding is None else padding + 1
        for stream in list(self.waiting):
            data = self.waiting[stream]
            while data:
                room = min(
                    self.h2.local_flow_control_window(stream),
                    self.h2.max_outbound_frame_size,
                )
                size = min(len(data), room - overhead)
                if size <= 0:
                    break
                self.h2.send_data(stream, data[:size], pad_length=padding)
                data = data[size:]
            self.waiting[stream] = data
            # Without an acknowledgement of every PING the call does not end.
            if not data and self.pongs == self.pings:
                del self.waiting[stream]
                self.finished(stream)

    def flush(self):
        self.transport.write(self.h2.data_to_send())


def wrong(what):
    print(what, flush=True)


async def serve(port, case):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Client(case), "127.0.0.1", port)
    await server.serve_forever()


def try_case(client, case):
    """Runs a client against a server that misbehaves so; answers what was wrong."""
    port = peers.free_port()
    command = [sys.executable, __file__, f"--port={port}", f"--case={case}"]
    with peers.serving(command, pathlib.Path(__file__).parent) as output:
        why = peers.run_client(client.call(case, port, False), client.directory)
        return " ".join([why, output()]).strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--case", choices=CASES, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.case))

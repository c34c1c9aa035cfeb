"""RFC 9113 §3 to §5: starting, frames, streams, in the RFC's order."""

import struct

import pytest

from kit.wire import *  # noqa: F403

# §3.4 The preface


def test_the_server_begins_with_settings(target):
    with target.wire(greet=False) as peer:
        peer.send_bytes(PREFACE + settings().encode())
        first = peer.frame()
        assert (first.type, first.flags, first.stream) == (SETTINGS, 0, 0)


def test_the_server_says_its_settings_without_being_asked(target):
    with target.wire(greet=False) as peer:
        assert peer.frame().type == SETTINGS


def test_a_preface_in_single_bytes_is_a_preface(target):
    with target.wire(greet=False) as peer:
        for byte in PREFACE + settings().encode():
            peer.send_bytes(bytes([byte]))
        peer.expect_working()


def test_a_request_right_behind_the_preface_is_served(target):
    with target.wire(read=False) as peer:
        peer.expect_working()


@pytest.mark.parametrize(
    "first",
    [
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20),
    ],
    ids=["a broken preface", "a TLS hello"],
)
def test_another_protocol_ends_the_connection(target, first):
    with target.wire(greet=False) as peer:
        peer.send_bytes(first)
        peer.expect_goaway(PROTOCOL_ERROR)


def test_http_1_ends_the_connection(target):
    with target.wire(greet=False) as peer:
        peer.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize(
    "first",
    [ping(), headers(1, request_fields()), SETTINGS_ACK, window_update(0, 1)],
    ids=["PING", "HEADERS", "an acknowledgement", "WINDOW_UPDATE"],
)
def test_a_preface_without_settings_ends_the_connection(target, first):
    with target.wire(greet=False) as peer:
        peer.send_bytes(PREFACE + first.encode())
        peer.expect_goaway(PROTOCOL_ERROR)


# §4.1 Frame format


@pytest.mark.parametrize("kind", [0x0A, 0x10, 0x16, 0xFF])
@pytest.mark.parametrize("stream", [0, 1, 2, 101])
def test_frames_of_unknown_types_are_ignored(peer, kind, stream):
    peer.send(Frame(kind, 0xFF, stream, b"whatever"))
    peer.expect_working()


def test_unknown_flags_are_ignored(peer):
    peer.send(ping(flags=0xF6))
    assert peer.until(lambda f: f.type == PING).payload == b"pingpong"
    stream = peer.stream()
    peer.send(
        headers(stream, request_fields(), end_stream=False, flags=0x80 | 0x40 | 0x10 | 0x02),
        data(stream, EMPTY_MESSAGE, flags=0xF6 & ~PADDED),
    )
    peer.expect_answer(stream)


def test_the_reserved_bit_of_a_stream_number_is_ignored(peer):
    stream = peer.stream()
    peer.send(
        headers(stream | 0x80000000, request_fields(), end_stream=False),
        data(stream | 0x80000000, EMPTY_MESSAGE),
    )
    peer.expect_answer(stream)


# §4.2 Frame size


def test_a_frame_of_the_largest_size_is_taken(peer):
    value = b"x" * (16384 - 8)
    assert len(message(value)) == 16384
    assert peer.expect_answer(peer.call(message(value), "Say")) == message(value)


@pytest.mark.parametrize(
    "frame",
    [
        data(1, bytes(16385)),
        headers(3, bytes(16385)),
        settings(*[(0x99, 0)] * 2731),
        Frame(0x16, payload=bytes(16385)),
        goaway(debug=bytes(16385 - 8)),
    ],
    ids=["DATA", "HEADERS", "SETTINGS", "an unknown type", "GOAWAY"],
)
def test_a_frame_that_is_too_large_ends_the_connection(peer, frame):
    peer.send(headers(1, request_fields(), end_stream=False), frame)
    peer.expect_goaway(FRAME_SIZE_ERROR)


# §4.3 Header blocks


def test_a_block_that_cannot_be_read_ends_the_connection(peer):
    peer.send(headers(1, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
    peer.expect_goaway(COMPRESSION_ERROR)


@pytest.mark.parametrize(
    "frame",
    [
        priority(1),
        headers(3, request_fields()),
        data(1, EMPTY_MESSAGE),
        ping(),
        settings(),
        reset(1),
        window_update(0, 1),
        goaway(),
        Frame(0x16, payload=b"?"),
        continuation(3, b""),
    ],
    ids=[
        *("PRIORITY", "HEADERS", "DATA", "PING", "SETTINGS", "RST_STREAM", "WINDOW_UPDATE"),
        *("GOAWAY", "an unknown type", "CONTINUATION of another stream"),
    ],
)
def test_nothing_may_come_between_the_parts_of_a_block(peer, frame):
    peer.send(headers(1, request_fields(), end_stream=False, end_headers=False), frame)
    peer.expect_goaway(PROTOCOL_ERROR)


def test_a_block_may_be_cut_anywhere(peer):
    whole = block(request_fields())
    cuts = [0, 1, 7, 8, 50, 51, len(whole)]
    parts = [whole[a:b] for a, b in zip(cuts, cuts[1:])]
    peer.send(headers(1, parts[0], end_stream=False, end_headers=False))
    for part in parts[1:]:
        peer.send(continuation(1, part, end_headers=part is parts[-1]))
    peer.send(data(1, EMPTY_MESSAGE))
    peer.expect_answer(1)


def test_the_block_of_a_stream_that_is_reset_still_counts(peer):
    # A mistake resets the stream; what its block put into the table must be there afterwards.
    peer.send(headers(1, block([("connection", "close")]) + remembered("x-kept", "v")))
    assert peer.until(lambda f: f.type == RST_STREAM).code == PROTOCOL_ERROR
    peer.send(
        headers(3, block(request_fields()) + indexed(62), end_stream=False),
        data(3, EMPTY_MESSAGE),
    )
    peer.expect_answer(3)


# §5.1 Stream states


@pytest.mark.parametrize(
    "frame",
    [data(1, EMPTY_MESSAGE), reset(1), window_update(1, 1), continuation(1, b"")],
    ids=["DATA", "RST_STREAM", "WINDOW_UPDATE", "CONTINUATION"],
)
def test_a_stream_that_was_never_opened_takes_only_headers_and_priority(peer, frame):
    peer.send(frame)
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.fixture
def half_closed(target):
    """A connection with a stream that the client has ended and whose answer cannot go out."""
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 0)]) as peer:
        stream = peer.call()
        peer.until(lambda f: f.type == HEADERS and f.stream == stream)
        yield peer, stream


@pytest.mark.parametrize("kind", ["DATA", "HEADERS"])
def test_a_half_closed_stream_takes_no_more_content(half_closed, kind):
    peer, stream = half_closed
    peer.send(data(stream) if kind == "DATA" else headers(stream, request_fields()))
    peer.expect_goaway(STREAM_CLOSED)


def test_a_half_closed_stream_takes_no_continuation(half_closed):
    peer, stream = half_closed
    peer.send(continuation(stream, b""))
    peer.expect_goaway(PROTOCOL_ERROR, STREAM_CLOSED)


def test_a_half_closed_stream_takes_priority_and_window_updates(half_closed):
    peer, stream = half_closed
    peer.send(priority(stream), window_update(stream, 100))
    peer.expect_answer(stream)


def test_a_half_closed_stream_can_be_reset(half_closed):
    peer, stream = half_closed
    peer.send(reset(stream), settings((INITIAL_WINDOW_SIZE, 1000)))
    peer.expect_working()


def test_a_stream_that_both_have_ended_cannot_be_opened_again(peer):
    stream = peer.call()
    peer.expect_answer(stream)
    peer.send(headers(stream, request_fields()))
    peer.expect_goaway(STREAM_CLOSED)


def test_data_on_a_stream_that_both_have_ended_goes_nowhere(peer):
    # §6.1 asks for STREAM_CLOSED. The library has forgotten the stream, which keeps an idle
    # connection small, and drops the frame without a word to us; its bytes must not be missing in
    # the window.
    stream = peer.call()
    peer.expect_answer(stream)
    for _ in range(600):
        peer.send(data(stream, bytes(16384), end_stream=False))
    peer.expect_working()


def test_data_on_a_stream_that_its_client_has_reset_goes_nowhere(peer):
    stream = peer.stream()
    peer.send(headers(stream, request_fields(), end_stream=False), reset(stream))
    for _ in range(600):
        peer.send(data(stream, bytes(16384), end_stream=False))
    peer.expect_working()


def test_a_stream_that_its_client_has_reset_takes_no_headers(peer):
    stream = peer.stream()
    peer.send(headers(stream, request_fields(), end_stream=False), reset(stream))
    peer.send(headers(stream, [("x-trailer", "1")]))
    peer.expect_goaway(STREAM_CLOSED)


def test_a_stream_that_both_have_ended_takes_priority_updates_and_resets(peer):
    stream = peer.call()
    peer.expect_answer(stream)
    peer.send(priority(stream), window_update(stream, 1), reset(stream))
    peer.expect_working()


def test_a_stream_that_both_have_ended_takes_no_continuation(peer):
    stream = peer.call()
    peer.expect_answer(stream)
    peer.send(continuation(stream, b""))
    peer.expect_goaway(PROTOCOL_ERROR, STREAM_CLOSED)


def test_what_crosses_our_reset_is_ignored(peer):
    # The server resets the stream; the client does not know yet.
    stream = peer.stream()
    peer.send(
        headers(stream, [*request_fields(), ("connection", "close")], end_stream=False),
        data(stream, EMPTY_MESSAGE, end_stream=False),
        headers(stream, [("x-trailer", "1")]),
    )
    assert peer.until(lambda f: f.type == RST_STREAM).code == PROTOCOL_ERROR
    for _ in range(600):
        peer.send(data(stream, bytes(16384), end_stream=False))
    peer.expect_working()


# §5.1.1 Stream numbers


@pytest.mark.parametrize("stream", [2, 100])
def test_even_numbers_are_the_servers(peer, stream):
    peer.send(headers(stream, request_fields()))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_a_number_that_was_skipped_is_used_up(peer):
    peer.next_stream = 5
    peer.expect_working()
    peer.send(headers(3, request_fields()))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_a_number_that_was_skipped_is_used_up_while_a_higher_one_is_open(peer):
    peer.send(headers(9, request_fields(), end_stream=False), headers(7, request_fields()))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_numbers_may_be_skipped(peer):
    for stream in (1, 7, 101, 0x7FFFFFF1):
        peer.next_stream = stream
        peer.expect_working()


def test_stream_zero_opens_nothing(peer):
    peer.send(headers(0, request_fields()))
    peer.expect_goaway(PROTOCOL_ERROR)


# §5.1.2 Concurrency


def test_the_limit_of_streams_is_told_and_holds(target):
    with target.wire(greet=False) as peer:
        peer.send_bytes(PREFACE + settings().encode())
        told = peer.until(lambda f: f.type == SETTINGS and not f.flags & ACK).payload
        limit = dict(struct.iter_unpack(">HI", told))[MAX_CONCURRENT_STREAMS]
        assert 100 <= limit <= 2000
        peer.send(SETTINGS_ACK)
        for _ in range(limit):
            peer.send(headers(peer.stream(), request_fields(), end_stream=False))
        peer.send(headers(peer.stream(), request_fields(), end_stream=False))
        peer.expect_goaway(PROTOCOL_ERROR)


def test_a_stream_too_many_is_refused_before_the_client_can_know(target):
    with target.wire(greet=False) as peer:
        peer.send_bytes(PREFACE + settings().encode())
        for _ in range(260):
            peer.send(headers(peer.stream(), request_fields(), end_stream=False))
        frame = peer.until(lambda f: f.type == RST_STREAM)
        assert frame.code == REFUSED_STREAM
        assert frame.stream > 400


# §5.2 Flow control


def test_an_answer_waits_for_the_streams_window(target):
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 1)]) as peer:
        stream = peer.call(message(b"0123456789"), "Say")
        got = b""
        while len(got) < len(message(b"0123456789")):
            got += peer.until(lambda f: f.type == DATA).payload
            peer.send(window_update(stream, 1))
        assert got == message(b"0123456789")


def test_answers_wait_for_the_connections_window(target):
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 1 << 20)]) as peer:
        stream = peer.call(message(b"x" * 100_000), "Say")
        got = 0
        while got < 65535:
            got += len(peer.until(lambda f: f.type == DATA).payload)
        assert got == 65535
        peer.send(window_update(0, 1 << 20))
        peer.expect_answer(stream)


def test_one_stream_that_waits_does_not_hold_up_another(target):
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 0)]) as peer:
        waiting, going = peer.call(), peer.call()
        peer.send(window_update(going, 1000))
        peer.expect_answer(going)
        peer.send(window_update(waiting, 1000))
        peer.expect_answer(waiting)


# §5.4 Errors


def test_a_connection_error_says_the_last_stream_and_closes(peer):
    peer.expect_working()
    peer.expect_working()
    peer.send(Frame(PING, payload=b"short"))
    goodbye = peer.expect_goaway(FRAME_SIZE_ERROR)
    assert struct.unpack(">I", goodbye.payload[:4]) == (3,)


def test_a_stream_error_leaves_the_other_streams(peer):
    good, bad = peer.stream(), peer.stream()
    peer.send(
        headers(good, request_fields(), end_stream=False),
        headers(bad, request_fields(without=[":path"])),
        data(good, EMPTY_MESSAGE),
    )
    frames = {}
    while len(frames) < 2:
        frame = peer.until(lambda f: f.ends_stream or f.type == RST_STREAM)
        frames[frame.stream] = frame
    assert frames[bad].code == PROTOCOL_ERROR
    assert frames[good].type == HEADERS


# §5.5 Extensions


def test_unknown_settings_are_ignored(peer):
    peer.send(settings((0x99, 5), (0xFFFF, 0xFFFFFFFF)))
    peer.until(lambda f: f.type == SETTINGS and f.flags & ACK)
    peer.expect_working()

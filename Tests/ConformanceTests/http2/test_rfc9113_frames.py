"""RFC 9113 §6 and §7: each frame and the error codes, in the RFC's order."""

import struct

import pytest

from kit.wire import *  # noqa: F403


def expect_error(peer, stream, *codes):
    """Either the stream is reset or the connection ends; the RFC leaves it to the server."""
    frame = peer.until(
        lambda f: f.type == GOAWAY and f.code != NO_ERROR
        or f.type == RST_STREAM and f.stream == stream
    )
    assert frame.code in codes, f"{frame.code}"


@pytest.fixture
def open_stream(peer):
    """A connection with a stream that the client has opened and not ended."""
    stream = peer.stream()
    peer.send(headers(stream, request_fields(), end_stream=False))
    return peer, stream


# §6.1 DATA


def test_data_needs_a_stream(peer):
    peer.send(data(0, EMPTY_MESSAGE))
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize("padding", [0, 1, 255])
def test_padding_of_data_is_dropped(open_stream, padding):
    peer, stream = open_stream
    peer.send(data(stream, bytes([padding]) + EMPTY_MESSAGE + bytes(padding), flags=PADDED))
    assert peer.expect_answer(stream) == EMPTY_MESSAGE


def test_data_may_be_padding_alone(open_stream):
    peer, stream = open_stream
    peer.send(
        data(stream, bytes([20]) + bytes(20), end_stream=False, flags=PADDED),
        data(stream, EMPTY_MESSAGE),
    )
    peer.expect_answer(stream)


@pytest.mark.parametrize("payload", [b"\x06hello", b"\xffhello", b""])
def test_padding_of_data_is_shorter_than_the_frame(open_stream, payload):
    peer, stream = open_stream
    peer.send(data(stream, payload, flags=PADDED))
    peer.expect_goaway(PROTOCOL_ERROR, FRAME_SIZE_ERROR)


def test_padding_gives_its_window_back(target):
    # Far more padding than the connection's window holds.
    with target.wire() as peer:
        stream = peer.stream()
        peer.send(headers(stream, request_fields(), end_stream=False))
        window, total = 4 << 20, 0
        while total < 6 << 20:
            if window < 256:
                peer.until(lambda f: f.type == WINDOW_UPDATE and f.stream == 0)
                window += struct.unpack(">I", peer.seen[-1].payload)[0]
                continue
            # One byte of a message that never comes to its end, and the rest is padding.
            peer.send(data(stream, bytes([200, 0]) + bytes(200), end_stream=False, flags=PADDED))
            window -= 202
            total += 202
            if total > 6000 * 202:
                break
        peer.expect_working()


def test_an_empty_data_frame_ends_a_stream(open_stream):
    peer, stream = open_stream
    peer.send(data(stream, EMPTY_MESSAGE, end_stream=False), data(stream))
    peer.expect_answer(stream)


def test_a_message_may_be_cut_anywhere(open_stream):
    peer, stream = open_stream
    for byte in EMPTY_MESSAGE:
        peer.send(data(stream, bytes([byte]), end_stream=False))
    peer.send(data(stream))
    peer.expect_answer(stream)


# §6.2 HEADERS


@pytest.mark.parametrize("padding", [0, 1, 255])
def test_padding_of_headers_is_dropped(peer, padding):
    fields = bytes([padding]) + block(request_fields()) + bytes(padding)
    peer.send(headers(1, fields, end_stream=False, flags=PADDED), data(1, EMPTY_MESSAGE))
    peer.expect_answer(1)


def test_padding_of_headers_is_shorter_than_the_frame(peer):
    peer.send(headers(1, b"\xff" + block(request_fields())[:100], flags=PADDED))
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize("payload", [b"", b"\x00\x00\x00\x00"])
def test_headers_with_priority_have_room_for_it(peer, payload):
    peer.send(headers(1, payload, flags=WITH_PRIORITY))
    peer.expect_goaway(FRAME_SIZE_ERROR, PROTOCOL_ERROR)


def test_the_priority_of_headers_is_ignored(peer):
    fields = struct.pack(">IB", 0x80000000, 255) + block(request_fields())
    peer.send(headers(1, fields, end_stream=False, flags=WITH_PRIORITY), data(1, EMPTY_MESSAGE))
    peer.expect_answer(1)


def test_padding_and_priority_go_together(peer):
    fields = bytes([3]) + struct.pack(">IB", 0, 1) + block(request_fields()) + bytes(3)
    peer.send(
        headers(1, fields, end_stream=False, flags=WITH_PRIORITY | PADDED), data(1, EMPTY_MESSAGE)
    )
    peer.expect_answer(1)


# §6.3 PRIORITY


def test_priority_needs_a_stream(peer):
    peer.send(priority(0))
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [0, 4, 6])
def test_priority_has_five_bytes(open_stream, length):
    peer, stream = open_stream
    peer.send(Frame(PRIORITY, 0, stream, bytes(length)))
    expect_error(peer, stream, FRAME_SIZE_ERROR)


@pytest.mark.parametrize("stream", [1, 3, 99, 100])
def test_priority_may_come_for_any_stream(peer, stream):
    peer.send(priority(stream), priority(stream, depends_on=77))
    peer.expect_working()


# §6.4 RST_STREAM


def test_a_reset_needs_a_stream(peer):
    peer.send(reset(0))
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [0, 3, 5])
def test_a_reset_has_four_bytes(open_stream, length):
    peer, stream = open_stream
    peer.send(Frame(RST_STREAM, 0, stream, bytes(length)))
    peer.expect_goaway(FRAME_SIZE_ERROR)


def test_a_reset_ends_a_stream_without_an_answer(open_stream):
    peer, stream = open_stream
    peer.send(reset(stream))
    peer.expect_working()
    assert not [f for f in peer.seen if f.stream == stream]


# §6.5 SETTINGS


def test_settings_are_acknowledged(peer):
    peer.send(settings((MAX_FRAME_SIZE, 20000)))
    frame = peer.until(lambda f: f.type == SETTINGS)
    assert (frame.flags, frame.payload) == (ACK, b"")


def test_settings_are_acknowledged_in_order_each(peer):
    peer.send(settings(), settings((ENABLE_PUSH, 0)), settings())
    for _ in range(3):
        assert peer.until(lambda f: f.type == SETTINGS).flags == ACK


def test_an_acknowledgement_is_empty(peer):
    peer.send(Frame(SETTINGS, ACK, 0, bytes(6)))
    peer.expect_goaway(FRAME_SIZE_ERROR)


def test_an_acknowledgement_that_nobody_waits_for_ends_the_connection(peer):
    peer.send(SETTINGS_ACK)
    peer.expect_goaway(PROTOCOL_ERROR)


def test_settings_are_of_the_connection(peer):
    peer.send(Frame(SETTINGS, 0, 1, bytes(6)))
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [1, 5, 7])
def test_settings_come_in_sixes(peer, length):
    peer.send(Frame(SETTINGS, 0, 0, bytes(length)))
    peer.expect_goaway(FRAME_SIZE_ERROR)


# §6.5.2 Defined settings


@pytest.mark.parametrize(
    "setting, value, code",
    [
        (ENABLE_PUSH, 2, PROTOCOL_ERROR),
        (INITIAL_WINDOW_SIZE, 0x80000000, FLOW_CONTROL_ERROR),
        (INITIAL_WINDOW_SIZE, 0xFFFFFFFF, FLOW_CONTROL_ERROR),
        (MAX_FRAME_SIZE, 16383, PROTOCOL_ERROR),
        (MAX_FRAME_SIZE, 16777216, PROTOCOL_ERROR),
    ],
)
def test_a_setting_out_of_bounds_ends_the_connection(peer, setting, value, code):
    peer.send(settings((setting, value)))
    peer.expect_goaway(code)


@pytest.mark.parametrize(
    "setting, value",
    [
        (HEADER_TABLE_SIZE, 0),
        (HEADER_TABLE_SIZE, 0xFFFFFFFF),
        (ENABLE_PUSH, 0),
        (ENABLE_PUSH, 1),
        (MAX_CONCURRENT_STREAMS, 0),
        (MAX_CONCURRENT_STREAMS, 0xFFFFFFFF),
        (INITIAL_WINDOW_SIZE, 0x7FFFFFFF),
        (MAX_FRAME_SIZE, 16384),
        (MAX_FRAME_SIZE, 16777215),
        (MAX_HEADER_LIST_SIZE, 0xFFFFFFFF),
    ],
)
def test_a_setting_within_bounds_is_taken(peer, setting, value):
    peer.send(settings((setting, value)))
    peer.until(lambda f: f.type == SETTINGS and f.flags & ACK)
    peer.expect_working()


def test_of_two_values_in_one_frame_the_last_holds(target):
    both = [(INITIAL_WINDOW_SIZE, 0), (INITIAL_WINDOW_SIZE, 3)]
    with target.wire(client_settings=both) as peer:
        stream = peer.call()
        assert len(peer.until(lambda f: f.type == DATA and f.stream == stream).payload) == 3


def test_frames_to_us_keep_to_our_frame_size(target):
    larger = [(MAX_FRAME_SIZE, 1 << 20), (INITIAL_WINDOW_SIZE, 1 << 20)]
    for client_settings, limit in ([], 16384), (larger, 1 << 20):
        with target.wire(client_settings=client_settings) as peer:
            peer.send(window_update(0, 1 << 20))
            peer.expect_answer(peer.call(message(b"x" * 60_000), "Say"))
            assert all(len(f.payload) <= limit for f in peer.seen)


def test_no_table_is_used_when_we_have_none(target):
    with target.wire(client_settings=[(HEADER_TABLE_SIZE, 0)]) as peer:
        peer.decoder.max_allowed_table_size = 0
        peer.decoder.header_table_size = 0
        for _ in range(3):
            peer.expect_working()


# §6.6 PUSH_PROMISE


def test_clients_promise_nothing(open_stream):
    peer, stream = open_stream
    promise = struct.pack(">I", 2) + block(request_fields())
    peer.send(Frame(PUSH_PROMISE, END_HEADERS, stream, promise))
    peer.expect_goaway(PROTOCOL_ERROR)


# §6.7 PING


def test_a_ping_comes_back(peer):
    peer.send(ping(b"12345678"))
    frame = peer.until(lambda f: f.type == PING)
    assert (frame.flags, frame.stream, frame.payload) == (ACK, 0, b"12345678")


def test_an_answer_to_a_ping_is_not_answered(peer):
    peer.send(ping(b"answered", flags=ACK), ping(b"question"))
    assert peer.until(lambda f: f.type == PING).payload == b"question"
    peer.expect_working()
    assert len([f for f in peer.seen if f.type == PING]) == 1


def test_a_ping_is_of_the_connection(peer):
    peer.send(Frame(PING, 0, 1, bytes(8)))
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [0, 7, 9])
def test_a_ping_has_eight_bytes(peer, length):
    peer.send(Frame(PING, 0, 0, bytes(length)))
    peer.expect_goaway(FRAME_SIZE_ERROR)


# §6.8 GOAWAY


def test_goaway_is_of_the_connection(peer):
    peer.send(Frame(GOAWAY, 0, 1, bytes(8)))
    peer.expect_goaway(PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [0, 7])
def test_goaway_has_eight_bytes(peer, length):
    peer.send(Frame(GOAWAY, 0, 0, bytes(length)))
    peer.expect_goaway(FRAME_SIZE_ERROR)


def test_after_the_clients_goaway_its_calls_are_finished(open_stream):
    peer, stream = open_stream
    peer.send(goaway(0, NO_ERROR, b"bye"), data(stream, EMPTY_MESSAGE))
    peer.expect_answer(stream)
    peer.expect_closed()


# §6.9 WINDOW_UPDATE


def test_a_window_grows_by_something(peer):
    peer.send(window_update(0, 0))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_a_streams_window_grows_by_something(open_stream):
    peer, stream = open_stream
    peer.send(window_update(stream, 0))
    expect_error(peer, stream, PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [0, 3, 5])
@pytest.mark.parametrize("of_stream", [False, True])
def test_a_window_update_has_four_bytes(open_stream, of_stream, length):
    peer, stream = open_stream
    peer.send(Frame(WINDOW_UPDATE, 0, stream if of_stream else 0, bytes(length)))
    peer.expect_goaway(FRAME_SIZE_ERROR)


def test_the_reserved_bit_of_an_increment_is_ignored(target):
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 0)]) as peer:
        stream = peer.call()
        peer.send(window_update(stream, 0x80000000 | 100))
        peer.expect_answer(stream)


# §6.9.1 The window


def test_the_connections_window_has_a_largest_size(peer):
    peer.send(window_update(0, 0x7FFFFFFF))
    peer.expect_goaway(FLOW_CONTROL_ERROR)


def test_a_streams_window_has_a_largest_size(open_stream):
    peer, stream = open_stream
    peer.send(window_update(stream, 0x7FFFFFFF))
    peer.expect_reset(stream, FLOW_CONTROL_ERROR)


def test_a_window_of_exactly_the_largest_size_is_fine(open_stream):
    peer, stream = open_stream
    peer.send(window_update(stream, 0x7FFFFFFF - 65535), window_update(0, 0x7FFFFFFF - 65535))
    peer.send(data(stream, EMPTY_MESSAGE))
    peer.expect_answer(stream)


# §6.9.2 The initial window


def test_a_new_initial_window_holds_for_open_streams(target):
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 0)]) as peer:
        stream = peer.call()
        peer.until(lambda f: f.type == HEADERS)
        peer.send(settings((INITIAL_WINDOW_SIZE, 1)))
        assert len(peer.until(lambda f: f.type == DATA).payload) == 1
        peer.send(settings((INITIAL_WINDOW_SIZE, 1000)))
        peer.expect_answer(stream)


def test_a_window_can_be_below_zero(target):
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 3)]) as peer:
        stream = peer.call()
        assert len(peer.until(lambda f: f.type == DATA).payload) == 3
        # 2 minus the 3 that were sent: one byte opens nothing, two open one.
        peer.send(settings((INITIAL_WINDOW_SIZE, 2)))
        peer.until(lambda f: f.type == SETTINGS and f.flags & ACK)
        peer.send(window_update(stream, 1), ping())
        peer.until(lambda f: f.type == PING)
        assert len([f for f in peer.seen if f.type == DATA]) == 1
        peer.send(window_update(stream, 1))
        assert len(peer.until(lambda f: f.type == DATA).payload) == 1


def test_an_initial_window_that_overflows_an_open_stream_ends_the_connection(open_stream):
    peer, stream = open_stream
    peer.send(window_update(stream, 0x7FFFFFFF - 65535), settings((INITIAL_WINDOW_SIZE, 65536)))
    peer.expect_goaway(FLOW_CONTROL_ERROR)


def test_an_initial_window_may_raise_an_open_stream_to_the_largest_size(open_stream):
    peer, stream = open_stream
    peer.send(window_update(stream, 0x7FFFFFFF - 65536), settings((INITIAL_WINDOW_SIZE, 65536)))
    peer.send(data(stream, EMPTY_MESSAGE))
    peer.expect_answer(stream)


def test_an_initial_window_is_no_matter_of_streams_that_are_over(peer):
    stream = peer.call()
    peer.send(window_update(stream, 0x7FFFFFFF - 65535))
    peer.expect_answer(stream)
    peer.send(settings((INITIAL_WINDOW_SIZE, 0x7FFFFFFF)))
    peer.expect_working()


def test_the_initial_window_is_not_the_connections(target):
    with target.wire(client_settings=[(INITIAL_WINDOW_SIZE, 1 << 24)]) as peer:
        peer.call(message(b"x" * 70_000), "Say")
        got = 0
        while got < 65535:
            got += len(peer.until(lambda f: f.type == DATA).payload)
        peer.send(ping())
        peer.until(lambda f: f.type == PING)
        assert sum(len(f.payload) for f in peer.seen if f.type == DATA) == 65535


# §6.10 CONTINUATION


@pytest.mark.parametrize("stream", [0, 1])
def test_a_continuation_continues_something(peer, stream):
    peer.send(continuation(stream, b""))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_a_continuation_behind_the_end_of_a_block_ends_the_connection(open_stream):
    peer, stream = open_stream
    peer.send(continuation(stream, b""))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_a_continuation_behind_data_ends_the_connection(open_stream):
    peer, stream = open_stream
    peer.send(data(stream, EMPTY_MESSAGE, end_stream=False), continuation(stream, b""))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_a_continuation_in_a_block_has_the_streams_number(peer):
    peer.send(headers(1, block(request_fields()), end_headers=False), continuation(0, b""))
    peer.expect_goaway(PROTOCOL_ERROR)


def test_continuations_may_be_empty(peer):
    peer.send(headers(1, block(request_fields()), end_stream=False, end_headers=False))
    peer.send(continuation(1, b"", end_headers=False), continuation(1, b""))
    peer.send(data(1, EMPTY_MESSAGE))
    peer.expect_answer(1)


# §7 Error codes


def test_unknown_error_codes_are_taken(open_stream):
    peer, stream = open_stream
    peer.send(reset(stream, 0xDEADBEEF))
    peer.expect_working()
    last = peer.call()
    peer.send(goaway(0, 0xDEADBEEF))
    peer.expect_answer(last)

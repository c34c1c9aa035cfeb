"""RFC 9113 §8: HTTP in HTTP/2, in the RFC's order."""

import pytest

from kit.wire import *  # noqa: F403


def expect_malformed(peer, fields, *after):
    """A request of these fields is a stream error, and the connection goes on."""
    stream = peer.stream()
    peer.send(headers(stream, fields, end_stream=not after))
    for frame in after:
        peer.send(frame._replace(stream=stream))
    peer.expect_reset(stream, PROTOCOL_ERROR)


def expect_served(peer, fields):
    stream = peer.stream()
    peer.send(headers(stream, fields, end_stream=False), data(stream, EMPTY_MESSAGE))
    peer.expect_answer(stream)


# §8.1 Messages


def test_an_answer_is_headers_data_and_trailers(peer):
    first, body, last = peer.answer(peer.call())
    assert first == {":status": "200", "content-type": "application/grpc"}
    assert body == EMPTY_MESSAGE
    assert last == {"grpc-status": "0"}


def test_trailers_end_a_request(peer):
    stream = peer.stream()
    peer.send(
        headers(stream, request_fields(), end_stream=False),
        data(stream, EMPTY_MESSAGE, end_stream=False),
        headers(stream, [("x-trailer", "1")]),
    )
    peer.expect_answer(stream)


def test_a_second_block_without_an_end_is_malformed(peer):
    expect_malformed(
        peer, request_fields(), headers(0, [("x-trailer", "1")], end_stream=False)
    )


def test_an_answer_before_the_requests_end_is_followed_by_a_reset_without_error(peer):
    stream = peer.stream()
    peer.send(headers(stream, request_fields("NoSuchMethod"), end_stream=False))
    peer.expect_answer(stream, status="12")
    assert peer.until(lambda f: f.type == RST_STREAM and f.stream == stream).code == NO_ERROR
    peer.expect_working()


# §8.1.1 Malformed messages


@pytest.mark.parametrize("length", ["4", "6", "0"])
def test_content_length_is_the_length_of_the_content(peer, length):
    fields = [*request_fields(), ("content-length", length)]
    expect_malformed(peer, fields, data(0, EMPTY_MESSAGE))


def test_content_length_counts_all_data_frames(peer):
    fields = [*request_fields(), ("content-length", "5")]
    expect_malformed(peer, fields, data(0, bytes(3), end_stream=False), data(0, bytes(3)))


def test_content_length_that_is_right_is_fine(peer):
    expect_served(peer, [*request_fields(), ("content-length", "5")])


@pytest.mark.parametrize("length", ["five", "-5", "5, 5", ""])
def test_content_length_is_a_number(peer, length):
    fields = [*request_fields(), ("content-length", length)]
    expect_malformed(peer, fields, data(0, EMPTY_MESSAGE))


def test_content_length_comes_once(peer):
    fields = [*request_fields(), ("content-length", "5"), ("content-length", "5")]
    expect_malformed(peer, fields, data(0, EMPTY_MESSAGE))


# §8.2 Fields


@pytest.mark.parametrize(
    "name",
    ["X-Upper", "x upper", "x\x00y", "x\x7fy", "x\x80y", "x:y", "x\ny", "", 'x"y', "x(y"],
)
def test_a_fields_name_is_a_token_in_lower_case(peer, name):
    expect_malformed(peer, [*request_fields(), (name.encode("latin-1"), "v")])


@pytest.mark.parametrize("name", ["x", "x-1_2.3~!#$%&'*+^`|", "0"])
def test_any_token_is_a_fields_name(peer, name):
    expect_served(peer, [*request_fields(), (name, "v")])


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "a\rb", "\x00", "a\x1fb", "a\x7fb"])
def test_a_fields_value_has_no_control_bytes(peer, value):
    expect_malformed(peer, [*request_fields(), ("x-value", value)])


@pytest.mark.parametrize(
    "value", [b"", b"a b\tc", b"\x80\xff", b"x" * 8000], ids=["none", "blanks", "obs-text", "long"]
)
def test_any_other_value_is_taken(peer, value):
    expect_served(peer, [*request_fields(), ("x-value", value)])


# §8.2.2 Connection-specific fields


@pytest.mark.parametrize(
    "field",
    [
        ("connection", "close"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("te", "gzip"),
    ],
    ids=lambda field: field[0],
)
def test_fields_about_the_connection_are_malformed(peer, field):
    expect_malformed(peer, [*request_fields(without=["te"]), field])


def test_te_may_say_trailers(peer):
    expect_served(peer, request_fields())


# §8.2.3 Cookies


def test_cookies_may_come_in_pieces(peer):
    expect_served(peer, [*request_fields(), ("cookie", "a=b"), ("cookie", "c=d")])


# §8.3 Pseudo-fields


def test_an_unknown_pseudo_field_is_malformed(peer):
    expect_malformed(peer, [(":unknown", "1"), *request_fields()])


def test_a_pseudo_field_of_answers_is_malformed(peer):
    expect_malformed(peer, [(":status", "200"), *request_fields()])


@pytest.mark.parametrize("place", [2, 4, 6])
def test_pseudo_fields_come_first(peer, place):
    fields = request_fields()
    fields.insert(place, fields.pop(0))
    if place < 4:
        # Still among the pseudo-fields: their order is free.
        return expect_served(peer, fields)
    fields = request_fields(without=[":path"])
    fields.insert(place, (":path", PATH + "Nothing"))
    return expect_malformed(peer, fields)


@pytest.mark.parametrize("name", [":method", ":scheme", ":path"])
def test_a_request_without_one_of_its_pseudo_fields_is_malformed(peer, name):
    expect_malformed(peer, request_fields(without=[name]))


@pytest.mark.parametrize("name", [":method", ":scheme", ":path", ":authority"])
def test_a_pseudo_field_comes_once(peer, name):
    fields = request_fields()
    twice = next(field for field in fields if field[0] == name)
    expect_malformed(peer, [twice, *fields])


@pytest.mark.parametrize("path", ["", "no-slash"])
def test_a_path_begins_with_a_slash(peer, path):
    expect_malformed(peer, request_fields(path=path))


def test_trailers_have_no_pseudo_fields(peer):
    expect_malformed(
        peer,
        request_fields(),
        data(0, EMPTY_MESSAGE, end_stream=False),
        headers(0, [(":method", "POST")]),
    )


def test_a_request_needs_an_authority_or_a_host(peer):
    expect_malformed(peer, request_fields(without=[":authority"]))


def test_host_stands_in_for_authority(peer):
    expect_served(peer, [*request_fields(without=[":authority"]), ("host", "localhost")])


# §8.5 CONNECT


@pytest.mark.parametrize("extra", [":path", ":scheme"])
def test_connect_has_neither_path_nor_scheme(peer, extra):
    fields = [(":method", "CONNECT"), (":authority", "localhost:443")]
    fields.append((extra, "/" if extra == ":path" else "http"))
    expect_malformed(peer, fields)


def test_connect_needs_an_authority(peer):
    expect_malformed(peer, [(":method", "CONNECT")])


# gRPC over HTTP/2, "Requests": what is no call


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "post", "POSTS"])
def test_a_call_with_another_method_than_post_is_refused_with_405(peer, method):
    # A method that is unknown would be answered with gRPC's own status if it got so far.
    fields = [(":method", method), *request_fields("NoSuchMethod", without=[":method"])]
    stream = peer.stream()
    peer.send(headers(stream, fields))
    first, body, _ = peer.answer(stream)
    assert first == {":status": "405", "allow": "POST"}
    assert body == b""
    peer.expect_working()


def test_what_is_no_grpc_is_refused_with_415(peer):
    stream = peer.stream()
    fields = [*request_fields(without=["content-type"]), ("content-type", "text/plain")]
    peer.send(headers(stream, fields))
    first, body, _ = peer.answer(stream)
    assert first == {":status": "415"}
    assert body == b""
    peer.expect_working()

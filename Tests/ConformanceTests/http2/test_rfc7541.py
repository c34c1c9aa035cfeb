"""RFC 7541: header compression, in the RFC's order."""

import hpack.huffman
import hpack.huffman_constants
import pytest

from kit.wire import *  # noqa: F403

CALL = block(request_fields())


def huffman(value):
    """A string in Huffman code (§5.2)."""
    code = hpack.huffman.HuffmanEncoder(
        hpack.huffman_constants.REQUEST_CODES, hpack.huffman_constants.REQUEST_CODES_LENGTH
    ).encode(value)
    return integer(len(code), 7, 0x80) + code


def expect_served(peer, fields):
    stream = peer.stream()
    peer.send(headers(stream, fields, end_stream=False), data(stream, EMPTY_MESSAGE))
    peer.expect_answer(stream)


def expect_broken(peer, fields):
    peer.send(headers(peer.stream(), fields))
    peer.expect_goaway(COMPRESSION_ERROR)


# §2.3.3 Indexes


@pytest.mark.parametrize("index", [62, 70, 1 << 20])
def test_an_index_beyond_both_tables_is_an_error(peer, index):
    expect_broken(peer, CALL + indexed(index))


@pytest.mark.parametrize("first", [0x40, 0x00, 0x10])
def test_a_name_beyond_both_tables_is_an_error(peer, first):
    bits = 6 if first == 0x40 else 4
    expect_broken(peer, CALL + integer(62, bits, first) + text("v"))


def test_the_dynamic_table_begins_behind_the_static_one(peer):
    expect_served(peer, CALL + remembered("x-first", "1") + remembered("x-second", "2"))
    expect_served(peer, CALL + indexed(62) + indexed(63))
    expect_broken(peer, CALL + indexed(64))


# §4.1 to §4.4 The table's size


def test_a_size_change_comes_at_the_beginning_of_a_block(peer):
    expect_served(peer, table_size(0) + table_size(4096) + CALL)


@pytest.mark.parametrize("place", ["middle", "end"])
def test_a_size_change_elsewhere_is_an_error(peer, place):
    extra = literal("x", "y") if place == "middle" else b""
    expect_broken(peer, CALL + table_size(100) + extra)


@pytest.mark.parametrize("size", [4097, 1 << 20])
def test_the_table_does_not_grow_beyond_our_setting(peer, size):
    expect_broken(peer, table_size(size) + CALL)


def test_a_smaller_table_forgets(peer):
    expect_served(peer, CALL + remembered("x-old", "1") + remembered("x-new", "2"))
    # Room for one entry: 5 + 1 + 32.
    expect_served(peer, table_size(38) + CALL + indexed(62))
    expect_broken(peer, CALL + indexed(63))


def test_a_table_of_no_size_holds_nothing(peer):
    expect_served(peer, table_size(0) + CALL + remembered("x", "y"))
    expect_broken(peer, CALL + indexed(62))


def test_an_entry_larger_than_the_table_empties_it(peer):
    expect_served(peer, CALL + remembered("x-small", "1"))
    expect_served(peer, CALL + remembered("x-large", "v" * 5000))
    expect_broken(peer, CALL + indexed(62))


def test_new_entries_push_old_ones_out(peer):
    expect_served(peer, CALL + b"".join(remembered("x", "v" * 967) for _ in range(4)))
    expect_served(peer, CALL + indexed(65))
    expect_served(peer, CALL + remembered("x", "v" * 967) + indexed(65))
    expect_broken(peer, CALL + indexed(66))


# §5.1 Integers


def test_an_integer_may_take_more_bytes_than_it_needs(peer):
    # 63 fills the prefix of 6 bits; what follows adds zero to it, in three bytes.
    expect_served(peer, CALL + remembered("x-name", "1") + remembered("x-other", "2"))
    expect_served(peer, CALL + b"\x7f\x80\x80\x00" + text("2"))


@pytest.mark.parametrize(
    "tail",
    [b"\xff" * 5 + b"\x0f", b"\xff" * 10 + b"\x01", b"\x80" * 12 + b"\x01"],
    ids=["6 bytes", "11 bytes", "13 bytes"],
)
def test_an_integer_too_large_is_an_error(peer, tail):
    expect_broken(peer, CALL + b"\xff" + tail)


def test_a_length_too_large_is_an_error(peer):
    expect_broken(peer, CALL + b"\x00\x7f" + b"\xff" * 5 + b"\x0f")


# §5.2 Strings


def test_strings_may_be_in_huffman_code(peer):
    expect_served(peer, CALL + b"\x00" + huffman(b"x-name") + huffman(b"some value"))


def test_every_byte_has_a_huffman_code(peer):
    value = bytes([9, *range(32, 127), *range(128, 256)])
    expect_served(peer, CALL + b"\x00" + text("x-name") + huffman(value))


@pytest.mark.parametrize(
    "code",
    [
        # "a" is 00011; the rest of the byte must be ones.
        b"\x18",
        # A whole byte of padding.
        b"\x1f\xff",
        # The end of string itself: thirty ones.
        b"\xff\xff\xff\xff",
        # A code that begins and does not end.
        b"\xff\xff\xff",
    ],
    ids=["zeros as padding", "padding of 11 bits", "the end of string", "an unfinished code"],
)
def test_broken_huffman_code_is_an_error(peer, code):
    expect_broken(peer, CALL + b"\x00" + text("x") + integer(len(code), 7, 0x80) + code)


@pytest.mark.parametrize("cut", [1, 2, 3, 8, 20])
def test_a_block_that_ends_within_a_field_is_an_error(peer, cut):
    expect_broken(peer, CALL + literal("x-some-name", "some value")[:cut])


# §6 Representations


def test_static_fields_may_be_indexed(peer):
    # POST, http, and the names of path, authority.
    fields = indexed(3) + indexed(6) + integer(4, 4) + text(PATH + "Nothing")
    fields += integer(1, 4) + text("localhost") + block(request_fields()[4:])
    expect_served(peer, fields)


@pytest.mark.parametrize("index", [61, 32, 58])
def test_a_static_field_without_a_value_is_empty(peer, index):
    expect_served(peer, CALL + indexed(index))


def test_index_zero_is_an_error(peer):
    expect_broken(peer, CALL + indexed(0))


@pytest.mark.parametrize("first", [0x40, 0x00, 0x10], ids=["indexed", "not", "never"])
@pytest.mark.parametrize("named", [False, True], ids=["new name", "known name"])
def test_literals_of_all_kinds_are_taken(peer, first, named):
    bits = 6 if first == 0x40 else 4
    name = integer(58, bits, first) if named else bytes([first]) + text("x-name")
    expect_served(peer, CALL + name + text("value"))


def test_only_indexed_literals_go_into_the_table(peer):
    expect_served(peer, CALL + literal("x", "1") + b"\x10" + text("x") + text("2"))
    expect_broken(peer, CALL + indexed(62))


def test_a_name_may_come_from_the_dynamic_table(peer):
    expect_served(peer, CALL + remembered("content-length", "5"))
    stream = peer.stream()
    peer.send(
        headers(stream, CALL + integer(62, 4) + text("6"), end_stream=False),
        data(stream, EMPTY_MESSAGE),
    )
    peer.expect_reset(stream, PROTOCOL_ERROR)


# Appendix C, with a server's eyes


def test_the_answers_can_be_decoded_from_one_table(peer):
    for _ in range(20):
        first, _, last = peer.answer(peer.call())
        assert first[":status"] == "200"
        assert last == {"grpc-status": "0"}

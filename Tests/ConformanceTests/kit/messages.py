"""Random messages with every kind of field, and what our runtime makes of messages."""

import math
import random
import struct
import subprocess

import everything_pb2
from google.protobuf import any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2
from google.protobuf import timestamp_pb2, wrappers_pb2
from google.protobuf.descriptor import FieldDescriptor
from kit.mesh import ROOT

PEER = ROOT / ".build/debug/MessagePeer"

# Our runtime


class Refused(Exception):
    """What our runtime said instead of an answer."""


def answers(questions):
    """What our runtime makes of each (operation, full name of the type, body); see MessagePeer."""
    frames = []
    for operation, name, body in questions:
        frame = operation.encode() + bytes([len(name)]) + name.encode() + body
        frames.append(struct.pack(">I", len(frame)) + frame)
    done = subprocess.run(
        [PEER], input=b"".join(frames), stdout=subprocess.PIPE, check=True, timeout=120
    ).stdout
    offset = 0
    for _ in frames:
        (length,) = struct.unpack_from(">I", done, offset)
        answer = done[offset + 4 : offset + 4 + length]
        offset += 4 + length
        yield answer[1:] if answer[:1] == b"+" else Refused(answer[1:].decode())
    assert offset == len(done)


# Random messages

WHOLE = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SINT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SINT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
}
LETTERS = ["a", "Z", "0", " ", "\n", "\t", "\x01", "\x7f", '"', "\\", "/", "<", "é", "ß", "日"]
LETTERS += ["\u2028", "\U0001f600", "\ufeff", "\ufffd", "\U0010ffff", "e\u0301"]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e10, 3.4e38, 1.401298464324817e-45]
FLOATS += [math.nan, math.inf, -math.inf, 16777217.0, 1e-7, 123456.789]
DOUBLES = FLOATS + [1.7976931348623157e308, 5e-324, 9007199254740993.0, 1e21, 1e-300, 2.0**63]
INSIDE_ANY = [
    *(everything_pb2.Scalars, everything_pb2.Small, everything_pb2.Node),
    *(duration_pb2.Duration, timestamp_pb2.Timestamp, field_mask_pb2.FieldMask),
    *(struct_pb2.Struct, struct_pb2.ListValue, empty_pb2.Empty, any_pb2.Any),
    *(wrappers_pb2.Int64Value, wrappers_pb2.DoubleValue, wrappers_pb2.BytesValue),
]
DEEPEST = 4


class Maker:
    """Makes messages; the same seed makes the same ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def message(self, kind, depth=0):
        message = kind()
        self.fill(message, depth)
        return message

    def fill(self, message, depth):
        kind = message.DESCRIPTOR
        if kind.file.package == "google.protobuf" and hasattr(self, "fill_" + kind.name):
            getattr(self, "fill_" + kind.name)(message, depth)
            return
        likely = self.random.choice([0.1, 0.5, 0.9])
        for field in kind.fields:
            if self.random.random() > likely:
                continue
            if field.message_type is not None and depth >= DEEPEST:
                continue
            self.set(message, field, depth)

    def set(self, message, field, depth):
        value = getattr(message, field.name)
        nested = field.message_type
        if nested is not None and nested.GetOptions().map_entry:
            for _ in range(self.random.randint(0, 4)):
                key = self.scalar(nested.fields_by_name["key"])
                inner = nested.fields_by_name["value"]
                if inner.message_type is not None:
                    value[key].SetInParent()
                    self.fill(value[key], depth + 1)
                else:
                    value[key] = self.scalar(inner)
        elif field.is_repeated:
            for _ in range(self.random.randint(0, 4)):
                if nested is not None:
                    self.fill(value.add(), depth + 1)
                else:
                    value.append(self.scalar(field))
        elif nested is not None:
            value.SetInParent()
            self.fill(value, depth + 1)
        else:
            setattr(message, field.name, self.scalar(field))

    def scalar(self, field):
        choose = self.random.choice
        if field.type in WHOLE:
            low, high = WHOLE[field.type]
            edges = [0, 1, low, high, min(high, 2**53 + 1)]
            return choose([*edges, self.random.randint(low, high)])
        if field.type == FieldDescriptor.TYPE_FLOAT:
            bits = self.random.getrandbits(32).to_bytes(4, "little")
            (drawn,) = struct.unpack("<f", bits)
            return choose([*FLOATS, drawn if math.isfinite(drawn) else 1.0])
        if field.type == FieldDescriptor.TYPE_DOUBLE:
            return choose([*DOUBLES, self.finite()])
        if field.type == FieldDescriptor.TYPE_BOOL:
            return choose([True, False])
        if field.type == FieldDescriptor.TYPE_STRING:
            return self.text()
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self.random.randbytes(self.random.randint(0, 9))
        assert field.type == FieldDescriptor.TYPE_ENUM
        if field.enum_type.full_name == "google.protobuf.NullValue":
            return 0
        return choose([*(value.number for value in field.enum_type.values), 77, -77, 2**31 - 1])

    def text(self):
        return "".join(self.random.choices(LETTERS, k=self.random.randint(0, 12)))

    def finite(self):
        (drawn,) = struct.unpack("<d", self.random.getrandbits(64).to_bytes(8, "little"))
        return drawn if math.isfinite(drawn) else 0.5

    # The types that are not free to hold anything, if they are to have a JSON form

    def fill_Timestamp(self, message, _):
        message.seconds = self.random.choice(
            [0, -1, 253402300799, -62135596800, self.random.randint(-62135596800, 253402300799)]
        )
        message.nanos = self.nanos()

    def fill_Duration(self, message, _):
        sign = self.random.choice([1, -1])
        seconds = self.random.choice([0, 1, 315576000000, self.random.randint(0, 315576000000)])
        message.seconds = sign * seconds
        message.nanos = 0 if seconds == 315576000000 else sign * self.nanos()

    def nanos(self):
        drawn = self.random.randint(0, 999999999)
        return self.random.choice([0, 1, 1000, 500000000, 999999999, drawn])

    def fill_FieldMask(self, message, _):
        names = ["a", "display_name", "owner.email_address", "x1", "a_b.c_d.e"]
        message.paths.extend(self.random.choices(names, k=self.random.randint(0, 3)))

    def fill_Struct(self, message, depth):
        for _ in range(self.random.randint(0, 3) if depth < DEEPEST else 0):
            self.fill_Value(message.fields[self.text()], depth + 1)

    def fill_ListValue(self, message, depth):
        for _ in range(self.random.randint(0, 3) if depth < DEEPEST else 0):
            self.fill_Value(message.values.add(), depth + 1)

    def fill_Value(self, message, depth):
        match self.random.randint(0, 5):
            case 0:
                message.null_value = 0
            case 1:
                message.number_value = self.random.choice([0, -0.0, 1, -1.5, self.finite()])
            case 2:
                message.string_value = self.text()
            case 3:
                message.bool_value = self.random.choice([True, False])
            case 4:
                message.struct_value.SetInParent()
                self.fill_Struct(message.struct_value, depth + 1)
            case 5:
                message.list_value.SetInParent()
                self.fill_ListValue(message.list_value, depth + 1)

    def fill_Any(self, message, depth):
        if depth < DEEPEST:
            inner = self.message(self.random.choice(INSIDE_ANY), depth + 1)
            message.Pack(inner, deterministic=True)

    def unknown_fields(self):
        """Fields that no schema here has, one of each kind, in any order."""
        fields = [
            tag(1001, 0) + varint(self.random.getrandbits(64)),
            tag(1002, 1) + self.random.randbytes(8),
            tag(1003, 2) + b"\x05" + self.random.randbytes(5),
            tag(1004, 5) + self.random.randbytes(4),
            tag(2**29 - 1, 0) + b"\x01",
        ]
        self.random.shuffle(fields)
        return b"".join(fields)


# The wire


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


def read_varint(data, offset):
    value = shift = 0
    while True:
        byte = data[offset]
        value |= (byte & 0x7F) << shift
        offset, shift = offset + 1, shift + 7
        if byte < 0x80:
            return value, offset


def unpacked(kind, data):
    """The same message with the elements of its packed fields one by one."""
    out, offset = b"", 0
    while offset < len(data):
        start = offset
        key, offset = read_varint(data, offset)
        if key & 7 == 2:
            length, offset = read_varint(data, offset)
            value = data[offset : offset + length]
            offset += length
            field = kind.DESCRIPTOR.fields_by_number[key >> 3]
            if field.is_packed:
                out += one_by_one(field, value)
                continue
        elif key & 7 == 0:
            _, offset = read_varint(data, offset)
        else:
            offset += {1: 8, 5: 4}[key & 7]
        out += data[start:offset]
    return out


def one_by_one(field, value):
    fixed32 = (FieldDescriptor.TYPE_FIXED32, FieldDescriptor.TYPE_SFIXED32)
    fixed64 = (FieldDescriptor.TYPE_FIXED64, FieldDescriptor.TYPE_SFIXED64)
    out, offset = b"", 0
    while offset < len(value):
        if field.type in (*fixed32, FieldDescriptor.TYPE_FLOAT):
            wire_type, end = 5, offset + 4
        elif field.type in (*fixed64, FieldDescriptor.TYPE_DOUBLE):
            wire_type, end = 1, offset + 8
        else:
            wire_type, end = 0, read_varint(value, offset)[1]
        out += tag(field.number, wire_type) + value[offset:end]
        offset = end
    return out

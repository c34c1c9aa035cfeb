"""Messages of every kind of field, binary and JSON, against Python's protobuf, both ways."""

import json
import struct

import everything_pb2
import pytest
from google.protobuf import any_pb2, duration_pb2, field_mask_pb2, json_format, struct_pb2
from google.protobuf import timestamp_pb2, wrappers_pb2
from kit.messages import Maker, Refused, answers, unpacked

# How many random messages of each type.
COUNT = 150
TYPES = [
    *("Scalars", "Lists", "Maps", "Choice", "Node", "WellKnown", "Words", "Nothing", "Small"),
]
KINDS = {name: getattr(everything_pb2, name) for name in TYPES}
every_type = pytest.mark.parametrize("kind", KINDS.values(), ids=TYPES)


def made(kind, seed=1):
    maker = Maker(f"{kind.DESCRIPTOR.full_name} {seed}")
    return [maker.message(kind) for _ in range(COUNT)]


def ask(operation, kind, bodies):
    """The answers for bodies of one type, each with its body."""
    bodies = list(bodies)
    name = kind.DESCRIPTOR.full_name
    return zip(bodies, answers((operation, name, body) for body in bodies), strict=True)


def canonical(message):
    # Messages with NaN are not equal even to themselves; their bytes are.
    return message.SerializeToString(deterministic=True)


def read(kind, data):
    assert not isinstance(data, Refused), data
    return kind.FromString(data)


def same_json(one, other):
    """Whether both are the same JSON; a float may be written with more or fewer digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return str(float(one)) == str(float(other)) or single(one) == single(other)
    return type(one) is type(other) and one == other


def single(number):
    try:
        return struct.pack("<f", number)
    except OverflowError:
        return None


def same(one, other):
    """Whether both messages say the same; what is packed in an Any has no one encoding."""
    return canonical(one) == canonical(other) or same_json(
        json.loads(as_json(one)), json.loads(as_json(other))
    )


def as_json(message, **options):
    return json_format.MessageToJson(message, **options)


# Random messages


@every_type
def test_binary_comes_back_as_it_went(kind):
    messages = made(kind)
    for message, (_, data) in zip(
        messages, ask("=", kind, map(canonical, messages)), strict=True
    ):
        assert canonical(read(kind, data)) == canonical(message)


@every_type
def test_unknown_fields_come_back_as_they_went(kind):
    maker = Maker(f"{kind.DESCRIPTOR.full_name} unknown")
    bodies = [canonical(message) + maker.unknown_fields() for message in made(kind)]
    for body, data in ask("=", kind, bodies):
        assert canonical(read(kind, data)) == canonical(kind.FromString(body))


@every_type
def test_elements_may_come_one_by_one(kind):
    bodies = [unpacked(kind, canonical(message)) for message in made(kind)]
    for body, data in ask("=", kind, bodies):
        assert canonical(read(kind, data)) == canonical(kind.FromString(body))


# protobuf-c merges no scalars inside of a message that comes twice; see ARCHITECTURE.md.
@pytest.mark.parametrize("name", ["Scalars", "Lists", "Maps", "Words", "Nothing"])
def test_two_messages_behind_each_other_are_merged(name):
    kind = KINDS[name]
    pairs = zip(made(kind, 1), made(kind, 2), strict=True)
    bodies = [canonical(one) + canonical(other) for one, other in pairs]
    for body, data in ask("=", kind, bodies):
        assert canonical(read(kind, data)) == canonical(kind.FromString(body))


@every_type
@pytest.mark.parametrize("operation", "jd", ids=["value", "descriptor"])
def test_json_says_what_python_says(kind, operation):
    messages = made(kind)
    for message, (_, text) in zip(
        messages, ask(operation, kind, map(canonical, messages)), strict=True
    ):
        assert not isinstance(text, Refused), (text, message)
        assert same_json(json.loads(text), json.loads(as_json(message))), text
        assert same(json_format.Parse(text, kind()), message), text


@every_type
def test_json_with_defaults_says_what_python_says(kind):
    messages = made(kind)
    for message, (_, text) in zip(
        messages, ask("J", kind, map(canonical, messages)), strict=True
    ):
        assert not isinstance(text, Refused), (text, message)
        expected = as_json(message, always_print_fields_with_no_presence=True)
        assert same_json(json.loads(text), json.loads(expected)), text


SPELLINGS = {
    "compact": {"indent": None},
    "names of the schema": {"preserving_proto_field_name": True},
    "numbers for enums": {"use_integers_for_enums": True},
    "UTF-8": {"ensure_ascii": False},
    "defaults": {"always_print_fields_with_no_presence": True, "indent": 8},
}


@every_type
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("operation", "pb", ids=["value", "descriptor"])
def test_json_of_python_is_read(kind, spelling, operation):
    messages = made(kind)
    texts = [as_json(message, **spelling).encode() for message in messages]
    for message, (text, data) in zip(messages, ask(operation, kind, texts), strict=True):
        assert not isinstance(data, Refused), (data, text)
        assert same(kind.FromString(data), message), text


# Edge cases: whether Python reads the text and, if so, as what


def scalars(*values):
    return [f'{{"{name}":{value}}}' for name, texts in values for value in texts]


WHOLE = [
    *("0", "-0", "1", "-1", "1.0", "1e3", "1E+2", "1.5", "1e-1", "100e-2", "01", "+1", ".5", "1."),
    *('"1"', '"-1"', '"1.0"', '"1.5"', '""', '" 1"', '"1 "', '"0x1"', '"a"', '"1a"'),
    *("true", "false", "[]", "{}", "null", "2147483647", "2147483648", "-2147483648"),
    *("-2147483649", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808"),
    *("-9223372036854775808", "-9223372036854775809", "18446744073709551615"),
    *("18446744073709551616", '"9007199254740993"', "9007199254740993", "1e400", "NaN"),
    *('"NaN"', '"Infinity"', '"-Infinity"', '"18446744073709551615"'),
]
FLOAT = [
    # Python takes -0 for a whole number, which has no sign.
    *(text for text in WHOLE if text != "-0"),
    *("3.4028234e38", "3.5e38", "-3.5e38", "1.7976931348623157e308", "1e309", "-1e309"),
    *("1e-400", "-0.0", '"-0.0"', '"1e3"', '"inf"', '"nan"', "Infinity", "-Infinity", "5e-324"),
]
BOOL = ["true", "false", '"true"', "1", "0", "null", "True", '""', "[]"]
STRING = [
    *('""', '"a"', "1", "true", "null", '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud83d"'),
    *('"\\ude00"', '"\\ude00\\ud83d"', '"\\ud83dx"', '"\\uD83D\\u0041"', '"\\x41"', '"\\u004"'),
    *('"\\/\\b\\f\\n\\r\\t\\"\\\\"', '"\x7f"', '"é"', '"\u2028"', '"\\u00e9"', "'a'", '"a', '"\\"'),
]
BYTES = [
    *('""', '"AA=="', '"AA"', '"AAA="', '"AAA"', '"AAAA"', '"-_8="', '"+/8="', '"-_8"', '"+_8"'),
    *("1", "null", '"/w=="', '"/w"', '"_w"'),
]
ENUM = [
    *('"COLOR_RED"', '"COLOR_UNSPECIFIED"', '"COLOR_BELOW_ZERO"', "1", "0", "-3", "77", "-77"),
    *('"color_red"', '"RED"', '""', "null", "true", "1.5", "1.0", "2147483648", "[]", "{}"),
]
NAMES = [
    *("{}", " { } ", "[]", "null", '"a"', "1", "", "{", "}", "{]", '{"a"}', '{"a":1}'),
    '{"int32Value"}',
    *('{"int32Value":1,}', '{,"int32Value":1}', '{"int32Value":1 "color":1}', '{int32Value:1}'),
    *('{"int32Value":1,"int32Value":2}', '{"int32Value":1,"int32_value":2}', '{"Int32Value":1}'),
    *('{"int32_value":1}', '{"int32value":1}', '{"int32Value":1}x', '{"int32Value":1} \n'),
    "\ufeff{}",
    *('{"int32\\u0056alue":1}', '/**/{}', '{"int32Value":null,"int32Value":1}', '{"":1}'),
]
MAPS = [
    *('{"names":{}}', '{"names":null}', '{"names":{"a":"b"}}', '{"names":{"a":null}}'),
    '{"names":[]}',
    *('{"names":{"a":"b","a":"c"}}', '{"names":{"":""}}', '{"names":{"a":1}}', '{"names":"a"}'),
    *('{"numbers":{"1":"2"}}', '{"numbers":{"a":"2"}}', '{"numbers":{"1.5":"2"}}'),
    '{"numbers":{"":"2"}}',
    *('{"numbers":{"2147483648":"2"}}', '{"numbers":{"-1":2}}', '{"flags":{"true":1,"false":2}}'),
    *('{"flags":{"True":1}}', '{"flags":{"1":1}}', '{"flags":{"":1}}', '{"blobs":{"1":"AA=="}}'),
    *('{"blobs":{"-1":"AA=="}}', '{"colors":{"1":"COLOR_RED"}}', '{"colors":{"1":"NOPE"}}'),
    *('{"colors":{"1":77}}', '{"messages":{"a":{}}}', '{"messages":{"a":null}}'),
    '{"seen":{"1":true}}',
    '{"createdAtByName":{"a":"1970-01-01T00:00:00Z"}}',
]
LISTS = [
    *('{"int32Values":[]}', '{"int32Values":null}', '{"int32Values":[1,"2",3.0]}'),
    '{"int32Values":1}',
    *('{"int32Values":[null]}', '{"int32Values":[[1]]}', '{"int32Values":{}}'),
    '{"int32Values":[1,]}',
    *('{"scalars":[{},{}]}', '{"scalars":[null]}', '{"scalars":{}}'),
    '{"colors":["COLOR_RED",1,77]}',
    *('{"stringValues":["a",null]}', '{"floatValues":["NaN",1]}', '{"bytesValues":["","AA"]}'),
]
CHOICES = [
    *('{"text":"a"}', '{"text":""}', '{"text":null}', '{"text":"a","number":1}'),
    '{"text":null,"number":1}',
    *('{"text":"a","number":null}', '{"null":null}', '{"null":"NULL_VALUE"}', '{"null":0}'),
    '{"null":1}',
    *('{"null":null,"text":"a"}', '{"nothing":{}}', '{"nothing":null}', '{"nothing":{"a":1}}'),
    *('{"scalars":{}}', '{"scalars":null}', '{"flag":false}', '{"ratio":"NaN"}', '{"color":77}'),
    *('{"text":"a","text":"b"}', '{"choice":1}'),
]
TIMES = [
    *("1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"),
    *("0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"),
    *("1970-01-01T00:00:00+01:30", "1970-01-01T00:00:00-23:59", "1970-01-01t00:00:00Z"),
    *("1970-01-01T00:00:00z", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00", "1970-01-01"),
    *("1970-01-01T00:00:00.1Z", "1970-01-01T00:00:00.123456789Z"),
    "1970-01-01T00:00:00.1234567890Z",
    *("1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z"),
    "1970-02-29T00:00:00Z",
    *("2000-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1970-00-01T00:00:00Z"),
    "1970-01-00T00:00:00Z",
    *("", "Z", "1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01"),
    "9999-12-31T23:59:59-00:01",
]
DURATIONS = [
    *("0s", "1s", "-1s", "1.5s", "-1.5s", "1.000000001s", "-0.5s", "0.000000001s", "315576000000s"),
    *("-315576000000s", "315576000001s", "1", "s", "", "1.5", "1S", "1m", "1e3s", "1 s", "--1s"),
    "1.-5s",
    *("315576000000.5s", "1.123456789s", "-0s"),
]
MASKS = ["", "a", "a,b", "displayName", "a.bC,d", "display_name", "a1"]
VALUES = [
    *("null", "true", "1", "-0.0", "1e400", '"a"', '"\\ud83d"', "[]", "{}"),
    *('[null,[1,{"a":[]}]]', '{"a":null}'),
    *('{"a":1,"a":2}', "[1,]", "NaN", "Infinity", "nul", "123456789012345678901234567890"),
]
TYPE_URL = "type.googleapis.com/"
ANYS = [
    *("{}", "null", "[]", '{"value":1}', f'{{"@type":"{TYPE_URL}meshtest.v1.Small"}}'),
    f'{{"@type":"{TYPE_URL}meshtest.v1.Small","tenantId":"t"}}',
    f'{{"tenantId":"t","@type":"{TYPE_URL}meshtest.v1.Small"}}',
    f'{{"@type":"{TYPE_URL}meshtest.v1.Small","nope":1}}',
    f'{{"@type":"{TYPE_URL}meshtest.v1.Small","@type":"{TYPE_URL}meshtest.v1.Small"}}',
    f'{{"@type":"{TYPE_URL}no.Such"}}',
    *('{"@type":""}', '{"@type":"meshtest.v1.Small"}', '{"@type":1}', '{"@type":null}'),
    f'{{"@type":"{TYPE_URL}google.protobuf.Duration","value":"1.5s"}}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Duration","value":"1.5s","x":1}}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Duration","value":1}}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Int64Value","value":"5"}}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Value","value":null}}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Struct","value":{{"a":1}}}}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Empty"}}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Any",'
    f'"value":{{"@type":"{TYPE_URL}google.protobuf.Empty"}}}}',
]
WRAPPERS = [
    *('{"int64Value":"5"}', '{"int64Value":5}', '{"int64Value":null}'),
    '{"int64Value":{"value":5}}',
    *('{"boolValue":true}', '{"boolValue":"true"}', '{"stringValue":""}', '{"doubleValue":"NaN"}'),
    *('{"bytesValue":"_w"}', '{"uint32Value":-1}', '{"floatValue":1e39}', '{"empty":null}'),
    '{"empty":{}}',
    *('{"nullValue":null}', '{"nullValue":"NULL_VALUE"}', '{"values":[null,1]}', '{"value":null}'),
    *('{"struct":null}', '{"list":null}', '{"list":[null]}', '{"timestamp":null}'),
    '{"timestamps":[null]}',
    *('{"duration":{"seconds":1}}', '{"timestamp":1}', '{"mask":["a"]}'),
]


def quoted(texts):
    return [f'"{text}"' for text in texts]


EDGES = [
    (everything_pb2.Scalars, NAMES),
    (
        everything_pb2.Scalars,
        scalars(
            *((f"{name}Value", WHOLE) for name in ("int32", "uint32", "int64", "uint64")),
            *((f"{name}Value", WHOLE) for name in ("sint32", "fixed64", "sfixed64")),
            *(("floatValue", FLOAT), ("doubleValue", FLOAT), ("boolValue", BOOL)),
            *(("stringValue", STRING), ("bytesValue", BYTES), ("color", ENUM)),
        ),
    ),
    (everything_pb2.Maps, MAPS),
    (everything_pb2.Lists, LISTS),
    (everything_pb2.Choice, CHOICES),
    (everything_pb2.WellKnown, WRAPPERS),
    (timestamp_pb2.Timestamp, [*quoted(TIMES), "1", "null", "{}"]),
    (duration_pb2.Duration, [*quoted(DURATIONS), "1", "null", "{}"]),
    (field_mask_pb2.FieldMask, [*quoted(MASKS), "1", "[]"]),
    (struct_pb2.Value, VALUES),
    (struct_pb2.Struct, [f'{{"a":{value}}}' for value in VALUES] + ["[]", "1", "{}"]),
    (struct_pb2.ListValue, [f"[{value}]" for value in VALUES] + ["{}", "1", "[]"]),
    (any_pb2.Any, ANYS),
    (wrappers_pb2.Int64Value, ["5", '"5"', "1.5", "null", "{}"]),
    (wrappers_pb2.BytesValue, ['"AA"', "1", '"_w=="']),
]


def read_by_python(kind, text):
    """The canonical bytes, or None if Python refuses the text."""
    try:
        return canonical(json_format.Parse(text, kind()))
    except (json_format.ParseError, ValueError, TypeError, KeyError, RecursionError):
        return None


# What Python reads and we refuse, for the mapping's specification does not have it.
STRICTER = {
    # An array for a message, a field given by both its names, two members of a oneof.
    *("[]", '{"int32Value":1,"int32_value":2}', '{"null":null,"text":"a"}'),
    # Numbers with space, as booleans or in words of Python's.
    *(
        f'{{"{name}Value":{value}}}'
        for name in ("float", "double")
        for value in ('" 1"', '"1 "', "true", "false", '"inf"', '"nan"')
    ),
    *('{"color":true}', '{"color":1.5}', '"1 s"'),
    # Numbers that JSON does not have.
    *(
        form % value
        for form in ("%s", '{"a":%s}', "[%s]")
        for value in ("1e400", "NaN", "Infinity")
    ),
    # A type's URL without a slash, and a member besides "value" in an Any that has its own form.
    '{"@type":"meshtest.v1.Small"}',
    f'{{"@type":"{TYPE_URL}google.protobuf.Duration","value":"1.5s","x":1}}',
}


@pytest.mark.parametrize(("kind", "texts"), EDGES, ids=[kind.DESCRIPTOR.name for kind, _ in EDGES])
def test_json_is_read_or_refused_as_by_python(kind, texts):
    wrong = []
    for text, data in ask("p", kind, (text.encode() for text in texts)):
        text = text.decode()
        expected = read_by_python(kind, text)
        found = None if isinstance(data, Refused) else canonical(kind.FromString(data))
        if found != expected and not (found is None and text in STRICTER):
            wrong.append(f"{text}: Python {expected}, we {found} {data!r}")
    assert not wrong, "\n".join(wrong)

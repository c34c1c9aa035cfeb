"""Three replicas are restarted one after another under load, and a stock client loses no call."""

import collections
import threading

import grpc

from kit.mesh import eventually
from kit.target import Target
from kit.wire import EMPTY_MESSAGE, PATH, message

OPTIONS = [
    ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


class Load(threading.Thread):
    """Calls one after another until it is told to stop."""

    def __init__(self, channel, counts):
        super().__init__()
        raw = {"request_serializer": None, "response_deserializer": None}
        self.nothing = channel.unary_unary(PATH + "Nothing", **raw)
        self.say = channel.unary_unary(PATH + "Say", **raw)
        self.counts = counts
        self.over = threading.Event()
        self.failures = []

    def run(self):
        text = message(b"x" * 20_000)[5:]
        while not self.over.is_set():
            try:
                assert self.nothing(EMPTY_MESSAGE[5:], timeout=20) == b""
                assert self.say(text, timeout=20) == text
                self.counts["calls"] += 2
            except (grpc.RpcError, AssertionError) as error:
                self.failures.append(repr(error))


def test_a_rolling_restart_fails_no_call(record_property):
    replicas = [Target() for _ in range(3)]
    addresses = ",".join(f"127.0.0.1:{replica.port}" for replica in replicas)
    counts = collections.Counter()
    try:
        with grpc.insecure_channel(f"ipv4:{addresses}", options=OPTIONS) as channel:
            loads = [Load(channel, counts) for _ in range(4)]
            for load in loads:
                load.start()
            for _ in range(2):
                for index, replica in enumerate(replicas):
                    called = counts["calls"]
                    eventually(lambda: counts["calls"] > called + 200)
                    assert replica.terminate() == 0
                    # As a deployment does: the next one goes when this one is in use again.
                    replicas[index] = Target(port=replica.port)
                    eventually(lambda: replicas[index].connections() > 0)
            called = counts["calls"]
            eventually(lambda: counts["calls"] > called + 200)
            for load in loads:
                load.over.set()
            for load in loads:
                load.join()
        assert [load.failures for load in loads] == [[]] * 4
        record_property("calls", f"{counts['calls']} calls")
    finally:
        for replica in replicas:
            replica.stop()

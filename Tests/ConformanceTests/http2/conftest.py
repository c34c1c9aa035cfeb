"""The server that the protocol is tried on."""

import pytest

from kit.target import Target


@pytest.fixture(scope="session")
def target():
    """A server with the limits that strangers meet."""
    target = Target()
    yield target
    assert target.process.poll() is None, "the server has ended"
    target.stop()


@pytest.fixture
def peer(target):
    """A connection that has greeted."""
    with target.wire() as peer:
        yield peer

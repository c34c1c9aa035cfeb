"""gRPC's interop tests against gRPC Python both ways, and servers that misbehave in HTTP/2.

tools/conformance/interop runs all of it, with gRPC C++ and over TLS.
"""

import misbehaviour
import peers
import pytest


@pytest.fixture(scope="module")
def our_server():
    port = peers.free_port()
    with peers.serving(peers.ours().serve(port, False)):
        yield port


@pytest.fixture(scope="module")
def python_server():
    port = peers.free_port()
    python = peers.python()
    with peers.serving(python.serve(port, False), python.directory):
        yield port


@pytest.mark.parametrize("case", peers.BASE)
def test_a_python_client_passes_with_our_server(our_server, case):
    python = peers.python()
    assert peers.run_client(python.call(case, our_server, False), python.directory) == ""


@pytest.mark.parametrize("case", peers.BASE)
def test_our_client_passes_with_a_python_server(python_server, case):
    assert peers.run_client(peers.ours().call(case, python_server, False)) == ""


@pytest.mark.parametrize("case", misbehaviour.CASES)
def test_our_client_bears_a_server_that_misbehaves(case):
    assert misbehaviour.try_case(peers.ours(), case) == ""

"""Channelz as gRPC's own client sees it: what a process shows of its servers and channels."""

import socket as sockets

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from kit.mesh import eventually

READY = channelz_pb2.ChannelConnectivityState.READY


@pytest.fixture(name="tenants")
def _tenants(mesh):
    with grpc.insecure_channel(f"unix:{mesh.home}/run/tenants.sock") as channel:
        yield channelz_pb2_grpc.ChannelzStub(channel)


@pytest.fixture(name="edge")
def _edge(mesh):
    with grpc.insecure_channel(f"unix:{mesh.home}/run/edge.sock") as channel:
        yield channelz_pb2_grpc.ChannelzStub(channel)


def pages(ask, start, size):
    """Follows the pages to the end; each has at most `size` entries."""
    found = []
    while True:
        entries, end, last = ask(start, size)
        assert len(entries) <= size
        found += entries
        if end:
            return found
        assert entries, "a page without entries is not the end"
        start = last(entries[-1]) + 1


def top_channels(stub, size=100):
    def ask(start, size):
        answer = stub.GetTopChannels(
            channelz_pb2.GetTopChannelsRequest(start_channel_id=start, max_results=size),
            timeout=10,
        )
        return list(answer.channel), answer.end, lambda channel: channel.ref.channel_id

    return pages(ask, 0, size)


def servers(stub):
    answer = stub.GetServers(channelz_pb2.GetServersRequest(), timeout=10)
    assert answer.end
    return list(answer.server)


def socket_refs(stub, server, size=100):
    def ask(start, size):
        answer = stub.GetServerSockets(
            channelz_pb2.GetServerSocketsRequest(
                server_id=server.ref.server_id, start_socket_id=start, max_results=size
            ),
            timeout=10,
        )
        return list(answer.socket_ref), answer.end, lambda ref: ref.socket_id

    return pages(ask, 0, size)


def socket(stub, ref):
    request = channelz_pb2.GetSocketRequest(socket_id=ref.socket_id)
    return stub.GetSocket(request, timeout=10).socket


def test_channelz_counts_the_calls_that_ask_for_it(tenants):
    (before,) = servers(tenants)
    for _ in range(5):
        (after,) = servers(tenants)
    assert after.data.calls_started >= before.data.calls_started + 5
    assert after.data.calls_succeeded >= before.data.calls_succeeded + 4
    assert after.data.last_call_started_timestamp.seconds > 1_700_000_000


def test_channelz_counts_a_refused_call_as_failed(tenants):
    (before,) = servers(tenants)
    with pytest.raises(grpc.RpcError):
        tenants.GetSocket(channelz_pb2.GetSocketRequest(socket_id=1 << 60), timeout=10)
    eventually(lambda: servers(tenants)[0].data.calls_failed > before.data.calls_failed)


def test_channelz_shows_what_a_server_listens_on(mesh, tenants):
    (server,) = servers(tenants)
    told = [socket(tenants, ref).local for ref in server.listen_socket]
    assert told
    for address in told:
        assert address.uds_address.filename == f"{mesh.home}/run/tenants.sock"


def test_channelz_shows_the_connection_that_it_is_asked_over(tenants):
    (server,) = servers(tenants)
    ours = max(socket_refs(tenants, server), key=lambda ref: ref.socket_id)
    before = socket(tenants, ours).data
    after = socket(tenants, ours).data
    assert after.streams_started == before.streams_started + 1
    assert after.messages_received == before.messages_received + 1
    assert after.last_remote_stream_created_timestamp.seconds > 1_700_000_000
    assert after.local_flow_control_window.value > 0
    assert after.remote_flow_control_window.value > 0


def test_channelz_tells_sockets_and_channels_page_by_page(tenants, edge):
    (server,) = servers(tenants)

    def sockets_now(size=100):
        return [ref.socket_id for ref in socket_refs(tenants, server, size)]

    # The edge's connection and ours.
    whole = eventually(lambda: (now := sockets_now())[1:] and now)
    assert sockets_now(size=1) == whole
    assert whole == sorted(whole)
    names = [channel.data.target for channel in top_channels(edge, size=1)]
    assert names == [channel.data.target for channel in top_channels(edge)]
    assert len(names) >= 4


def test_channelz_follows_a_call_from_the_channel_to_its_socket(mesh, people, edge):
    """From the edge's channel to tenants, over its subchannel, to the connection's two ends."""
    target = f"unix:{mesh.home}/run/tenants.sock"

    def channel():
        (found,) = [c for c in top_channels(edge) if c.data.target == target]
        return found

    before = channel().data
    people.root.call("tenants", "ListTenants")
    after = eventually(
        lambda: (c := channel()).data.calls_succeeded > before.calls_succeeded and c
    )
    assert after.data.state.state == READY
    # The services start in any order, so there may be failures between.
    told = [event.description for event in after.data.trace.events]
    assert (told[0], told[-1]) == ("connecting", "ready")
    assert after.data.trace.num_events_logged >= 2
    (ref,) = after.subchannel_ref
    request = channelz_pb2.GetSubchannelRequest(subchannel_id=ref.subchannel_id)
    subchannel = edge.GetSubchannel(request, timeout=10).subchannel
    assert subchannel.data.state.state == READY
    assert subchannel.data.calls_started >= 1
    made = socket(edge, subchannel.socket_ref[0])
    assert made.remote.uds_address.filename == f"{mesh.home}/run/tenants.sock"
    assert made.data.streams_started >= subchannel.data.calls_started
    assert made.data.last_local_stream_created_timestamp.seconds > 1_700_000_000


def test_channelz_shows_the_cipher_of_a_connection_from_outside(people, edge):
    """One of an operator's: its address and port, its cipher, our certificate and none of his."""
    with grpc.secure_channel(
        f"localhost:{people.edge.operator_port}",
        grpc.ssl_channel_credentials(people.edge.authority.read_bytes()),
    ) as outside:
        grpc.channel_ready_future(outside).result(timeout=10)
        (plane,) = [
            server
            for server in servers(edge)
            if any(
                socket(edge, ref).local.tcpip_address.port == people.edge.operator_port
                for ref in server.listen_socket
            )
        ]
        shown = socket(edge, socket_refs(edge, plane)[-1])
        assert shown.local.tcpip_address.port == people.edge.operator_port
        assert len(shown.remote.tcpip_address.ip_address) in (4, 16)
        assert shown.security.tls.standard_name.startswith("TLS_")
        assert shown.security.tls.local_certificate
        assert not shown.security.tls.remote_certificate


@pytest.mark.parametrize("method", ["Server", "ServerSockets", "Channel", "Subchannel", "Socket"])
def test_channelz_does_not_know_what_is_not_there(tenants, method):
    kind = "Server" if method == "ServerSockets" else method
    request = getattr(channelz_pb2, f"Get{method}Request")(**{f"{kind.lower()}_id": 1 << 60})
    with pytest.raises(grpc.RpcError) as refused:
        getattr(tenants, f"Get{method}")(request, timeout=10)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_channelz_forgets_a_connection_that_has_ended(mesh, tenants):
    (server,) = servers(tenants)
    before = {ref.socket_id for ref in socket_refs(tenants, server)}
    with sockets.socket(sockets.AF_UNIX) as silent:
        silent.connect(f"{mesh.home}/run/tenants.sock")
        new = eventually(lambda: {r.socket_id for r in socket_refs(tenants, server)} - before)
        assert min(new) > max(before), "ids are never given again"
    eventually(lambda: not new & {r.socket_id for r in socket_refs(tenants, server)})

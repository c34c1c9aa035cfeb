"""What is taken away is gone at once, on every edge: suspension, roles, sessions."""

import os
import signal
import threading
import time

import grpc
import pytest
from kit.callers import Client, curl, outcome_of
from kit.people import PASSWORD
from tenantry.identity.v1 import identity_pb2

DENIED = grpc.StatusCode.PERMISSION_DENIED
ROUNDS = 8


@pytest.fixture(scope="module")
def edges(mesh, people):
    """Two edges of one mesh."""
    with mesh.another_edge() as second:
        yield mesh.edge, second


class Caller:
    """Somebody who calls without a pause on one edge and notes when each call began and ended."""

    def __init__(self, edge, plane, token):
        self.client = Client(edge, plane, token)
        self.calls = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.is_set():
            began = time.monotonic()
            outcome = self.client.attempt("identity", "WhoAmI")
            self.calls.append((began, time.monotonic(), outcome))

    def stop(self):
        self.ended.set()
        self.thread.join()
        self.client.close()

    def between(self, start, end):
        """The calls that ran wholly within the time."""
        return [outcome for began, done, outcome in self.calls if start < began and done < end]


def test_a_suspend_holds_on_both_edges_from_its_answer_on(edges, people):
    tenant = people.add_tenant("Suspended and back")
    email = people.add_member(tenant, "busy")
    token = people.sign_in(email, tenant)
    direct = [Client(edge, "tenant", token) for edge in edges]
    busy = [Caller(edge, "tenant", token) for edge in edges]
    times = []
    try:
        for _ in range(ROUNDS):
            assert [c.attempt("tenants", "GetTenant").code.name for c in direct] == ["OK", "OK"]
            asked = time.monotonic()
            people.root.call("tenants", "SuspendTenant", tenant_id=tenant, reason="chargeback")
            answered = time.monotonic()
            refused = [c.attempt("tenants", "GetTenant") for c in direct]
            assert [(o.code, o.reason) for o in refused] == [(DENIED, "TENANT_SUSPENDED")] * 2
            # The busy ones must have had their say before the way back.
            time.sleep(0.05)
            back = time.monotonic()
            people.root.call("tenants", "ReinstateTenant", tenant_id=tenant)
            times.append((asked, answered, back, time.monotonic()))
    finally:
        for caller in busy:
            caller.stop()
        for client in direct:
            client.close()
    for caller in busy:
        for asked, answered, back, free in times:
            late = caller.between(answered, back)
            assert all(o.reason == "TENANT_SUSPENDED" for o in late), [str(o) for o in late]
        spans = zip([t[3] for t in times], [t[0] for t in times[1:]])
        for outcome in (o for span in spans for o in caller.between(*span)):
            assert outcome.code == grpc.StatusCode.OK, str(outcome)
        assert sum(bool(caller.between(t[1], t[2])) for t in times) > ROUNDS / 2


def test_members_of_other_tenants_notice_nothing_of_a_suspension(edges, people):
    tenant = people.add_tenant("Suspended alone")
    people.root.call("tenants", "SuspendTenant", tenant_id=tenant, reason="chargeback")
    for edge in edges:
        client = Client(edge, "tenant", people.token("member"))
        assert client.call("tenants", "GetTenant").tenant_id == people.tenant
        client.close()


def test_nobody_signs_in_to_a_suspended_tenant(edges, people):
    tenant = people.add_tenant("Nobody signs in")
    email = people.add_member(tenant, "outsider")
    people.root.call("tenants", "SuspendTenant", tenant_id=tenant, reason="chargeback")
    for edge in edges:
        client = Client(edge, "tenant")
        outcome = client.attempt(
            "identity", "SignIn", email=email, password=PASSWORD, tenant_id=tenant
        )
        client.close()
        assert (outcome.code, outcome.reason) == (DENIED, "TENANT_SUSPENDED")


def test_a_suspension_holds_in_json_too(edges, people):
    tenant = people.add_tenant("Suspended in JSON")
    token = people.sign_in(people.add_member(tenant, "curl"), tenant)
    path = "/tenantry.tenants.v1.TenantService/GetTenant"
    assert [curl(edge, "tenant", path, {}, token).status for edge in edges] == [200, 200]
    people.root.call("tenants", "SuspendTenant", tenant_id=tenant, reason="chargeback")
    for edge in edges:
        page = curl(edge, "tenant", path, {}, token)
        assert (page.status, page.reason) == (403, "TENANT_SUSPENDED")


def test_an_offboarding_tenant_is_closed_on_both_edges_until_it_is_cancelled(edges, people):
    tenant = people.add_tenant("Leaving")
    token = people.sign_in(people.add_member(tenant, "leaver"), tenant)
    clients = [Client(edge, "tenant", token) for edge in edges]
    people.root.call("tenants", "OffboardTenant", tenant_id=tenant, reason="moved on")
    reasons = [c.attempt("tenants", "GetTenant").reason for c in clients]
    assert reasons == ["TENANT_OFFBOARDING"] * 2
    people.root.call("tenants", "CancelOffboarding", tenant_id=tenant)
    assert [c.attempt("tenants", "GetTenant").code.name for c in clients] == ["OK"] * 2
    for client in clients:
        client.close()


def test_a_revoked_role_is_gone_on_both_edges_and_a_granted_one_there(edges, people):
    account, email = people.add_operator("viewer")
    token = people.sign_in(email)
    clients = [Client(edge, "operator", token) for edge in edges]
    change = {
        "operator_id": account,
        "role": identity_pb2.ROLE_VIEWER,
        "reason": "changes teams",
    }
    for _ in range(ROUNDS):
        assert [c.attempt("apps", "ListApps").code.name for c in clients] == ["OK", "OK"]
        people.root.call("operators", "RevokeRole", **change)
        assert [c.attempt("apps", "ListApps").code for c in clients] == [DENIED, DENIED]
        people.root.call("operators", "GrantRole", **change)
    for client in clients:
        client.close()


@pytest.mark.parametrize("who", ["viewer", "member"])
def test_a_signed_out_session_is_gone_on_both_edges(edges, people, who):
    plane = "operator" if who == "viewer" else "tenant"
    for here in (0, 1):
        token = people.fresh_token(who)
        clients = [Client(edge, plane, token) for edge in edges]
        assert [c.attempt("identity", "WhoAmI").code.name for c in clients] == ["OK", "OK"]
        clients[here].call("identity", "SignOut")
        codes = [c.attempt("identity", "WhoAmI").code.name for c in clients]
        assert codes == ["UNAUTHENTICATED"] * 2
        for client in clients:
            client.close()


def test_a_frozen_edge_lets_nobody_in_when_it_wakes(mesh, people):
    """The suspend waits for the frozen edge's lease to run out, and no longer."""
    tenant = people.add_tenant("Suspended in its sleep")
    token = people.sign_in(people.add_member(tenant, "sleeper"), tenant)
    with mesh.another_edge() as second:
        client = Client(second, "tenant", token)
        assert client.call("tenants", "GetTenant").tenant_id == tenant
        os.kill(second.pid, signal.SIGSTOP)
        try:
            people.root.call("tenants", "SuspendTenant", tenant_id=tenant, reason="chargeback")
            future_call = start_call(client)
        finally:
            os.kill(second.pid, signal.SIGCONT)
        outcome = future_call()
        client.close()
        assert (outcome.code, outcome.reason) == (DENIED, "TENANT_SUSPENDED"), str(outcome)


def start_call(client):
    """Sends a call to somebody who does not read yet; answers how to learn its outcome."""
    future = client.channel.unary_unary("/tenantry.tenants.v1.TenantService/GetTenant").future(
        b"", timeout=20, metadata=client.metadata()
    )
    return lambda: outcome_of(future)

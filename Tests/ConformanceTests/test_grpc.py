"""A stock gRPC client on the operator plane, over TLS."""

import concurrent.futures
import socket
import ssl
import uuid

import grpc
import pytest
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2
from kit import contract
from kit.callers import Client, outcome_of
from kit.mesh import eventually, free_port, locked, waiters
from kit.people import PASSWORD, REGION
from tenantry.pools.v1 import pools_pb2
from tenantry.tenants.v1 import tenants_pb2, tenants_pb2_grpc


def test_generated_stubs_provision_suspend_and_reinstate_a_tenant(people):
    """As the README shows it: stubs from proto/, the CA file, a bearer token; nothing of ours."""
    channel = grpc.secure_channel(
        f"localhost:{people.edge.operator_port}",
        grpc.ssl_channel_credentials(people.edge.authority.read_bytes()),
    )
    who = (("authorization", f"Bearer {people.tokens['superuser']}"),)
    with channel:
        apps = tenants_pb2_grpc.AppServiceStub(channel)
        tenants = tenants_pb2_grpc.TenantServiceStub(channel)
        app = apps.CreateApp(tenants_pb2.CreateAppRequest(name="Hooli"), metadata=who)
        tenant = tenants.CreateTenant(
            tenants_pb2.CreateTenantRequest(
                app_id=app.app_id, display_name="Pied Piper", region=REGION
            ),
            metadata=who,
        )
        assert tenant.state == tenants_pb2.PROVISIONED and tenant.tier == tenants_pb2.TIER_S
        one = {"tenant_id": tenant.tenant_id}
        tenant = tenants.ActivateTenant(tenants_pb2.ActivateTenantRequest(**one), metadata=who)
        assert (tenant.state, tenant.epoch) == (tenants_pb2.ACTIVE, 2)
        tenant = tenants.SuspendTenant(
            tenants_pb2.SuspendTenantRequest(
                **one, reason="abuse", cause=tenants_pb2.SUSPEND_CAUSE_CHARGEBACK_ABUSE
            ),
            metadata=who,
        )
        assert (tenant.state, tenant.reason) == (tenants_pb2.SUSPENDED, "abuse")
        tenant = tenants.ReinstateTenant(tenants_pb2.ReinstateTenantRequest(**one), metadata=who)
        assert (tenant.state, tenant.reason, tenant.epoch) == (tenants_pb2.ACTIVE, "", 4)


def test_every_method_of_every_service_answers(people, mesh):
    """One good call of each; what one made the next one reads."""
    root = people.root
    answered = set()

    def call(service, method, /, **fields):
        response = root.call(service, method, **fields)
        answered.add(method)
        return response

    reseller = call("resellers", "CreateReseller", name="Ollivander").reseller_id
    assert call("resellers", "GetReseller", reseller_id=reseller).name == "Ollivander"
    assert reseller in [r.reseller_id for r in call("resellers", "ListResellers").resellers]
    app = call("apps", "CreateApp", name="Acme Billing").app_id
    assert call("apps", "GetApp", app_id=app).name == "Acme Billing"
    assert app in [a.app_id for a in call("apps", "ListApps", page_size=1000).apps]

    made = call(
        "tenants",
        "CreateTenant",
        app_id=app,
        display_name="Umbrella",
        region=REGION,
        reseller_id=reseller,
        tier=tenants_pb2.TIER_P,
        brand_domain="umbrella.example",
        sandbox=True,
    )
    one = {"tenant_id": made.tenant_id}
    read = call("tenants", "GetTenant", **one)
    assert read == made
    listed = call("tenants", "ListTenants", filter=f'app_id = "{app}"').tenants
    assert list(listed) == [made]
    assert call("tenants", "StartTrial", **one).state == tenants_pb2.TRIAL
    assert call("tenants", "ActivateTenant", **one).state == tenants_pb2.ACTIVE
    assert call("tenants", "SuspendTenant", **one, reason="unpaid").state == tenants_pb2.SUSPENDED
    assert call("tenants", "ReinstateTenant", **one).state == tenants_pb2.ACTIVE
    day = duration_pb2.Duration(seconds=86_400)
    leaving = call("tenants", "OffboardTenant", **one, reason="moved on", grace=day)
    assert leaving.state == tenants_pb2.OFFBOARDING and leaving.HasField("deadline_at")
    state = call("tenants", "GetTenantState", **one)
    assert (state.reason, state.deadline_at) == ("moved on", leaving.deadline_at)
    assert call("tenants", "CancelOffboarding", **one).state == tenants_pb2.ACTIVE

    pool = call("pools", "CreatePool", kind=pools_pb2.POOL_KIND_APP, region=REGION)
    place = {"kind": pool.kind, "index": pool.index}
    assert call("pools", "GetPool", **place).region == REGION
    listed = call("pools", "ListPools", page_size=1000).pools
    assert (pool.kind, pool.index) in [(p.kind, p.index) for p in listed]
    route = eventually(lambda: call("pools", "GetRoute", **one))
    own = call("pools", "GetPool", kind=pools_pb2.POOL_KIND_APP, index=route.app_pool)
    assert own.dedicated_tenant_id == made.tenant_id

    member = call(
        "members", "CreateMember", **one, email="a@u.example", name="Al W", password=PASSWORD
    )
    assert list(call("members", "ListMembers", **one).members) == [member]
    account = call(
        "operators", "CreateOperator", email="b@t.example", name="Bo Z", password=PASSWORD
    )
    change = {"operator_id": account.operator_id, "role": 1, "reason": "joins"}
    assert list(call("operators", "GrantRole", **change).roles) == [1]
    assert list(call("operators", "RevokeRole", **change).roles) == []
    assert account.operator_id in [
        o.operator_id for o in call("operators", "ListOperators", page_size=1000).operators
    ]

    made = call("tokens", "CreateTenantToken", **one, reason="dunning job")
    assert root.with_token(made.token).call("tenants", "GetTenant", **one).tenant_id
    call("tokens", "RevokeTenantToken", token_id=made.token_id)

    mesh.drain()
    entries = call("audit", "ListEntries", **one, page_size=1000).entries
    assert [e.sequence for e in entries] == list(range(1, len(entries) + 1))
    assert call("audit", "VerifyLedger", **one).intact
    assert {p.health for p in call("status", "GetStatus").processes} == {1}
    assert {p.name for p in call("status", "GetStatus").processes} == {
        *("audit", "edge", "identity-roles", "pool-router", "tenants")
    }

    assert first_tapped(root).ByteSize() > 0
    answered.add("Tap")

    token = call("identity", "SignIn", email=people.emails["admin"], password=PASSWORD).token
    admin = root.with_token(token)
    assert admin.call("identity", "WhoAmI").email == people.emails["admin"]
    admin.call("identity", "SignOut")
    answered |= {"WhoAmI", "SignOut", "Setup"}
    offered = [m for m in contract.methods().values() if m.serves("operator")]
    assert {method.name.partition("/")[2] for method in offered} == answered


def first_tapped(root):
    """The first call that a tap shows."""
    path, tap = next((p, m) for p, m in contract.methods().items() if p.endswith("/Tap"))
    open_tap = root.channel.unary_stream(
        path,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=tap.response.FromString,
    )
    shown = open_tap(tap.request(), timeout=30, metadata=root.metadata())
    with concurrent.futures.ThreadPoolExecutor(1) as reader:
        first = reader.submit(next, shown)
        eventually(lambda: root.call("identity", "WhoAmI") and first.done())
        shown.cancel()
        return first.result()


def test_a_refusal_names_every_bad_field_in_its_details(people):
    outcome = people.root.attempt("tenants", "CreateTenant", app_id="acme", display_name="x" * 81)
    assert outcome.code == grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.violations == {
        "app_id": 'app_id is not a UUID: "acme"',
        "display_name": "display_name is 81 characters; the limit is 80",
        "region": "region is required",
    }
    assert outcome.message == "; ".join(outcome.violations.values())


def test_a_refusal_carries_its_reason_in_its_details(people):
    outcome = people.root.attempt("tenants", "ReinstateTenant", tenant_id=people.tenant)
    info = outcome.detail(error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == ("WRONG_STATE", "tenantry")
    assert dict(info.metadata) == {"action": "reinstate", "state": "active"}


def test_an_answer_and_a_refusal_carry_the_request_id_that_the_ledger_has(people, mesh):
    tenant = people.add_tenant("Request ids", "provisioned")
    good = people.root.attempt("tenants", "ActivateTenant", tenant_id=tenant)
    bad = people.root.attempt("tenants", "ActivateTenant", tenant_id=tenant)
    assert bad.code == grpc.StatusCode.FAILED_PRECONDITION
    ids = [uuid.UUID(outcome.request_id) for outcome in (good, bad)]
    assert ids[0] != ids[1] and {i.version for i in ids} == {7}
    mesh.drain()
    found = people.root.call(
        "audit", "ListEntries", tenant_id=tenant, filter=f'request_id = "{good.request_id}"'
    ).entries
    assert [e.event.type for e in found] == ["tenant.activated.v1"]
    assert found[0].event.request_id == good.request_id


def test_metadata_of_the_caller_does_not_disturb_a_call(people):
    sent = (("x-team", "blue"), ("x-blob-bin", bytes(range(256))), ("user-agent", "probe/1"))
    outcome = people.root.try_path(
        "/tenantry.identity.v1.IdentityService/WhoAmI", metadata=sent
    )
    assert outcome.code == grpc.StatusCode.OK


def test_a_deadline_ends_a_call_that_cannot_be_answered_in_time(people, mesh):
    """The row is locked by somebody else for as long as the call waits."""
    tenant = people.add_tenant("Deadline", "provisioned")
    with locked(mesh, tenant):
        outcome = people.root.attempt("tenants", "ActivateTenant", tenant_id=tenant, timeout=0.7)
        assert outcome.code == grpc.StatusCode.DEADLINE_EXCEEDED
        eventually(lambda: waiters(mesh) == 0, 5)
    after = people.root.call("tenants", "GetTenantState", tenant_id=tenant)
    assert after.state == tenants_pb2.PROVISIONED


def test_a_cancelled_call_stops_in_the_database_and_changes_nothing(people, mesh):
    tenant = people.add_tenant("Cancel", "provisioned")
    with locked(mesh, tenant):
        stub = people.root.channel.unary_unary(
            "/tenantry.tenants.v1.TenantService/ActivateTenant",
            request_serializer=tenants_pb2.ActivateTenantRequest.SerializeToString,
        )
        future = stub.future(
            tenants_pb2.ActivateTenantRequest(tenant_id=tenant),
            timeout=30,
            metadata=people.root.metadata(),
        )
        eventually(lambda: waiters(mesh) == 1, 5)
        future.cancel()
        assert outcome_of(future).code == grpc.StatusCode.CANCELLED
        eventually(lambda: waiters(mesh) == 0, 5)
    after = people.root.call("tenants", "GetTenantState", tenant_id=tenant)
    assert after.state == tenants_pb2.PROVISIONED
    people.root.call("tenants", "ActivateTenant", tenant_id=tenant)


def test_a_message_over_four_mebibytes_is_refused_and_the_connection_lives(people):
    path = "/tenantry.tenants.v1.AppService/CreateApp"
    request = contract.methods()[path].request(name="x" * (5 << 20))
    assert people.root.try_path(path, request).code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert people.root.call("identity", "WhoAmI").email


def test_bytes_that_are_no_message_are_refused_as_such(people):
    outcome = people.root.try_path("/tenantry.tenants.v1.AppService/CreateApp", b"\x0a\xff")
    assert outcome.code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL), outcome


def test_many_calls_on_one_connection_are_answered_each_with_its_own(people):
    tenants = [people.tenant, people.other_tenant] * 100
    path = "/tenantry.tenants.v1.TenantService/GetTenantState"
    stub = people.root.channel.unary_unary(
        path,
        request_serializer=tenants_pb2.GetTenantStateRequest.SerializeToString,
        response_deserializer=tenants_pb2.TenantLifecycle.FromString,
    )
    futures = [
        stub.future(
            tenants_pb2.GetTenantStateRequest(tenant_id=tenant),
            timeout=30,
            metadata=people.root.metadata(),
        )
        for tenant in tenants
    ]
    assert [future.result().tenant_id for future in futures] == tenants


def test_a_client_with_another_authority_does_not_connect(people):
    channel = grpc.secure_channel(
        f"localhost:{people.edge.operator_port}", grpc.ssl_channel_credentials()
    )
    call = channel.unary_unary("/tenantry.identity.v1.IdentityService/WhoAmI")
    with channel, pytest.raises(grpc.RpcError) as refused:
        call(b"", timeout=5)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("version", "ends"),
    [(ssl.TLSVersion.TLSv1_1, "refused"), (ssl.TLSVersion.TLSv1_2, "h2")],
    ids=["1.1", "1.2"],
)
def test_the_edge_speaks_tls_from_version_one_two_on(people, version, ends):
    context = ssl.create_default_context(cafile=people.edge.authority)
    context.set_alpn_protocols(["h2"])
    # OpenSSL itself offers old versions at this level only.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    address = ("localhost", people.edge.operator_port)
    with socket.create_connection(address, 5) as plain:
        if ends == "refused":
            with pytest.raises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(plain, server_hostname="localhost")
        else:
            with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                assert wrapped.selected_alpn_protocol() == ends


def test_the_health_service_answers_anybody(people):
    for plane in contract.PLANES:
        outcome = people.at(plane, "nobody").try_path("/grpc.health.v1.Health/Check")
        # HealthCheckResponse{status: SERVING}
        assert (outcome.code, outcome.response) == (grpc.StatusCode.OK, b"\x08\x01")


def test_a_client_of_a_port_where_nobody_listens_is_told_unavailable(people):
    edge = type(people.edge)(free_port(), free_port(), people.edge.authority)
    client = Client(edge, "operator")
    assert client.attempt("identity", "WhoAmI").code == grpc.StatusCode.UNAVAILABLE
    client.close()

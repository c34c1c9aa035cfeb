"""Uniform denial: whoever may not learns nothing about what there is."""

import uuid

import grpc
import pytest
from kit import contract
from kit.callers import curl
from kit.people import MEMBERS, PASSWORD

NOWHERE = "/tenantry.tenants.v1.TenantService/NoSuchMethod"
NO_SERVICE = "/tenantry.secrets.v1.VaultService/ListKeys"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
CHANNELZ = "/grpc.channelz.v1.Channelz/GetServers"
INNER = "/tenantry.tenants.v1.TenantGateService/CheckTenant"
GET = "/tenantry.tenants.v1.TenantService/GetTenant"
SUSPEND = "/tenantry.tenants.v1.TenantService/SuspendTenant"

# Everybody who may not suspend a tenant, on each plane.
DENIED = [
    (plane, who)
    for plane, all_of_them in (
        ("operator", ("nobody", "garbage", "member", "tenant admin", "no role", "viewer")),
        ("tenant", ("nobody", "garbage", "member", "viewer", "superuser")),
    )
    for who in all_of_them
]


@pytest.mark.parametrize(("plane", "who"), DENIED)
def test_known_and_unknown_methods_are_denied_alike(people, plane, who):
    caller = people.at(plane, who)
    paths = (SUSPEND, NOWHERE, NO_SERVICE, REFLECTION, INNER, "/", "/x")
    shapes = {path: str(caller.try_path(path).shape) for path in paths}
    assert len(set(shapes.values())) == 1, shapes


@pytest.mark.parametrize("path", [REFLECTION, CHANNELZ, NO_SERVICE])
def test_the_edge_has_no_such_service_for_whoever_may_everything(people, path):
    assert people.at("operator", "superuser").try_path(path).code.name == "UNIMPLEMENTED"


@pytest.mark.parametrize(("plane", "who"), DENIED)
def test_known_and_unknown_paths_are_denied_alike_in_json(people, plane, who):
    token = people.token(who)
    named = f"/api/tenant-lifecycle/{people.tenant}/suspend"
    pages = {
        path: curl(people.edge, plane, path, {}, token).shape
        for path in (SUSPEND, NOWHERE, NO_SERVICE, INNER, named, "/api/no-such-thing", "/")
    }
    pages["not JSON"] = curl(people.edge, plane, SUSPEND, "{", token).shape
    assert len(set(pages.values())) == 1, pages


@pytest.mark.parametrize("who", ["nobody", "garbage", "no role"])
def test_existing_and_missing_tenants_are_denied_alike(people, who):
    caller = people.at("operator", who)
    method = contract.methods()[GET]
    shapes = {
        str(caller.try_path(GET, method.request(tenant_id=tenant)).shape)
        for tenant in (people.tenant, str(uuid.uuid4()), "no-uuid", "")
    }
    assert len(shapes) == 1, shapes


@pytest.mark.parametrize("who", MEMBERS)
def test_a_foreign_tenant_reads_like_one_that_is_not_there(people, who):
    caller = people.at("tenant", who)
    tried = 0
    for path, method in contract.methods().items():
        names_a_tenant = "tenant_id" in method.request.DESCRIPTOR.fields_by_name
        if not method.serves("tenant") or not names_a_tenant:
            continue
        if method.policy.permission not in contract.permissions_of(who):
            continue
        shapes = []
        for tenant in (people.other_tenant, str(uuid.uuid4())):
            request = method.request(tenant_id=tenant)
            if path.endswith("CreateMember"):
                request.email, request.name, request.password = "x@x.example", "Xu", PASSWORD
            outcome = caller.try_path(path, request)
            assert outcome.code == grpc.StatusCode.NOT_FOUND, f"{path}: {outcome}"
            shapes.append(str(outcome.shape).replace(tenant, "<id>"))
        assert shapes[0] == shapes[1], path
        tried += 1
    assert tried >= 3


@pytest.mark.parametrize("plane", contract.PLANES)
def test_a_credential_that_is_none_counts_as_none(people, plane):
    operator, member = people.token("admin"), people.token("tenant admin")
    own, foreign = (operator, member) if plane == "operator" else (member, operator)
    bad = {
        "none": (),
        "garbage": (("authorization", "Bearer garbage"),),
        "empty": (("authorization", "Bearer "),),
        "basic": (("authorization", "Basic " + own),),
        "bare": (("authorization", own),),
        "cut": (("authorization", "Bearer " + own[:-1]),),
        "longer": (("authorization", "Bearer " + own + "A"),),
        "changed": (("authorization", "Bearer " + own[:-8] + own[-8:].swapcase()),),
        "of the other plane": (("authorization", "Bearer " + foreign),),
        "huge": (("authorization", "Bearer " + "x" * 4096),),
        "a header of ours": (("tenantry-caller-bin", b"\x0a\x02\x08\x02"),),
    }
    nobody = people.at(plane, "nobody")
    path = "/tenantry.identity.v1.IdentityService/WhoAmI"
    shapes = {name: str(nobody.try_path(path, metadata=sent).shape) for name, sent in bad.items()}
    assert len(set(shapes.values())) == 1, shapes
    assert "UNAUTHENTICATED" in shapes["none"]


def test_headers_of_ours_from_outside_change_nothing(people):
    forged = (
        ("tenantry-caller-bin", b"\x0a\x04\x08\x02\x10\x01"),
        ("tenantry-request-id", "00000000-0000-7000-8000-000000000000"),
    )
    viewer = people.at("operator", "viewer")
    outcome = viewer.try_path("/tenantry.identity.v1.IdentityService/WhoAmI", metadata=forged)
    assert outcome.code == grpc.StatusCode.OK
    assert outcome.response.email == people.emails["viewer"]
    assert outcome.request_id and outcome.request_id != forged[1][1]


@pytest.mark.parametrize("plane", contract.PLANES)
def test_a_failed_sign_in_tells_nothing(people, plane):
    door = people.at(plane, "nobody")
    known = people.emails["operator" if plane == "operator" else "member"]
    tenant = people.tenant if plane == "tenant" else ""
    shapes = []
    for email in (known, "x" + known[1:]):
        outcome = door.attempt(
            "identity", "SignIn", email=email, password="not the password", tenant_id=tenant
        )
        assert (outcome.code.name, outcome.reason) == ("UNAUTHENTICATED", "SIGN_IN_FAILED")
        shapes.append(str(outcome.shape))
    assert shapes[0] == shapes[1]

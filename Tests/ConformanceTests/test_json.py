"""curl with JSON: Connect's unary protocol and the named routes."""

import subprocess

import grpc
import pytest
from kit.callers import curl
from kit.mesh import locked
from kit.people import PASSWORD

TENANTS = "/tenantry.tenants.v1.TenantService"


@pytest.fixture
def post(people):
    """Posts as the superuser on the operator plane."""
    return lambda path, body={}, **more: curl(
        people.edge, "operator", path, body, people.tokens["superuser"], **more
    )


def test_the_call_of_the_readme_works_over_http_2(post, people):
    page = post(f"{TENANTS}/ListTenants")
    assert (page.status, page.version) == (200, "2")
    assert page.headers["content-type"] == "application/json"
    assert people.tenant in [tenant["tenantId"] for tenant in page.json["tenants"]]


def test_json_and_grpc_tell_the_same(post, people):
    page = post(f"{TENANTS}/GetTenant", {"tenantId": people.tenant})
    told = people.root.call("tenants", "GetTenant", tenant_id=people.tenant)
    assert page.json["displayName"] == told.display_name
    assert page.json["state"] == "ACTIVE" and page.json["tier"] == "TIER_S"
    assert page.json["epoch"] == str(told.epoch)
    assert page.json["createdAt"] == told.created_at.ToJsonString()


def test_a_field_may_be_named_as_in_the_proto(post, people):
    assert post(f"{TENANTS}/GetTenant", {"tenant_id": people.tenant}).status == 200


def test_a_tenant_lives_its_life_in_json(post, people):
    made = post(
        f"{TENANTS}/CreateTenant",
        {"appId": people.app, "displayName": "Wayne", "region": "eu-west-1"},
    )
    assert made.status == 200, made.body
    one = {"tenantId": made.json["tenantId"]}
    assert post(f"{TENANTS}/ActivateTenant", one).json["state"] == "ACTIVE"
    refused = post(f"{TENANTS}/ActivateTenant", one)
    assert (refused.status, refused.json["code"]) == (400, "failed_precondition")
    assert refused.reason == "WRONG_STATE"


def test_the_named_routes_reach_the_same_methods(post, people):
    tenant = people.add_tenant("Named routes")
    at = f"/api/tenant-lifecycle/{tenant}"
    assert post(f"{at}/suspend", {"reason": "chargeback"}).json["state"] == "SUSPENDED"
    state = post(f"{at}/state", None, verb="GET")
    assert (state.status, state.json["state"]) == (200, "SUSPENDED"), state.body
    assert state.json["reason"] == "chargeback"
    assert post(f"{at}/reinstate").json["state"] == "ACTIVE"
    leaving = post(f"{at}/offboard", {"reason": "moved on", "grace": "86400s"})
    assert leaving.json["state"] == "OFFBOARDING" and leaving.json["deadlineAt"].endswith("Z")


def test_the_path_of_a_named_route_wins_over_its_body(post, people):
    tenant = people.add_tenant("Path wins")
    body = {"tenantId": people.other_tenant, "reason": "chargeback"}
    assert post(f"/api/tenant-lifecycle/{tenant}/suspend", body).json["tenantId"] == tenant


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", ""),
        ("[]", ""),
        ("null x", ""),
        ('{"tenantId": 7}', "tenantId"),
        ('{"noSuchField": 1}', "noSuchField"),
        ('{"tenantId": "a"', ""),
    ],
)
def test_a_body_that_is_no_such_message_is_refused(post, body, field):
    page = post(f"{TENANTS}/GetTenant", body)
    assert (page.status, page.json["code"]) == (400, "invalid_argument"), page.body
    # A fault of the text as a whole is no field's.
    assert page.violations == {field: page.json["message"]}


def test_a_bad_field_is_named_in_json_too(post):
    page = post(f"{TENANTS}/CreateTenant", {"displayName": "x" * 81, "region": "eu-west-1"})
    assert (page.status, page.json["code"]) == (400, "invalid_argument")
    assert page.violations == {
        "app_id": "app_id is required",
        "display_name": "display_name is 81 characters; the limit is 80",
    }


def test_an_unknown_method_is_unimplemented_to_whoever_may_all(post):
    page = post(f"{TENANTS}/NoSuchMethod")
    assert (page.status, page.json["code"]) == (501, "unimplemented")
    assert page.json["message"] == f"unknown method {TENANTS}/NoSuchMethod"


def test_without_a_credential_the_answer_is_401(people):
    page = curl(people.edge, "operator", f"{TENANTS}/ListTenants", {})
    assert page.status == 401
    assert page.json == {"code": "unauthenticated", "message": "You don't have access"}


def test_with_another_plane_s_credential_the_answer_is_401(people):
    page = curl(people.edge, "operator", f"{TENANTS}/ListTenants", {}, people.tokens["member"])
    assert page.status == 401


def test_without_the_permission_the_answer_is_403(people):
    body = {"tenantId": people.tenant, "reason": "x"}
    page = curl(people.edge, "operator", f"{TENANTS}/SuspendTenant", body, people.tokens["viewer"])
    assert page.status == 403
    assert page.json == {"code": "permission_denied", "message": "You don't have access"}


def test_a_missing_tenant_is_404(post):
    page = post(f"{TENANTS}/GetTenant", {"tenantId": "01890000-0000-7000-8000-000000000000"})
    assert (page.status, page.json["code"], page.reason) == (404, "not_found", "NOT_FOUND")


def test_get_on_a_method_s_path_is_refused(post):
    assert post(f"{TENANTS}/ListTenants", None, verb="GET").status in (405, 501)


def test_every_json_answer_carries_its_request_id(post, people, mesh):
    tenant = people.add_tenant("JSON request id", "provisioned")
    page = post(f"{TENANTS}/ActivateTenant", {"tenantId": tenant})
    request_id = page.headers["tenantry-request-id"]
    mesh.drain()
    found = people.root.call(
        "audit", "ListEntries", tenant_id=tenant, filter=f'request_id = "{request_id}"'
    ).entries
    assert [entry.event.type for entry in found] == ["tenant.activated.v1"]


def test_a_deadline_in_connect_s_header_is_kept(post, people, mesh):
    tenant = people.add_tenant("JSON deadline", "provisioned")
    with locked(mesh, tenant):
        page = post(
            f"{TENANTS}/ActivateTenant",
            {"tenantId": tenant},
            headers=["connect-timeout-ms: 500"],
        )
    assert (page.status, page.json["code"]) == (504, "deadline_exceeded")


def test_a_member_signs_in_and_reads_its_tenant_with_curl(people):
    email = people.emails["member"]
    page = curl(
        people.edge,
        "tenant",
        "/tenantry.identity.v1.IdentityService/SignIn",
        {"email": email, "password": PASSWORD, "tenantId": people.tenant},
    )
    token = page.json["token"]
    mine = curl(people.edge, "tenant", f"{TENANTS}/GetTenant", {}, token)
    assert mine.json["tenantId"] == people.tenant
    foreign = {"tenantId": people.other_tenant}
    other = curl(people.edge, "tenant", f"{TENANTS}/GetTenant", foreign, token)
    assert other.status == 404


def test_healthz_answers_anybody(people):
    for plane in ("operator", "tenant"):
        page = curl(people.edge, plane, "/healthz")
        assert (page.status, page.body) == (200, "serving\n")


def test_http_1_is_not_spoken(people):
    done = subprocess.run(
        ["curl", "-sS", "--http1.1", "--cacert", people.edge.authority, "-m", "5"]
        + [people.edge.url("operator", "/healthz")],
        check=False,
        capture_output=True,
    )
    assert done.returncode != 0
    assert people.root.attempt("identity", "WhoAmI").code == grpc.StatusCode.OK

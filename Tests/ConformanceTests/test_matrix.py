"""Who may call what: every method of the contract, for every kind of caller, on both planes."""

import grpc
import pytest
from kit import contract
from kit.people import MEMBERS, OPERATORS, TENANT_TOKEN
from tenantry.options.v1 import policy_pb2

CALLERS = ("nobody", "garbage", *MEMBERS, *OPERATORS, TENANT_TOKEN)
PLANE_OF = {
    **dict.fromkeys((*OPERATORS, TENANT_TOKEN), "operator"),
    **dict.fromkeys(MEMBERS, "tenant"),
}
TEXT = "You don't have access"

# A call that was let through may fail for what it asks, but never like this.
NOT_LET_THROUGH = {
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
}


def may(who, method, plane):
    """What the policy table and the role rules say."""
    if not method.serves(plane):
        return False
    if method.policy.access == policy_pb2.ACCESS_PUBLIC:
        return True
    if PLANE_OF.get(who) != plane:
        return False
    if method.policy.access == policy_pb2.ACCESS_SIGNED_IN:
        return True
    if who == TENANT_TOKEN and not method.policy.tenant_scoped:
        return False
    return method.policy.permission in contract.permissions_of(who)


def refusal(who, plane):
    """The one refusal that somebody gets on a plane."""
    signed_in = PLANE_OF.get(who) == plane
    code = grpc.StatusCode.PERMISSION_DENIED if signed_in else grpc.StatusCode.UNAUTHENTICATED
    return code, TEXT


def knows_all(who, plane):
    """Whoever may call everything on a plane is told what does not exist there."""
    own = PLANE_OF.get(who) == plane
    return own and contract.permissions(plane) <= contract.permissions_of(who)


@pytest.mark.parametrize("plane", contract.PLANES)
@pytest.mark.parametrize("who", CALLERS)
def test_every_method_answers_as_the_policy_says(people, who, plane):
    wrong = []
    for path, method in contract.methods().items():
        caller = people.at(plane, who)
        if method.name.endswith("/SignOut"):
            caller = caller.with_token(people.fresh_token(who))
        # A stream that is let through goes on until somebody ends it.
        outcome = caller.try_path(path, method.request(), timeout=1 if method.streams else 20)
        told = (outcome.code, outcome.message)
        if may(who, method, plane):
            fits = outcome.code not in NOT_LET_THROUGH
        elif not method.serves(plane) and knows_all(who, plane):
            fits = told == (grpc.StatusCode.UNIMPLEMENTED, f"unknown method {path}")
        else:
            fits = told == refusal(who, plane)
        if not fits:
            wrong.append(f"{path}: {outcome}")
    assert not wrong, "\n".join(wrong)


def test_the_roles_are_what_they_are_said_to_be():
    viewer, operator = (contract.permissions_of(role) for role in ("viewer", "operator"))
    admin, superuser = (contract.permissions_of(role) for role in ("admin", "superuser"))
    assert operator - viewer == contract.OPERATIONS
    assert viewer < operator < admin == superuser
    assert "tenants.suspend" not in operator and "tenants.suspend" in admin
    assert "audit.read" not in contract.permissions_of("member")


@pytest.mark.parametrize("who", [who for who in PLANE_OF if who != "no role"])
def test_whoami_names_the_permissions_of_the_role(people, who):
    answer = people.at(PLANE_OF[who], who).call("identity", "WhoAmI")
    assert set(answer.permissions) == contract.permissions_of(who)


def test_a_tenant_token_runs_its_tenants_lifecycle_and_no_others(people):
    tenant = people.add_tenant("Token Inc")
    job = people.operator_door.with_token(people.make_tenant_token(tenant))
    job.call("tenants", "SuspendTenant", tenant_id=tenant, reason="unpaid")
    job.call("tenants", "ReinstateTenant", tenant_id=tenant)
    job.call("tenants", "OffboardTenant", tenant_id=tenant, reason="leaves")
    job.call("tenants", "CancelOffboarding", tenant_id=tenant)
    missing = "01940000-0000-7000-8000-00000000dead"
    for method, more in (("ReinstateTenant", {}), ("SuspendTenant", {"reason": "unpaid"})):
        foreign = job.attempt("tenants", method, tenant_id=people.other_tenant, **more)
        unknown = job.attempt("tenants", method, tenant_id=missing, **more)
        assert foreign.code == unknown.code == grpc.StatusCode.NOT_FOUND
        assert foreign.message.replace(people.other_tenant, missing) == unknown.message


@pytest.mark.parametrize("plane", contract.PLANES)
def test_no_method_between_services_is_reachable_from_outside(people, plane):
    inner = [m for m in contract.methods().values() if m.is_for_the_mesh_alone]
    assert len(inner) >= 5
    for who in CALLERS:
        caller = people.at(plane, who)
        unknown = caller.try_path("/tenantry.tenants.v1.TenantGateService/NoSuchMethod")
        for method in inner:
            outcome = caller.try_path(method.path, method.request())
            assert outcome.code == unknown.code, f"{who}: {method.path}: {outcome}"
            assert outcome.message.replace(method.path, "") == unknown.message.replace(
                "/tenantry.tenants.v1.TenantGateService/NoSuchMethod", ""
            )

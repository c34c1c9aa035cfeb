"""Bad input: each is refused with the status, the field and the rule that it breaks."""

import concurrent.futures
import uuid

import grpc
import pytest
from kit.people import PASSWORD, REGION
from tenantry.tenants.v1 import tenants_pb2

INVALID = "INVALID_ARGUMENT"
MISSING = "01890000-0000-7000-8000-000000000000"
TENANT = {"app_id": "{app}", "display_name": "Stark", "region": REGION}
TOO_LATE = 366 * 86_400

# service, method, fields; the field at fault; the rule. "{app}" and the like are filled in.
FIELDS = [
    ("apps", "CreateApp", {}, "name", "name is required"),
    ("apps", "CreateApp", {"name": "   "}, "name", "name is required"),
    ("apps", "CreateApp", {"name": "x" * 81}, "name", "name is 81 characters; the limit is 80"),
    ("apps", "CreateApp", {"name": "a\x07b"}, "name", "name has a control character"),
    ("apps", "GetApp", {"app_id": "acme"}, "app_id", 'app_id is not a UUID: "acme"'),
    ("apps", "GetApp", {}, "app_id", "app_id is required"),
    ("resellers", "CreateReseller", {"name": ""}, "name", "name is required"),
    (
        *("resellers", "GetReseller", {"reseller_id": "x"}),
        *("reseller_id", 'reseller_id is not a UUID: "x"'),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "app_id": "42"}),
        *("app_id", 'app_id is not a UUID: "42"'),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "display_name": ""}),
        *("display_name", "display_name is required"),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "display_name": "é" * 81}),
        *("display_name", "display_name is 81 characters; the limit is 80"),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "region": ""}),
        *("region", "region is required"),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "region": "mars-north-1"}),
        *("region", 'region is not known: "mars-north-1"; the regions are'),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "tier": tenants_pb2.TIER_G}),
        *("region", f"region {REGION} is not sovereign; tier G requires a sovereign region"),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "tier": 9}),
        *("tier", "tier 9 is not known"),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "reseller_id": "bob"}),
        *("reseller_id", 'reseller_id is not a UUID: "bob"'),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "brand_domain": "no host"}),
        *("brand_domain", 'brand_domain is not a host name: "no host"'),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "request_id": "once"}),
        *("request_id", 'request_id is not a UUID: "once"'),
    ),
    ("tenants", "GetTenant", {}, "tenant_id", "tenant_id is required"),
    ("tenants", "GetTenant", {"tenant_id": "1"}, "tenant_id", 'tenant_id is not a UUID: "1"'),
    (
        *("tenants", "SuspendTenant", {"tenant_id": "{tenant}"}),
        *("reason", "reason is required"),
    ),
    (
        *("tenants", "SuspendTenant", {"tenant_id": "{tenant}", "reason": " \t "}),
        *("reason", "reason is required"),
    ),
    (
        *("tenants", "SuspendTenant", {"tenant_id": "{tenant}", "reason": "x" * 501}),
        *("reason", "reason is 501 characters; the limit is 500"),
    ),
    (
        *("tenants", "SuspendTenant", {"tenant_id": "{tenant}", "reason": "x", "cause": 77}),
        *("cause", "cause 77 is not known"),
    ),
    (
        *("tenants", "OffboardTenant", {"tenant_id": "{tenant}"}),
        *("reason", "reason is required"),
    ),
    (
        *("tenants", "OffboardTenant"),
        {"tenant_id": "{tenant}", "reason": "x", "grace": {"seconds": TOO_LATE}},
        *("grace", f"grace is {TOO_LATE} seconds; it must be 1 to 365 days"),
    ),
    ("tenants", "ListTenants", {"page_size": -1}, "page_size", "page_size is negative"),
    (
        *("tenants", "ListTenants", {"page_size": 1001}),
        *("page_size", "page_size is 1001; the limit is 1000"),
    ),
    ("tenants", "ListTenants", {"page_token": "!"}, "page_token", "page_token is not one of ours"),
    (
        *("tenants", "ListTenants", {"filter": "color = red"}),
        *("filter", "filter: there is no field color"),
    ),
    (
        *("tenants", "ListTenants", {"filter": "state ="}),
        *("filter", "filter: state is compared with nothing"),
    ),
    ("tenants", "ListTenants", {"filter": "state"}, "filter", "filter: state needs a comparison"),
    ("tenants", "ListTenants", {"filter": "state = GONE"}, "filter", "filter: "),
    ("tenants", "ListTenants", {"filter": "(tier = TIER_S"}, "filter", "filter: a ) is missing"),
    (
        *("tenants", "ListTenants", {"filter": 'region = "x'}),
        *("filter", 'filter: a closing " is missing'),
    ),
    (
        *("tenants", "ListTenants", {"filter": " AND ".join(["tier = TIER_S"] * 21)}),
        *("filter", "filter: it has more than 20 comparisons"),
    ),
    ("tenants", "ListTenants", {"filter": "app_id = 3"}, "filter", "filter: app_id takes a UUID"),
    (
        *("tenants", "ListTenants", {"filter": "x" * 4097}),
        *("filter", "filter: it is longer than 4096 bytes"),
    ),
    ("pools", "CreatePool", {"region": REGION}, "kind", "kind is required"),
    ("pools", "CreatePool", {"kind": 1}, "region", "region is required"),
    ("pools", "CreatePool", {"kind": 1, "region": "mars-north-1"}, "region", "region is not known"),
    ("pools", "GetRoute", {"tenant_id": "x"}, "tenant_id", 'tenant_id is not a UUID: "x"'),
    ("audit", "VerifyLedger", {"tenant_id": "x"}, "tenant_id", 'tenant_id is not a UUID: "x"'),
    ("audit", "VerifyLedger", {}, "tenant_id", "tenant_id is required"),
    ("audit", "ListEntries", {"filter": "name = 1"}, "filter", "filter: there is no field name"),
    (
        *("operators", "CreateOperator", {"email": "bob", "name": "Bo", "password": PASSWORD}),
        *("email", 'email is not an e-mail address: "bob"'),
    ),
    (
        *("operators", "CreateOperator"),
        {"email": "b@x.example", "name": "Bo", "password": "short"},
        *("password", "password is 5 characters; at least 12 are needed"),
    ),
    (
        *("operators", "CreateOperator"),
        {"email": "b@x.example", "name": "Bo", "password": "password123456"},
        *("password", "password is made of common passwords"),
    ),
    ("operators", "GrantRole", {"operator_id": MISSING, "role": 1}, "reason", "reason is required"),
    (
        *("operators", "GrantRole", {"operator_id": MISSING, "reason": "x"}),
        *("role", "role is required"),
    ),
    (
        *("members", "CreateMember", {"tenant_id": "{tenant}", "email": "m@x.example"}),
        *("password", "password is required"),
    ),
]

# service, method, fields; the status, the reason and the sentence.
REFUSALS = [
    (
        *("tenants", "CreateTenant", {**TENANT, "app_id": MISSING}),
        *("NOT_FOUND", "APP_NOT_FOUND", f"App {MISSING} not found; create the App first"),
    ),
    (
        *("tenants", "CreateTenant", {**TENANT, "reseller_id": MISSING}),
        *("NOT_FOUND", "RESELLER_NOT_FOUND"),
        f"Reseller {MISSING} not found; create the Reseller first",
    ),
    (
        *("tenants", "GetTenant", {"tenant_id": MISSING}),
        *("NOT_FOUND", "NOT_FOUND", f"tenant {MISSING} not found"),
    ),
    (
        *("tenants", "SuspendTenant", {"tenant_id": MISSING, "reason": "x"}),
        *("NOT_FOUND", "NOT_FOUND", f"tenant {MISSING} not found"),
    ),
    (
        *("tenants", "SuspendTenant", {"tenant_id": "{provisioned}", "reason": "x"}),
        *("FAILED_PRECONDITION", "WRONG_STATE"),
        "the tenant is provisioned; only a trial or active tenant can be suspended",
    ),
    (
        *("tenants", "ActivateTenant", {"tenant_id": "{tenant}"}),
        *("FAILED_PRECONDITION", "WRONG_STATE"),
        "the tenant is active; only a provisioned or trial tenant can be activated",
    ),
    (
        *("tenants", "ReinstateTenant", {"tenant_id": "{tenant}"}),
        *("FAILED_PRECONDITION", "WRONG_STATE"),
        "the tenant is active; only a suspended tenant can be reinstated",
    ),
    (
        *("tenants", "CancelOffboarding", {"tenant_id": "{tenant}"}),
        *("FAILED_PRECONDITION", "WRONG_STATE"),
        "the tenant is active; only an offboarding tenant can have its offboarding cancelled",
    ),
    ("audit", "VerifyLedger", {"tenant_id": MISSING}, "NOT_FOUND", "NOT_FOUND", MISSING),
    ("pools", "GetPool", {"kind": 1, "index": 99_999}, "NOT_FOUND", "NOT_FOUND", "not found"),
    (
        *("operators", "GrantRole", {"operator_id": MISSING, "role": 1, "reason": "x"}),
        *("NOT_FOUND", "NOT_FOUND", f"operator {MISSING} not found"),
    ),
    (
        *("operators", "RevokeRole", {"operator_id": "{superuser}", "role": 4, "reason": "x"}),
        *("FAILED_PRECONDITION", "LAST_SUPERUSER"),
        "the last superuser cannot be revoked; grant superuser to another first",
    ),
]


@pytest.fixture(scope="module")
def known(people):
    """What the places in braces stand for."""
    return {
        "{app}": people.app,
        "{tenant}": people.tenant,
        "{provisioned}": people.add_tenant("Bad input", "provisioned"),
        "{superuser}": people.root.call("identity", "WhoAmI").id,
    }


def filled(fields, known):
    return {
        name: known.get(value, value) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def case(row):
    service, method, fields = row[:3]
    shown = {n: v if len(str(v)) < 24 else str(v)[:20] + "…" for n, v in fields.items()}
    return f"{method} {shown}".replace("[", "(").replace("]", ")")


@pytest.mark.parametrize("row", FIELDS, ids=case)
def test_the_field_and_the_rule_are_named(people, known, row):
    service, method, fields, field, rule = row
    outcome = people.root.attempt(service, method, **filled(fields, known))
    assert outcome.code.name == INVALID, str(outcome)
    assert outcome.violations.get(field, "").startswith(rule), str(outcome)
    assert outcome.violations[field] in outcome.message


@pytest.mark.parametrize("row", REFUSALS, ids=case)
def test_the_reason_is_told(people, known, row):
    service, method, fields, code, reason, text = row
    outcome = people.root.attempt(service, method, **filled(fields, known))
    assert (outcome.code.name, outcome.reason) == (code, reason), str(outcome)
    assert text in outcome.message


@pytest.mark.parametrize("length", [1, 80])
def test_a_name_at_its_limit_is_taken(people, length):
    assert people.root.call("apps", "CreateApp", name="é" * length).name == "é" * length


# Page tokens


@pytest.fixture(scope="module")
def token(people):
    """A token of the list of tenants without a filter."""
    token = people.root.call("tenants", "ListTenants", page_size=1).next_page_token
    assert token
    return token


@pytest.mark.parametrize(
    ("service", "method", "more"),
    [
        ("apps", "ListApps", {}),
        ("resellers", "ListResellers", {}),
        ("operators", "ListOperators", {}),
        ("pools", "ListPools", {}),
        ("audit", "ListEntries", {}),
        ("tenants", "ListTenants", {"filter": "state = ACTIVE"}),
    ],
)
def test_a_page_token_of_another_list_is_refused(people, token, service, method, more):
    outcome = people.root.attempt(service, method, page_token=token, **more)
    rule = "page_token belongs to another list or other parameters"
    assert (outcome.code.name, outcome.violations) == (INVALID, {"page_token": rule})


def test_pages_of_one_show_every_tenant_once(people):
    everybody, pages, token = [], 0, ""
    while pages == 0 or token:
        page = people.root.call("tenants", "ListTenants", page_size=7, page_token=token)
        everybody += [tenant.tenant_id for tenant in page.tenants]
        pages, token = pages + 1, page.next_page_token
    assert len(everybody) == len(set(everybody)) and pages == -(-len(everybody) // 7)
    assert {people.tenant, people.other_tenant} <= set(everybody)


# request_id


def events_of(people, mesh, tenant, kind):
    mesh.drain()
    return people.root.call(
        "audit", "ListEntries", tenant_id=tenant, filter=f'type = "{kind}"'
    ).entries


def test_the_same_request_twice_is_answered_alike_and_recorded_once(people, mesh):
    fields = {"app_id": people.app, "display_name": "Twice", "region": REGION}
    fields["request_id"] = str(uuid.uuid4())
    first, second = (people.root.call("tenants", "CreateTenant", **fields) for _ in range(2))
    assert first == second
    assert len(events_of(people, mesh, first.tenant_id, "tenant.created.v1")) == 1
    assert len(events_of(people, mesh, first.tenant_id, "tenant.pool.assigned.v1")) == 1


def test_a_repeated_change_answers_the_first_answer_after_the_state_moved_on(people):
    tenant = people.add_tenant("Moved on", "provisioned")
    once = {"tenant_id": tenant, "request_id": str(uuid.uuid4())}
    first = people.root.call("tenants", "ActivateTenant", **once)
    people.root.call("tenants", "SuspendTenant", tenant_id=tenant, reason="chargeback")
    assert people.root.call("tenants", "ActivateTenant", **once) == first
    state = people.root.call("tenants", "GetTenantState", tenant_id=tenant).state
    assert state == tenants_pb2.SUSPENDED


@pytest.mark.parametrize("other", ["body", "method"])
def test_a_request_id_with_another_request_is_refused(people, other):
    once = str(uuid.uuid4())
    tenant = people.add_tenant("Reused", "provisioned")
    people.root.call("tenants", "ActivateTenant", tenant_id=tenant, request_id=once)
    if other == "body":
        next_one = ("ActivateTenant", {"tenant_id": people.add_tenant("Other", "provisioned")})
    else:
        next_one = ("ReinstateTenant", {"tenant_id": tenant})
    outcome = people.root.attempt("tenants", next_one[0], **next_one[1], request_id=once)
    assert (outcome.code.name, outcome.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")
    assert once in outcome.message


def test_two_callers_may_use_the_same_request_id(people):
    once = {"name": "Same id", "request_id": str(uuid.uuid4())}
    mine = people.root.call("apps", "CreateApp", **once)
    admin = people.at("operator", "admin").call("apps", "CreateApp", **once)
    assert mine.app_id != admin.app_id


def test_a_refused_request_may_be_sent_again_when_it_can_succeed(people):
    tenant = people.add_tenant("Again", "provisioned")
    once = {"tenant_id": tenant, "reason": "chargeback", "request_id": str(uuid.uuid4())}
    refused = people.root.attempt("tenants", "SuspendTenant", **once)
    assert refused.code == grpc.StatusCode.FAILED_PRECONDITION
    people.root.call("tenants", "ActivateTenant", tenant_id=tenant)
    assert people.root.call("tenants", "SuspendTenant", **once).state == tenants_pb2.SUSPENDED


def test_the_same_request_from_many_at_once_happens_once(people, mesh):
    fields = {"app_id": people.app, "display_name": "At once", "region": REGION}
    fields["request_id"] = str(uuid.uuid4())
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(
            pool.map(
                lambda _: people.root.attempt("tenants", "CreateTenant", **fields), range(12)
            )
        )
    assert {answer.code.name for answer in answers} == {"OK"}, [str(a) for a in answers]
    assert len({answer.response.tenant_id for answer in answers}) == 1
    tenant = answers[0].response.tenant_id
    assert len(events_of(people, mesh, tenant, "tenant.created.v1")) == 1


def test_one_of_many_who_change_a_state_at_once_wins(people, mesh):
    tenant = people.add_tenant("Race", "provisioned")
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        codes = list(
            pool.map(
                lambda _: people.root.attempt(
                    "tenants", "ActivateTenant", tenant_id=tenant, request_id=str(uuid.uuid4())
                ).code.name,
                range(12),
            )
        )
    assert sorted(codes) == ["FAILED_PRECONDITION"] * 11 + ["OK"]
    assert len(events_of(people, mesh, tenant, "tenant.activated.v1")) == 1

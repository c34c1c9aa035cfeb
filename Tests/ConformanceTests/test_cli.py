"""bin/tenantry, as a new user types it."""

import json
import uuid

import pytest
from kit.ledgers import damaged
from kit.mesh import free_port
from kit.people import FIRST, PASSWORD

MISSING = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def run(first_session):
    """Runs a command line, given as one text; answers how it ended."""
    mesh = first_session.mesh

    def run(line, *more, **options):
        return mesh.cli(*line.split(), *more, **options)

    return run


@pytest.fixture(scope="module")
def parsed(run):
    """Runs a command that must succeed with -o json, and answers what it printed."""

    def parsed(line, *more, **options):
        done = run(line, *more, "-o", "json", **options)
        assert done.returncode == 0, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    return parsed


@pytest.fixture(scope="module")
def tenant(first_session, parsed):
    """The tenant of the walk, suspended and reinstated."""
    app = parsed("apps create --name", "Acme CRM")["appId"]
    tenant = parsed(
        f"tenants create --app {app} --region eu-west-1 --display-name", "Globex"
    )
    assert (tenant["state"], tenant["tier"]) == ("PROVISIONED", "TIER_S")
    name = tenant["tenantId"]
    assert parsed(f"tenants activate {name}")["state"] == "ACTIVE"
    suspended = parsed(f"tenants suspend {name} --reason", "chargeback abuse, ticket 4711")
    assert suspended["reason"] == "chargeback abuse, ticket 4711"
    assert parsed(f"tenants reinstate {name}")["state"] == "ACTIVE"
    first_session.mesh.drain()
    return name


def test_setup_makes_the_first_operator_and_signs_in(first_session, parsed):
    assert first_session.setup.returncode == 0, first_session.setup.stderr
    me = parsed("whoami")
    assert (me["email"], me["name"]) == (FIRST["email"], FIRST["name"])
    assert me["roles"] == ["ROLE_SUPERUSER"]


def test_setup_prints_no_token(first_session, run):
    token = run("auth token").stdout.strip()
    assert len(token) > 30
    assert token not in first_session.setup.stdout + first_session.setup.stderr


def test_a_second_setup_is_a_conflict(first_session, run):
    words = ("setup --email eve@example.com --password-stdin --name", "Eve Else")
    done = run(*words, stdin=PASSWORD + "\n", profile="eve")
    assert done.returncode == 6 and "setup is over" in done.stderr


def test_the_walk_of_the_readme_ends_with_its_ledger(tenant, parsed):
    entries = parsed(f"audit list --tenant {tenant}")["entries"]
    assert [int(entry["sequence"]) for entry in entries] == list(range(1, len(entries) + 1))
    assert sorted(entry["event"]["type"] for entry in entries) == [
        "tenant.activated.v1",
        "tenant.created.v1",
        "tenant.pool.assigned.v1",
        "tenant.reinstated.v1",
        "tenant.suspended.v1",
    ]
    for event in (entry["event"] for entry in entries):
        assert event["requestId"] and event["ip"] in ("127.0.0.1", "::1")
        assert event["actor"]["name"] == FIRST["email"] and event["target"]["kind"] == "tenant"


def test_a_green_verification_ends_with_0(tenant, parsed, run):
    answer = parsed(f"audit verify --tenant {tenant}")
    assert answer["intact"] is True and answer["entryCount"] == answer["lastSequence"] == "5"
    assert len(answer["headHash"]) == 64
    assert "intact" in run(f"audit verify --tenant {tenant}").stderr


def test_a_red_verification_ends_with_8_and_names_the_sequence(first_session, tenant, run):
    change = "UPDATE audit.entry SET chain_hash = sha256(chain_hash) WHERE {second}"
    with damaged(first_session.mesh, tenant, change):
        done = run(f"audit verify --tenant {tenant}")
        assert done.returncode == 8 and "sequence 2" in done.stderr, done.stderr
        done = run(f"audit verify --tenant {tenant} -o json")
        assert done.returncode == 8
        assert json.loads(done.stdout)["damage"]["sequence"] == "2"
    assert run(f"audit verify --tenant {tenant}").returncode == 0


def test_tenants_are_listed_for_people_and_for_programs(tenant, parsed, run):
    rows = parsed("tenants list")["tenants"]
    assert tenant in [row["tenantId"] for row in rows]
    table = run("tenants list")
    assert table.returncode == 0 and "Globex" in table.stdout and tenant in table.stdout
    assert run("tenants list -o name").stdout.split() == [row["tenantId"] for row in rows]
    lines = run("tenants list -o jsonl").stdout.splitlines()
    assert [json.loads(line)["tenantId"] for line in lines] == [row["tenantId"] for row in rows]


def test_one_tenant_is_shown_with_its_state_and_its_route(tenant, parsed):
    assert parsed(f"tenants get {tenant}")["displayName"] == "Globex"
    assert parsed(f"tenants state {tenant}")["state"] == "ACTIVE"
    assert parsed(f"pools route {tenant}")["tenantId"] == tenant


def test_json_is_stable(tenant, run):
    first, second = (run(f"tenants get {tenant} -o json").stdout for _ in range(2))
    assert first == second


def test_status_shows_every_process_as_healthy(parsed, run):
    processes = parsed("status")["processes"]
    assert {p["health"] for p in processes} == {"HEALTH_SERVING"}
    assert len(processes) == 5 and all(p["version"] and p["address"] for p in processes)
    assert run("status").returncode == 0


def test_a_repeated_request_id_is_answered_once(parsed):
    once = str(uuid.uuid4())
    first = parsed(f"apps create --request-id {once} --name", "Once")
    assert parsed(f"apps create --request-id {once} --name", "Once") == first


def test_an_operator_signs_in_to_a_profile_of_its_own_and_out_again(parsed, run):
    made = parsed(
        "admin create-user --email linus@example.com --password-stdin --name",
        "Linus Pauling",
        stdin=PASSWORD + "\n",
    )
    done = run(
        "sign-in --email linus@example.com --password-stdin", stdin=PASSWORD, profile="linus"
    )
    assert done.returncode == 0, done.stderr
    assert parsed("whoami", profile="linus")["id"] == made["operatorId"]
    assert run("tenants list", profile="linus").returncode == 5
    grant = f"roles grant {made['operatorId']} viewer --reason"
    assert run(grant, "reads only").returncode == 0
    assert run("tenants list", profile="linus").returncode == 0
    assert run("sign-out", profile="linus").returncode == 0
    assert run("whoami", profile="linus").returncode == 4


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (2, "tenants frobnicate"),
        (2, "tenants create"),
        (2, "tenants get no-uuid"),
        (2, "tenants list --no-such-flag"),
        (2, "tenants list -o yaml"),
        (3, f"tenants get {MISSING}"),
        (3, f"tenants create --app {MISSING} --display-name X --region eu-west-1"),
        (4, "whoami --profile nobody"),
        (6, "tenants activate {tenant}"),
    ],
)
def test_the_exit_code_tells_one_failure_from_another(tenant, run, code, line):
    done = run(line.replace("{tenant}", tenant))
    assert done.returncode == code, f"{done.returncode}\n{done.stdout}{done.stderr}"
    assert done.stderr.startswith("error: ") and not done.stdout


def test_a_server_that_is_not_there_ends_with_7(first_session, run):
    nowhere = f"whoami --server https://localhost:{free_port()} --timeout 2s --ca"
    done = run(nowhere, str(first_session.mesh.edge.authority), TENANTRY_TOKEN="x")
    assert done.returncode == 7 and "cannot reach" in done.stderr


def test_an_empty_reason_is_refused_before_or_by_the_server(tenant, run):
    assert run(f"tenants suspend {tenant}").returncode == 2
    done = run(f"tenants suspend {tenant} --reason", "")
    assert done.returncode == 2 and "reason" in done.stderr


def test_an_unknown_app_is_told_in_the_words_of_the_server(run, tenant):
    done = run(f"tenants create --app {MISSING} --region eu-west-1 --display-name", "X")
    assert f"App {MISSING} not found; create the App first" in done.stderr


def test_help_and_version_need_no_mesh(run):
    for line in ("--help", "help", "tenants --help", "tenants create --help", "--version"):
        done = run(line)
        assert done.returncode == 0 and done.stdout, line


def test_the_doctor_finds_a_healthy_mesh_healthy(run):
    done = run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_up_changes_nothing_and_keeps_the_session(first_session, tenant, parsed):
    mesh = first_session.mesh
    names = ("audit", "edge", "identity-roles", "pool-router", "postgres", "tenants")
    before = {name: mesh.pid(name) for name in names}
    mesh.up()
    assert {name: mesh.pid(name) for name in names} == before
    assert parsed(f"tenants get {tenant}")["tenantId"] == tenant

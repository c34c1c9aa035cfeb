"""The ledger: whole, append-only for its own service, and red where somebody damaged it."""

import pytest
from kit.ledgers import OWNER, damaged
from tenantry.audit.v1 import audit_pb2

SERVICE = "tenantry_audit"

# What an owner of the tables may do to entry 2 of 4, and what verification says of it.
DAMAGES = {
    "an edited entry": (
        "UPDATE audit.entry SET bytes = set_byte(bytes, 40, (get_byte(bytes, 40) + 1) % 128)"
        " WHERE {second}",
        ("DAMAGE_KIND_EDITED", 2),
    ),
    "an edited entry with its leaf hashed anew": (
        # An empty detail more.
        "UPDATE audit.entry SET bytes = bytes || '\\x6200',"
        " leaf_hash = sha256('\\x00'::bytea || bytes || '\\x6200') WHERE {second}",
        ("DAMAGE_KIND_BROKEN_CHAIN", 2),
    ),
    "a missing entry": ("DELETE FROM audit.entry WHERE {second}", ("DAMAGE_KIND_DELETED", 2)),
    "a chain that does not follow": (
        "UPDATE audit.entry SET chain_hash = sha256(chain_hash) WHERE {second}",
        ("DAMAGE_KIND_BROKEN_CHAIN", 2),
    ),
    "an end that is cut off": (
        "DELETE FROM audit.entry WHERE tenant_id = '{tenant}' AND sequence = 4",
        ("DAMAGE_KIND_TRUNCATED", 4),
    ),
    "columns that differ from the bytes": (
        "UPDATE audit.entry SET actor_id = 'mallory' WHERE {second}",
        ("DAMAGE_KIND_COLUMNS_EDITED", 2),
    ),
}


@pytest.fixture(scope="module")
def tenant(people, mesh):
    """A tenant with exactly four entries in its ledger."""
    tenant = people.add_tenant("Ledger")
    people.root.call("tenants", "SuspendTenant", tenant_id=tenant, reason="chargeback")
    mesh.drain()
    assert verify(people, tenant).entry_count == 4
    return tenant


def verify(people, tenant):
    return people.root.call("audit", "VerifyLedger", tenant_id=tenant)


def test_a_whole_ledger_verifies_with_range_count_and_head(people, mesh, tenant):
    answer = verify(people, tenant)
    assert answer.intact and not answer.HasField("damage")
    assert (answer.first_sequence, answer.last_sequence, answer.entry_count) == (1, 4, 4)
    head = "SELECT encode(chain_hash, 'hex') FROM audit.head"
    assert mesh.sql(f"{head} WHERE tenant_id = '{tenant}'") == [[answer.head_hash]]


def test_entries_say_who_did_what_to_whom_from_where(people, tenant):
    entries = people.root.call("audit", "ListEntries", tenant_id=tenant).entries
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    types = [entry.event.type for entry in entries]
    assert sorted(types) == [
        *("tenant.activated.v1", "tenant.created.v1"),
        *("tenant.pool.assigned.v1", "tenant.suspended.v1"),
    ]
    last = next(e.event for e in entries if e.event.type == "tenant.suspended.v1")
    assert last.actor.name == people.emails["superuser"]
    assert (last.target.kind, last.target.id, last.target.name) == ("tenant", tenant, "Ledger")
    assert (last.reason, last.source) == ("chargeback", "tenants")
    assert last.ip in ("127.0.0.1", "::1") and last.request_id
    assert [(d.name, d.value) for d in last.details] == [
        *(("from", "active"), ("to", "suspended"), ("cause", "other"))
    ]


@pytest.mark.parametrize("name", DAMAGES)
def test_verification_is_red_and_names_the_sequence(people, mesh, tenant, name):
    statement, (kind, sequence) = DAMAGES[name]
    with damaged(mesh, tenant, statement):
        answer = verify(people, tenant)
        assert not answer.intact
        assert audit_pb2.DamageKind.Name(answer.damage.kind) == kind, answer.damage
        assert answer.damage.sequence == sequence and answer.damage.description
    assert verify(people, tenant).intact


def test_damage_in_one_ledger_leaves_the_others_green(people, mesh, tenant):
    with damaged(mesh, tenant, DAMAGES["an edited entry"][0]):
        assert verify(people, people.tenant).intact
        assert verify(people, "platform").intact


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.entry SET type = 'x'",
        "DELETE FROM audit.entry",
        "TRUNCATE audit.entry",
        "UPDATE audit.head SET sequence = 0",
        "DELETE FROM audit.head",
        "INSERT INTO audit.head SELECT gen_random_uuid(), 0, sha256('x')",
        "ALTER TABLE audit.entry DISABLE TRIGGER ALL",
        "DROP TABLE audit.entry",
        "SET session_replication_role = replica",
    ],
)
def test_the_database_refuses_the_services_role(mesh, tenant, statement):
    done = mesh.psql(statement, SERVICE)
    assert done.returncode != 0
    assert "permission denied" in done.stderr or "must be owner" in done.stderr, done.stderr


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit.entry SET type = 'x'", "DELETE FROM audit.entry", "TRUNCATE audit.entry"],
)
def test_the_triggers_refuse_even_the_owner(mesh, tenant, statement):
    done = mesh.psql(statement, OWNER)
    assert done.returncode != 0 and "append-only" in done.stderr


def test_the_services_role_cannot_add_an_entry_that_leaves_a_gap(mesh, tenant):
    done = mesh.psql(
        "INSERT INTO audit.entry SELECT tenant_id, sequence + 5, format, bytes, leaf_hash,"
        " chain_hash, recorded_at, gen_random_uuid(), type, source, actor_id, on_behalf_of_id,"
        " target_kind, target_id, request_id, ip, occurred_at FROM audit.entry"
        f" WHERE tenant_id = '{tenant}' AND sequence = 4",
        SERVICE,
    )
    assert done.returncode != 0 and "would have a gap" in done.stderr


@pytest.mark.parametrize("role", ["tenantry_tenants", "tenantry_identity_roles"])
def test_no_other_service_reads_the_ledger(mesh, tenant, role):
    done = mesh.psql("SELECT count(*) FROM audit.entry", role)
    assert done.returncode != 0 and "permission denied" in done.stderr


def test_a_tenants_admin_verifies_its_own_ledger(people, mesh):
    mesh.drain()
    admin = people.at("tenant", "tenant admin")
    answer = admin.call("audit", "VerifyLedger")
    assert answer.intact and answer.tenant_id == people.tenant
    entries = admin.call("audit", "ListEntries", page_size=1000).entries
    assert entries and {entry.tenant_id for entry in entries} == {people.tenant}

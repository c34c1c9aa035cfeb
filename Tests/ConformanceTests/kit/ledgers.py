"""What the database holds at the end: the changes, and the ledgers that must tell the same."""

import collections
import contextlib
import dataclasses

from tenantry.events.v1 import event_pb2

# The event that each change of a tenant's state leaves.
EVENT_OF = {
    "create": "tenant.created.v1",
    "start_trial": "tenant.trial.started.v1",
    "activate": "tenant.activated.v1",
    "suspend": "tenant.suspended.v1",
    "reinstate": "tenant.reinstated.v1",
    "offboard": "tenant.offboarding.started.v1",
    "cancel_offboarding": "tenant.offboarding.cancelled.v1",
    "complete_offboarding": "tenant.offboarded.v1",
}
# The role that owns the ledger's tables.
OWNER = "tenantry_audit_owner"

# The platform's ledger, as the tables name it.
PLATFORM = "00000000-0000-0000-0000-000000000000"


@dataclasses.dataclass(frozen=True)
class Change:
    """A row of tenant.transition."""

    epoch: int
    event: str
    before: str
    after: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Entry:
    """A row of audit.entry, as far as it concerns a tenant's state."""

    sequence: int
    event_id: str
    event: str
    request_id: str
    details: dict
    reason: str


def changes(mesh):
    """Each tenant's changes in the order of their epochs."""
    found = collections.defaultdict(list)
    for tenant, epoch, action, before, after, reason in mesh.sql(
        "SELECT tenant_id, epoch, action, coalesce(from_state, ''), to_state, reason"
        " FROM tenant.transition ORDER BY tenant_id, epoch"
    ):
        found[tenant].append(Change(int(epoch), EVENT_OF[action], before, after, reason))
    return found


def entries(mesh):
    """Each ledger's entries in the order of their sequence, from the bytes that were hashed."""
    found = collections.defaultdict(list)
    for tenant, sequence, content in mesh.sql(
        "SELECT tenant_id, sequence, encode(bytes, 'hex') FROM audit.entry"
        " ORDER BY tenant_id, sequence"
    ):
        event = event_pb2.Event.FromString(bytes.fromhex(content))
        details = {detail.name: detail.value for detail in event.details}
        found[tenant].append(
            Entry(
                int(sequence), event.event_id, event.type, event.request_id, details, event.reason
            )
        )
    return found


def differences(mesh):
    """Where the ledgers do not tell exactly the changes that are there, in their order."""
    wrong = []
    made, told = changes(mesh), entries(mesh)
    kinds = set(EVENT_OF.values())
    for ledger, all_of_it in told.items():
        if [e.sequence for e in all_of_it] != list(range(1, len(all_of_it) + 1)):
            wrong.append(f"{ledger}: sequences have a gap")
    ids = collections.Counter(e.event_id for all_of_it in told.values() for e in all_of_it)
    wrong += [f"event {event} is there {n} times" for event, n in ids.items() if n > 1]
    for tenant in made.keys() | (told.keys() - {PLATFORM}):
        states = [entry for entry in told[tenant] if entry.event in kinds]
        expected = [(c.event, c.before, c.after) for c in made[tenant]]
        found = [
            (e.event, e.details.get("from", ""), e.details.get("to", "provisioned"))
            for e in states
        ]
        if expected != found:
            wrong.append(f"{tenant}: changed {expected}, the ledger has {found}")
        placed = sum(e.event == "tenant.pool.assigned.v1" for e in told[tenant])
        if placed != 1:
            wrong.append(f"{tenant}: placed {placed} times")
    return wrong


@contextlib.contextmanager
def damaged(mesh, tenant, statement):
    """The ledger with a damage by its owner, who makes it good again after the block."""
    second = f"tenant_id = '{tenant}' AND sequence = 2"
    statement = statement.replace("{second}", second).replace("{tenant}", tenant)
    mine = f"WHERE tenant_id = '{tenant}'"
    mesh.sql(f"CREATE TABLE audit.kept AS SELECT * FROM audit.entry {mine}", OWNER)
    try:
        as_owner(mesh, statement)
        yield
    finally:
        as_owner(
            mesh,
            f"DELETE FROM audit.entry {mine}; INSERT INTO audit.entry SELECT * FROM audit.kept",
        )
        mesh.sql("DROP TABLE audit.kept", OWNER)


def as_owner(mesh, statements):
    """Runs statements with the ledger's triggers out of the way, as only its owner can."""
    off = "ALTER TABLE audit.entry DISABLE TRIGGER USER;"
    on = (
        "ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_advances_head;"
        "ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_is_append_only;"
    )
    mesh.sql(f"BEGIN; {off} {statements}; {on} COMMIT", OWNER)

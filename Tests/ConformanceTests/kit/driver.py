"""A driver that changes tenants' lives at full speed while the mesh is being killed."""

import dataclasses
import random
import threading
import time
import uuid

import grpc
from tenantry.tenants.v1 import tenants_pb2

from kit.callers import Client
from kit.people import REGION

# The mesh's trouble, not the request's: the change may have happened or not.
UNCERTAIN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}

# From each state, what may be asked for next.
TURNS = {
    tenants_pb2.PROVISIONED: ("StartTrial", "ActivateTenant", "OffboardTenant"),
    tenants_pb2.TRIAL: ("ActivateTenant", "SuspendTenant", "OffboardTenant"),
    tenants_pb2.ACTIVE: ("SuspendTenant", "SuspendTenant", "OffboardTenant"),
    tenants_pb2.SUSPENDED: ("ReinstateTenant", "ReinstateTenant", "OffboardTenant"),
    tenants_pb2.OFFBOARDING: ("CancelOffboarding",),
}


@dataclasses.dataclass(frozen=True)
class Acknowledged:
    """A change that was answered with success."""

    tenant: str
    epoch: int
    state: int
    # The call that was answered; empty where an earlier call of the same request may have done it.
    request_id: str


class Driver:
    """One caller with tenants of its own.

    A patient one repeats a request, with its request_id, until it knows how it ended; the other
    kind gives up at the first trouble and looks where the tenant stands.
    """

    def __init__(self, edge, token, app, seed, patient):
        self.client = Client(edge, "operator", token)
        self.app, self.patient = app, patient
        self.random = random.Random(seed)
        self.tenants = {}
        self.acknowledged = []
        self.surprises = []
        self.troubles = {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def stop(self):
        """Ends after the change at hand."""
        self.ended.set()

    def join(self):
        self.thread.join()
        self.client.close()

    def _run(self):
        try:
            while not self.ended.is_set():
                if len(self.tenants) < 3 or self.random.random() < 0.02:
                    self._create()
                else:
                    self._turn(self.random.choice(list(self.tenants)))
        except Exception as error:  # Whatever it was, the test must hear of it.
            self.surprises.append(repr(error))

    def _create(self):
        outcome, is_first = self._ask(
            "CreateTenant",
            app_id=self.app,
            display_name=f"Driven {len(self.tenants)}",
            region=REGION,
        )
        if outcome is not None:
            self._note(outcome, is_first)

    def _turn(self, tenant):
        name = self.random.choice(TURNS[self.tenants[tenant]])
        reason = {"reason": "driven"} if name in ("SuspendTenant", "OffboardTenant") else {}
        outcome, is_first = self._ask(name, tenant_id=tenant, **reason)
        if outcome is not None and outcome.response is not None:
            self._note(outcome, is_first)
        else:
            self._look(tenant)

    def _note(self, outcome, is_first):
        tenant = outcome.response
        self.tenants[tenant.tenant_id] = tenant.state
        self.acknowledged.append(
            Acknowledged(
                tenant.tenant_id,
                tenant.epoch,
                tenant.state,
                outcome.request_id if is_first else "",
            )
        )

    def _ask(self, name, **fields):
        """Asks for a change; answers its outcome, None where that stays unknown, and whether the
        first call was the one that was answered."""
        fields["request_id"] = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        is_first = True
        while True:
            outcome = self.client.attempt("tenants", name, timeout=4, **fields)
            if outcome.code == grpc.StatusCode.OK:
                return outcome, is_first
            self.troubles[str(outcome)] = self.troubles.get(str(outcome), 0) + 1
            if outcome.code not in UNCERTAIN:
                self.surprises.append(f"{name}: {outcome}")
                return outcome, is_first
            if not self.patient:
                return None, is_first
            is_first = False
            time.sleep(self.random.uniform(0, 0.2))

    def _look(self, tenant):
        """Finds out where a tenant stands, however long that takes."""
        while True:
            outcome = self.client.attempt("tenants", "GetTenantState", timeout=4, tenant_id=tenant)
            if outcome.code == grpc.StatusCode.OK:
                # A call that was given up on may still be at work, so this may be overtaken.
                self.tenants[tenant] = outcome.response.state
                return
            if outcome.code not in UNCERTAIN:
                self.surprises.append(f"GetTenantState: {outcome}")
                return
            time.sleep(0.1)

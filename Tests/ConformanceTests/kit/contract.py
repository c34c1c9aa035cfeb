"""The contract as the protos say it: every method, its policy, and what follows for each role."""

import dataclasses
import functools
import importlib
import pathlib

from google.protobuf import message_factory
from tenantry.options.v1 import policy_pb2

PLANES = {
    "operator": (policy_pb2.PLANE_OPERATOR, policy_pb2.PLANE_BOTH),
    "tenant": (policy_pb2.PLANE_TENANT, policy_pb2.PLANE_BOTH),
}

# What the role operator may do beside reading, whether or not a method asks for it yet.
OPERATIONS = {"runs.trigger", "flows.pause", "keys.rotate", "calls.tap"}

# A tenant's ledger is for its admins.
FOR_TENANT_ADMINS = {"audit.read", "audit.verify"}


@dataclasses.dataclass(frozen=True)
class Method:
    """One method of the contract."""

    path: str
    policy: policy_pb2.Policy
    request: type
    response: type
    streams: bool

    @property
    def name(self):
        return self.path.rpartition(".")[2]

    def serves(self, plane):
        """Whether callers from outside reach it on the plane."""
        return self.policy.plane in PLANES[plane]

    @property
    def is_for_the_mesh_alone(self):
        return self.policy.plane == policy_pb2.PLANE_SERVICE

    def __hash__(self):
        return hash(self.path)


@functools.cache
def methods():
    """Every method that has a policy, by its path."""
    stubs = pathlib.Path(policy_pb2.__file__).parents[3]
    found = {}
    for file in sorted(stubs.glob("tenantry/*/v1/*_pb2.py")):
        name = ".".join(file.relative_to(stubs).with_suffix("").parts)
        descriptor = importlib.import_module(name).DESCRIPTOR
        for service in descriptor.services_by_name.values():
            for method in service.methods:
                path = f"/{service.full_name}/{method.name}"
                found[path] = Method(
                    path,
                    method.GetOptions().Extensions[policy_pb2.policy],
                    message_factory.GetMessageClass(method.input_type),
                    message_factory.GetMessageClass(method.output_type),
                    method.server_streaming,
                )
    return found


def permissions(plane):
    """The permissions that the methods of a plane ask for."""
    return {
        method.policy.permission
        for method in methods().values()
        if method.serves(plane) and method.policy.permission
    }


def reading_permissions(plane):
    """Those of them that open nothing but reading, on any plane."""
    writing = {
        method.policy.permission
        for method in methods().values()
        if method.policy.effect != policy_pb2.EFFECT_READ
    }
    return permissions(plane) - writing


def permissions_of(role):
    """What a role may do, worked out from the contract alone."""
    match role:
        case "nobody" | "no role":
            return set()
        case "viewer":
            return reading_permissions("operator") - OPERATIONS
        case "operator":
            return reading_permissions("operator") | OPERATIONS
        case "admin" | "superuser":
            return permissions("operator") | OPERATIONS
        case "tenant token":
            scoped = (m for m in methods().values() if m.policy.tenant_scoped)
            return {method.policy.permission for method in scoped}
        case "member":
            return reading_permissions("tenant") - FOR_TENANT_ADMINS
        case "tenant admin":
            return permissions("tenant")
    raise ValueError(role)

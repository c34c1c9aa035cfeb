"""Callers of a mesh: the stock gRPC client, and curl with JSON."""

import base64
import dataclasses
import json
import subprocess
import time

import grpc
from google.rpc import error_details_pb2, status_pb2

from kit import contract

SERVICES = {
    "identity": "tenantry.identity.v1.IdentityService",
    "operators": "tenantry.identity.v1.OperatorService",
    "members": "tenantry.identity.v1.MemberService",
    "tokens": "tenantry.identity.v1.TenantTokenService",
    "apps": "tenantry.tenants.v1.AppService",
    "resellers": "tenantry.tenants.v1.ResellerService",
    "tenants": "tenantry.tenants.v1.TenantService",
    "pools": "tenantry.pools.v1.PoolService",
    "audit": "tenantry.audit.v1.AuditService",
    "status": "tenantry.ops.v1.StatusService",
}


@dataclasses.dataclass
class Outcome:
    """How a call ended, as the client saw it."""

    code: grpc.StatusCode
    message: str = ""
    response: object = None
    headers: dict = dataclasses.field(default_factory=dict)
    trailers: dict = dataclasses.field(default_factory=dict)

    @property
    def details(self):
        """The typed details of a refusal."""
        status = status_pb2.Status()
        status.ParseFromString(self.trailers.get("grpc-status-details-bin", b""))
        return status.details

    def detail(self, kind):
        """The first detail of the kind; an empty one where there is none."""
        found = kind()
        for detail in self.details:
            if detail.Is(kind.DESCRIPTOR):
                detail.Unpack(found)
                break
        return found

    @property
    def reason(self):
        return self.detail(error_details_pb2.ErrorInfo).reason

    @property
    def violations(self):
        """Field to rule, for every fault of the request."""
        bad = self.detail(error_details_pb2.BadRequest)
        return {fault.field: fault.description for fault in bad.field_violations}

    @property
    def request_id(self):
        # A refusal without an answer has its headers among the trailers.
        name = "tenantry-request-id"
        return self.headers.get(name) or self.trailers.get(name, "")

    @property
    def shape(self):
        """All that a caller can see of a refusal: status, text, and each header with its length."""
        seen = {**self.headers, **self.trailers}
        return self.code.name, self.message, sorted((name, len(seen[name])) for name in seen)

    def __str__(self):
        told = {"reason": self.reason, "violations": self.violations}
        return f"{self.code.name}: {self.message} {({k: v for k, v in told.items() if v})}"


class Refused(Exception):
    """A call was refused that a test needs to succeed."""


class Client:
    """A stock gRPC client on one plane of one edge, with or without a token."""

    def __init__(self, edge, plane, token=None):
        self.edge, self.plane, self.token = edge, plane, token
        self.channel = grpc.secure_channel(
            f"localhost:{edge.port(plane)}",
            grpc.ssl_channel_credentials(edge.authority.read_bytes()),
            # A connection of its own for each client, and none that waits long after a failure.
            [("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 500)],
        )

    def with_token(self, token):
        """The same connection with another credential."""
        other = object.__new__(Client)
        other.__dict__.update(self.__dict__, token=token)
        return other

    def close(self):
        self.channel.close()

    def metadata(self):
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def try_path(self, path, request=b"", timeout=20, metadata=()):
        """Calls a path with bytes or a message and tells how it ended, whatever that is."""
        method = contract.methods().get(path)
        call = self.channel.unary_unary(
            path,
            request_serializer=lambda m: m if isinstance(m, bytes) else m.SerializeToString(),
            response_deserializer=method.response.FromString if method else None,
        )
        future = call.future(
            request, timeout=timeout, metadata=self.metadata() + tuple(metadata)
        )
        return outcome_of(future)

    def wait_for_connection(self, seconds=10):
        """Waits until the connection stands.

        The stock client works on a lost connection only while a call waits: calls that fail at
        once, one after the other, may starve its handshake until the server gives it up.
        """
        grpc.channel_ready_future(self.channel).result(timeout=seconds)

    def attempt(self, service, method, /, **fields):
        """Calls a method by its short name and tells how it ended."""
        path = f"/{SERVICES[service]}/{method}"
        options = {key: fields.pop(key) for key in ("timeout",) if key in fields}
        return self.try_path(path, contract.methods()[path].request(**fields), **options)

    def call(self, service, method, /, **fields):
        """Calls a method that must succeed, and answers its response.

        Who calls too often waits and calls again, as the edge asks.
        """
        outcome = self.attempt(service, method, **fields)
        for _ in range(100):
            if outcome.reason != "RATE_LIMITED":
                break
            time.sleep(0.1)
            outcome = self.attempt(service, method, **fields)
        if outcome.code != grpc.StatusCode.OK:
            raise Refused(f"{service}.{method}: {outcome}")
        return outcome.response


def outcome_of(future):
    """How a call that was started ends."""
    try:
        response = future.result()
        code, message = grpc.StatusCode.OK, ""
    except grpc.FutureCancelledError:
        return Outcome(grpc.StatusCode.CANCELLED)
    except grpc.RpcError as error:
        response, code, message = None, error.code(), error.details()
    return Outcome(
        code,
        message,
        response,
        dict(future.initial_metadata() or ()),
        dict(future.trailing_metadata() or ()),
    )


@dataclasses.dataclass
class Page:
    """What curl got: the HTTP status, the headers' and the body's sizes, and the body."""

    status: int
    version: str
    header_size: int
    size: int
    body: str
    headers: dict

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        for detail in self.json.get("details", []):
            if detail["type"] == "google.rpc.ErrorInfo":
                value = base64.b64decode(detail["value"] + "==")
                return error_details_pb2.ErrorInfo.FromString(value).reason
        return ""

    @property
    def violations(self):
        for detail in self.json.get("details", []):
            if detail["type"] == "google.rpc.BadRequest":
                value = base64.b64decode(detail["value"] + "==")
                bad = error_details_pb2.BadRequest.FromString(value)
                return {fault.field: fault.description for fault in bad.field_violations}
        return {}

    @property
    def shape(self):
        return self.status, self.header_size, self.size, self.body


def curl(edge, plane, path, body=None, token=None, verb=None, headers=()):
    """One request by curl over HTTP/2, as a script would send it."""
    command = ["curl", "-sS", "--http2", "--cacert", str(edge.authority), "-m", "20", "-i"]
    command += ["-w", "\n%{http_code} %{http_version} %{size_header} %{size_download}"]
    for header in ("content-type: application/json", *headers):
        command += ["-H", header]
    if token:
        command += ["-H", f"authorization: Bearer {token}"]
    if body is not None:
        command += ["-d", body if isinstance(body, str) else json.dumps(body)]
    if verb:
        command += ["-X", verb]
    command.append(edge.url(plane, path))
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    output, _, facts = output.rpartition("\n")
    head, _, text = output.replace("\r\n", "\n").partition("\n\n")
    lines = [line.partition(": ") for line in head.splitlines()[1:]]
    status, version, header_size, size = facts.split()
    return Page(
        int(status), version, int(header_size), int(size), text, {n: v for n, _, v in lines}
    )

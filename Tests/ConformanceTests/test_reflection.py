"""Server reflection as stock tools use it: a client that has no schema of its own."""

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

# The packages of the two versions, whose messages are the same.
VERSIONS = ["v1", "v1alpha"]


@pytest.fixture(name="tenants")
def _tenants(mesh):
    with grpc.insecure_channel(f"unix:{mesh.home}/run/tenants.sock") as channel:
        yield channel


def ask(channel, version, **question):
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    return next(call(iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=10))


@pytest.mark.parametrize("version", VERSIONS)
def test_reflection_lists_the_services_of_a_process(tenants, version):
    answer = ask(tenants, version, list_services="")
    names = {service.name for service in answer.list_services_response.service}
    assert "tenantry.tenants.v1.TenantService" in names
    assert "grpc.health.v1.Health" in names
    assert f"grpc.reflection.{version}.ServerReflection" in names
    assert "tenantry.audit.v1.AuditService" not in names


@pytest.mark.parametrize("version", VERSIONS)
def test_reflection_does_not_know_what_is_not_there(tenants, version):
    answer = ask(tenants, version, file_containing_symbol="no.Such")
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_a_client_without_a_schema_calls_a_method_that_it_was_told_about(tenants):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(tenants))
    service = pool.FindServiceByName("tenantry.ops.v1.ProcessService")
    method = service.FindMethodByName("GetProcess")
    request = message_factory.GetMessageClass(method.input_type)()
    response = message_factory.GetMessageClass(method.output_type)
    call = tenants.unary_unary(
        f"/{service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=response.FromString,
    )
    assert call(request, timeout=10).name == "tenants"

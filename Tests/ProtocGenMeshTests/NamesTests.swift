import Testing

@testable import ProtocGenMesh

@Suite struct NamesTests {
  @Test(
    "a package is a namespace without the product's name",
    arguments: [
      ("tenantry.tenants.v1", "TenantsV1"), ("google.protobuf", "GoogleProtobuf"),
      ("grpc.reflection.v1alpha", "GrpcReflectionV1alpha"), ("tenantry", "Tenantry"),
    ])
  func namespaces(_ package: String, _ name: String) {
    #expect(SwiftNames.namespace(package) == name)
  }

  @Test(
    "a field is in lowerCamelCase, with what is an abbreviation in capitals",
    arguments: [
      ("display_name", "displayName"), ("tenant_id", "tenantID"), ("tenant_ids", "tenantIDs"),
      ("id", "id"), ("source_ip", "sourceIP"), ("url", "url"), ("type_url", "typeURL"),
      ("in", "`in`"), ("default", "`default`"), ("unknown_fields", "unknownFields_"),
    ])
  func members(_ field: String, _ name: String) {
    #expect(SwiftNames.member(field) == name)
  }

  @Test(
    "an enum's values lose the enum's name, unless it has to stay",
    arguments: [
      (["TIER_UNSPECIFIED", "TIER_S"], ["unspecified", "s"]),
      (["TIER_UNSPECIFIED", "ACTIVE"], ["unspecified", "active"]),
      (["TIER_ZERO", "TIER_1ST"], ["zero", "tier1st"]),
      (["TIER_A", "A"], ["tierA", "a"]),
    ])
  func cases(_ values: [String], _ names: [String]) {
    let type = EnumSchema(
      fullName: "a.Tier", name: "Tier", package: "a", comment: "",
      values: values.enumerated().map {
        EnumValueSchema(name: $1, number: Int32($0), comment: "")
      })
    #expect(SwiftNames.cases(type) == names)
  }

  @Test("a type that Swift keeps for itself gets another name")
  func reservedTypes() {
    #expect(
      SwiftNames.qualified("google.protobuf.Any", package: "google.protobuf")
        == "GoogleProtobuf.AnyMessage")
    #expect(
      SwiftNames.qualified("a.b.Thing.Type", package: "a.b", isEnum: true) == "AB.Thing.TypeEnum")
  }

  @Test("names in C are those that protoc-c makes")
  func cNames() {
    #expect(CNames.type("tenantry.tenants.v1.ListApps") == "Tenantry__Tenants__V1__ListApps")
    #expect(CNames.functions("a.v1.ListApps.IPRange") == "a__v1__list_apps__iprange")
    #expect(CNames.field("Class") == "class_")
    #expect(CNames.oneofCase("nextStep") == "next_step_case")
  }

  @Test("text becomes a literal that means the same")
  func literals() {
    #expect("a\"\\\n\u{1}é".literal == #""a\"\\\n\u{1}é""#)
  }
}

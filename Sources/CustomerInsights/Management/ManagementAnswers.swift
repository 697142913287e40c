package import Policy
import JSONStream

/// Bodies of management reads that need no row of Dataverse: from the configuration, and from what a scope of the policy
/// lets be known of the mapping's entities. UTF-8 JSON without an envelope, in the members of the old API; what is not
/// known is `null`.
package struct ManagementAnswers: Sendable {
  /// Narrowed to what the scope may know.
  let mapping: LegacyMapping
  let scope: ScopeRule
  /// All of the gateway.
  let instances: [LegacyInstance]
  /// Scheme, host and port of the gateway.
  let origin: String
  let words: ManagementWords

  /// - Parameters:
  ///   - mapping: narrowed to what `scope` may know.
  ///   - origin: scheme, host and port that links begin with.
  package init(
    mapping: LegacyMapping, scope: ScopeRule, instances: [LegacyInstance], origin: String, front: LegacyRoute.Front
  ) {
    self.mapping = mapping
    self.scope = scope
    self.instances = instances
    self.origin = origin
    words = ManagementWords(front: front)
  }

  // MARK: Instances

  /// `GET /instances`: an array of `InstanceInfo`.
  package func instanceList() -> [UInt8] {
    var out = JSONWriter()
    out.beginArray()
    for instance in instances {
      out.beginObject()
      out.member("instanceId", instance.id)
      out.member("name", instance.friendlyName)
      out.member("instanceType", words.word(instance.instanceType))
      out.nulls(["expiryTimeUtc", "maxTrialExtensionsAllowed", "trialExtensionHistory"])
      out.member("scaleUnitId", instance.scaleUnitID)
      // Clients of the global host send their reads there.
      out.member("scaleUnitUri", origin)
      out.member("region", instance.region)
      out.member("azureRegion", instance.azureRegion)
      out.nulls(["platformType"])
      out.member("tenantId", instance.tenantID)
      out.member("tenantName", instance.tenantName)
      out.endObject()
    }
    out.endArray()
    return out.take()
  }

  /// `GET /instances/{id}`: `InstanceMetadata`.
  package func instance(_ instance: LegacyInstance) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.member("instanceId", instance.id)
    out.member("name", instance.friendlyName)
    out.member("provisioningState", words.word("active"))
    out.member("instanceType", words.word(instance.instanceType))
    out.member("region", instance.region)
    out.member("azureRegion", instance.azureRegion)
    out.name("isB2B")
    out.bool(instance.isB2B)
    out.name("isB2C")
    out.bool(!instance.isB2B)
    out.name("cdsOrgInfo")
    out.beginObject()
    out.member("friendlyName", instance.friendlyName)
    out.member("url", instance.organizationURL)
    out.nulls(["state", "location", "environmentSku"])
    out.endObject()
    out.nulls([
      "expiryTimeUtc", "maxTrialExtensionsAllowed", "trialExtensionHistory", "refreshSchedule", "platformType",
      "version",
    ])
    out.endObject()
    return out.take()
  }

  // MARK: Fixed

  /// `GET …/rbac/myrole`: `RoleAssignment`. Whoever may read here is what the old service called a viewer.
  package func role(instanceID: String) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.nulls(["principalId"])
    out.member("principalType", words.word("app"))
    out.name("roles")
    out.beginArray()
    out.string("Viewer")
    out.endArray()
    out.member("instanceId", instanceID)
    out.endObject()
    return out.take()
  }

  /// `GET …/profilestore/stateinfo`: `ProfileStoreStateInfo`. The store that answers reads is Dataverse, which takes
  /// queries at any time; of the pipeline behind it nothing is known.
  package func storeState(instanceID: String) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.nulls(["ingestionTime"])
    out.name("primaryInfo")
    out.beginObject()
    out.member("currentState", words.word("queryable"))
    out.nulls(["rowCount", "size"])
    out.endObject()
    out.nulls(["secondaryInfo"])
    out.member("instanceId", instanceID)
    out.endObject()
    return out.take()
  }
}

/// Words of enumerations: the front of 2020 spells them with a small letter first, the hosts before it with a capital.
struct ManagementWords: Sendable {
  let front: LegacyRoute.Front

  func word(_ word: String) -> String {
    guard let first = word.first else { return word }
    return (front == .api ? first.uppercased() : first.lowercased()) + word.dropFirst()
  }
}

extension JSONWriter {
  mutating func member(_ name: String, _ value: String?) {
    self.name(name)
    if let value { string(value) } else { null() }
  }

  mutating func member(_ name: String, _ value: Bool) {
    self.name(name)
    bool(value)
  }

  mutating func nulls(_ names: [String]) {
    for name in names { member(name, String?.none) }
  }
}

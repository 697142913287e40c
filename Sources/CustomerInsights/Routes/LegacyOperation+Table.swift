extension LegacyOperation {
  /// Every operation but data reads, by method and path, as the generated clients of all versions and the documentation
  /// of all years have them. Of two that match, the first counts.
  static let all: [LegacyOperation] =
    instances + entities + definitions + jobs + profiles + roles
    + [
      LegacyOperation("GET", "{id}/data", .dataService),
      LegacyOperation("GET", "{id}/data/$metadata", .dataModel),
      LegacyOperation("POST", "{id}/data/{entity}", .write(.rows)),
      LegacyOperation("PATCH", "{id}/data/{entity}/{row}", .write(.rows)),
    ]

  private static let instances = [
    LegacyOperation("GET", "", .instances),
    LegacyOperation("POST", "V2", .write(.instances)),
    LegacyOperation("POST", "copy", .write(.instances)),
    LegacyOperation("POST", "batch", .write(.instanceBatch)),
    LegacyOperation("GET", "{id}", .instance),
    LegacyOperation("DELETE", "{id}", .write(.instances)),
    LegacyOperation("PATCH", "{id}/V2", .write(.instances)),
    LegacyOperation("DELETE", "{id}/manage/reset", .write(.instances)),
    LegacyOperation("DELETE", "{id}/manage/reset/operationScope/{scope}", .write(.instances)),
  ]

  /// The documentation calls entities tables since 2023.
  private static let entities = ["entities", "tables"].flatMap { word in
    [
      LegacyOperation("GET", "{id}/manage/\(word)", .entities),
      LegacyOperation("GET", "{id}/manage/\(word)/{entity}", .entity),
      LegacyOperation("GET", "{id}/manage/\(word)/{entity}/entitysize", .entitySize),
    ]
  }

  private static let definitions: [LegacyOperation] =
    [
      LegacyOperation("GET", "{id}/manage/relationships", .absent(.relationships)),
      LegacyOperation("GET", "{id}/manage/relationships/{name}", .absent(.relationships)),
      LegacyOperation("GET", "{id}/manage/systemrelationships", .absent(.relationships)),
      LegacyOperation("GET", "{id}/manage/segments", .segments),
      LegacyOperation("PUT", "{id}/manage/segments/{name}/activate", .write(.definitions)),
      LegacyOperation("PUT", "{id}/manage/segments/{name}/deactivate", .write(.definitions)),
      LegacyOperation("GET", "{id}/manage/measures", .absent(.measures)),
      LegacyOperation("GET", "{id}/manage/measures/{name}", .absent(.measures)),
      LegacyOperation("GET", "{id}/manage/search", .searchConfiguration),
      LegacyOperation("PUT", "{id}/manage/search", .write(.definitions)),
      LegacyOperation("GET", "{id}/manage/datasources", .absent(.dataSources)),
      LegacyOperation("GET", "{id}/manage/datasources/{source}", .absent(.dataSources)),
      LegacyOperation("DELETE", "{id}/manage/datasources/{source}", .write(.dataSources)),
      LegacyOperation(
        "PATCH", "{id}/manage/datasources/{source}/entities/{entity}/entityInfo", .write(.dataSources)),
      LegacyOperation("GET", "{id}/manage/schema/entitySemanticLabels", .absent(.labels)),
      LegacyOperation("GET", "{id}/manage/schema/attributeSemanticLabels", .absent(.labels)),
      LegacyOperation("PATCH", "{id}/conflations/{conflation}/{part}", .write(.definitions)),
      LegacyOperation("GET", "{id}/hierarchies", .absent(.hierarchies)),
      LegacyOperation("GET", "{id}/hierarchies/{hierarchy}", .absent(.hierarchies)),
      LegacyOperation("POST", "{id}/hierarchies", .write(.definitions)),
      LegacyOperation("PATCH", "{id}/hierarchies/{hierarchy}", .write(.definitions)),
      LegacyOperation("DELETE", "{id}/hierarchies/{hierarchy}", .write(.definitions)),
    ]
    + ["relationships", "segments", "measures"].flatMap { word in
      [
        LegacyOperation("POST", "{id}/manage/\(word)", .write(.definitions)),
        LegacyOperation("PUT", "{id}/manage/\(word)/{name}", .write(.definitions)),
        LegacyOperation("DELETE", "{id}/manage/\(word)/{name}", .write(.definitions)),
      ]
    }

  /// The clients spell the base one way, the documentation the other.
  private static let jobs = ["workflows", "manage/workflows"].flatMap { base in
    [
      LegacyOperation("GET", "{id}/\(base)/{workflow}/jobs", .absent(.jobs)),
      LegacyOperation("GET", "{id}/\(base)/{workflow}/jobs/{job}", .absent(.jobs)),
      LegacyOperation("GET", "{id}/\(base)/{workflow}/history", .absent(.jobs)),
      LegacyOperation("GET", "{id}/\(base)/{workflow}/status", .absent(.jobs)),
      LegacyOperation("GET", "{id}/\(base)/{workflow}/schedules", .absent(.jobs)),
      LegacyOperation("GET", "{id}/\(base)/{workflow}/schedules/supportedTimezones", .absent(.jobs)),
      LegacyOperation("POST", "{id}/\(base)/{workflow}/jobs", .write(.jobs)),
      LegacyOperation("POST", "{id}/\(base)/{workflow}/jobs/{job}/cancel", .write(.jobs)),
      LegacyOperation("POST", "{id}/\(base)/{workflow}/schedules", .write(.jobs)),
      LegacyOperation("POST", "{id}/\(base)/{workflow}/schedules/batch", .write(.jobs)),
    ]
  }

  private static let profiles = [
    LegacyOperation("GET", "{id}/profile/keyring", .keyring),
    LegacyOperation("GET", "{id}/profile/activityresponsemetadata", .absent(.activityCounts)),
    LegacyOperation("GET", "{id}/profilestore/stateinfo", .storeState),
    LegacyOperation("GET", "{id}/dataprofile/{entity}", .absent(.profiling)),
    LegacyOperation("GET", "{id}/dataprofile/{entity}/{attribute}", .absent(.profiling)),
  ]

  private static let roles = [
    LegacyOperation("GET", "{id}/rbac/myrole", .role),
    LegacyOperation("GET", "{id}/rbac/roles", .absent(.roles)),
    LegacyOperation("GET", "{id}/rbac/assignments", .absent(.roles)),
    LegacyOperation("PUT", "{id}/rbac/principals/{principal}/assignment", .write(.roles)),
    LegacyOperation("DELETE", "{id}/rbac/principals/{principal}/assignment", .write(.roles)),
  ]
}

import ODataURL

/// Rules on paths: every function of the service is a GET, and what most of them do no query tells.
extension ServiceRules {
  static func checkPath(_ path: [PathSegment], _ resolution: Resolution, into findings: inout [ServiceFinding]) {
    func refuse(_ span: Span, _ message: String, _ remedy: String) {
      findings.append(ServiceFinding(rule: "DV014", span: span, message: message, remedy: remedy))
    }
    for (index, segment) in path.enumerated() {
      switch segment.kind {
      case .function(let name, _, _):
        let risk = index == 0 ? ServiceFunction.risk(of: name) : nil
        refuse(
          segment.span,
          risk?.message ?? "This calls a function: functions can write, run custom code and read any table.",
          risk?.remedy ?? "Read an entity set.")
      case .name(let name, _) where index == 0 && resolution.root.table == nil:
        // Brackets may be left out, and arguments look like a key.
        guard let risk = ServiceFunction.risk(of: name) else { continue }
        refuse(segment.span, risk.message, risk.remedy)
      case .qualified:
        refuse(segment.span, "A segment with a dot calls a function or casts a type.", "Read an entity set.")
      case .keyword("$batch"):
        refuse(segment.span, "$batch hides many requests in one.", "Send each read as a request of its own.")
      default: continue
      }
    }
  }
}

/// Unbound functions that every organization has, by what is wrong with passing them on: they run as the account that
/// the gateway signs in with, and have neither columns nor rows that a policy could speak of.
enum ServiceFunction {
  enum Risk: CaseIterable {
    case account, count, query, history, write, secret, export, fact

    var message: String {
      switch self {
      case .account: "This function tells of the account that the gateway signs in with, not of the caller."
      case .count: "This function counts the rows of whole tables, past every row filter."
      case .query: "This function takes a whole query that is not looked at."
      case .history: "This function tells earlier or unpublished values of any row."
      case .write: "This function writes."
      case .secret: "This function tells what nobody outside may know."
      case .export: "This function exports whole documents."
      case .fact: "This function tells of the organization, not of rows."
      }
    }

    var remedy: String {
      switch self {
      case .account: "To see whether the gateway answers, read its service root."
      case .count: "Read {entity set}/$count."
      case .query: "Write the query with $select and $filter."
      case .history, .write, .secret, .export, .fact: "Read an entity set."
      }
    }

    fileprivate var names: String {
      switch self {
      case .account:
        """
        WhoAmI RetrieveCurrentOrganization RetrieveUserPrivileges RetrieveTeamPrivileges RetrievePrivilegeSet
        RetrieveRolePrivilegesRole RetrievePrincipalAccess RetrievePrincipalAttributePrivileges
        RetrieveSharedPrincipalsAndAccess RetrieveAllChildUsersSystemUser RetrieveLicenseInfo
        """
      case .count: "RetrieveTotalRecordCount"
      case .query:
        """
        ExecuteCosmosSqlQuery Rollup RetrieveDuplicates RetrieveEntityChanges FetchXmlToQueryExpression
        SearchByBodyKbArticle SearchByKeywordsKbArticle SearchByTitleKbArticle
        """
      case .history:
        """
        RetrieveRecordChangeHistory RetrieveAttributeChangeHistory RetrieveAuditDetails RetrieveUnpublished
        RetrieveUnpublishedMultiple
        """
      case .write: "IncrementKnowledgeArticleViewCount CalculateRollupField"
      case .secret: "RetrieveDataEncryptionKey GetComponentManagedIdentityFIC"
      case .export:
        "ExportFieldTranslation DownloadReportDefinition RetrieveFormattedImportJobResults RetrieveParsedDataImportFile"
      case .fact:
        "RetrieveVersion RetrieveTimestamp RetrieveAvailableLanguages GetAllTimeZonesWithDisplayName FormatAddress"
      }
    }
  }

  /// Of a function by its name, case-sensitive; `nil` for names that are not known to be one.
  static func risk(of name: String) -> Risk? { byName[name] }

  private static let byName: [String: Risk] = Dictionary(
    Risk.allCases.flatMap { risk in risk.names.split(whereSeparator: \.isWhitespace).map { (String($0), risk) } },
    uniquingKeysWith: { first, _ in first })
}

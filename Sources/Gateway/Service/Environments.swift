import CustomerInsights
import Identity
import Planning
import Policy
import YAMLFile

/// What the gateway has of one organization for as long as it runs: the way there and what it costs. A class: each
/// remembered plan refers to one.
final class OrganizationService: Sendable {
  /// In the configuration.
  let name: String
  let fetcher: Fetcher
  /// What each caller may ask of this organization.
  let budget: CallerBudget
  /// Names the organization, and whose rights it is read with, and the origin of our links: answers are kept under it,
  /// so that those of two organizations never meet.
  let service: String

  /// What paging tokens of its answers are bound to: the key of the seal may outlive a change of organization, and is
  /// the same for all.
  let tokenContext: String

  /// - Parameters:
  ///   - reads: names the organization, and whose rights it is read with.
  ///   - origin: of links in answers.
  init(name: String, fetcher: Fetcher, budget: CallerBudget, reads: String, origin: String) {
    self.name = name
    self.fetcher = fetcher
    self.budget = budget
    tokenContext = "\(name) \(reads)"
    service = "\(name) \(reads) \(origin)"
  }
}

/// An organization with the rules that its requests are judged and translated by: one for each mapping in use.
final class Environment: Sendable {
  /// Its place among all; the same after a reload.
  let index: Int
  let organization: OrganizationService
  let planner: QueryPlanner

  init(index: Int, organization: OrganizationService, planner: QueryPlanner) {
    self.index = index
    self.organization = organization
    self.planner = planner
  }
}

/// All environments, and which of them a request is for. Immutable: a reload makes a new value.
final class Environments: Sendable {
  /// That of the Dataverse dialect, and of paths that name no instance that is known: its planner refuses the latter,
  /// since each planner answers for the instances of its own environment alone.
  let dataverse: Environment
  /// By instance id in lower case.
  private let byInstance: [String: Environment]

  init(dataverse: Environment, byInstance: [String: Environment]) {
    self.dataverse = dataverse
    self.byInstance = byInstance
  }

  /// The environment that a request target in origin-form is for.
  func environment(for target: String) -> Environment {
    LegacyInstance.id(inTarget: target).flatMap { byInstance[$0] } ?? dataverse
  }
}

/// Makes environments of rules: at start, and with every reload.
struct EnvironmentMaker: Sendable {
  var plans: [EnvironmentPlan]
  /// In the order of the configuration.
  var organizations: [OrganizationService]
  var versions: Set<String>
  var origin: String
  var seal: PagingSeal
  /// What the list of instances tells, for all environments alike.
  var directory: [LegacyInstance]
  /// Where Dataverse queries can be sent that replace legacy ones, for each organization: here, unless its Dataverse is
  /// served by nobody but itself.
  var successors: [String?]

  /// - Parameter rules: for each plan, in their order.
  func environments(by rules: [RuleBook]) -> Environments {
    let made = zip(plans, rules).enumerated().map { index, pair in
      let (plan, rules) = pair
      let organization = organizations[plan.organization]
      return Environment(
        index: index, organization: organization,
        planner: QueryPlanner(
          policy: rules.policy, mapping: rules.mapping, instances: Instances(ids: plan.instances), origin: origin,
          tokens: SealedPagingTokens(seal: seal, organization: organization.tokenContext), versions: versions,
          directory: directory, successorOrigin: successors[plan.organization]))
    }
    var byInstance: [String: Environment] = [:]
    for (plan, environment) in zip(plans, made) {
      for id in plan.instances { byInstance[id] = environment }
    }
    return Environments(dataverse: made[0], byInstance: byInstance)
  }
}

/// Which files make the rules of an environment, and what it answers for.
struct EnvironmentPlan: Sendable {
  /// Index into the configuration's organizations.
  var organization: Int
  var policyFile: String?
  var mappingFile: String?
  var schemaFile: String?
  /// In lower case.
  var instances: [String]

  /// One for the Dataverse dialect first, then one for each further pair of organization and mapping that an instance
  /// has.
  /// - Parameter more: instances that come with the organization of the Dataverse dialect itself.
  static func all(of configuration: Configuration, more: [String]) -> [EnvironmentPlan] {
    func place(_ name: String) -> Int { configuration.organizations.firstIndex { $0.name == name } ?? 0 }
    func plan(_ organization: Int, mappingFile: String?) -> EnvironmentPlan {
      EnvironmentPlan(
        organization: organization,
        policyFile: configuration.organizations[organization].policyFile ?? configuration.policyFile,
        mappingFile: mappingFile,
        schemaFile: configuration.organizations[organization].schemaFile ?? configuration.schemaFile, instances: [])
    }
    var plans = [plan(place(configuration.dataverse.organization), mappingFile: configuration.mappingFile)]
    plans[0].instances = more.map { $0.lowercased() }
    for instance in configuration.instances {
      let organization = place(instance.facts.organization)
      let mappingFile = instance.mappingFile ?? configuration.mappingFile
      if let known = plans.firstIndex(where: { $0.organization == organization && $0.mappingFile == mappingFile }) {
        plans[known].instances.append(instance.facts.id)
      } else {
        plans.append(plan(organization, mappingFile: mappingFile))
        plans[plans.count - 1].instances = [instance.facts.id]
      }
    }
    return plans
  }

  /// The files of all, each once, in their order.
  static func files(of plans: [EnvironmentPlan]) -> [String] {
    var files: [String] = []
    for file in plans.flatMap({ [$0.policyFile, $0.mappingFile, $0.schemaFile] }).compactMap(\.self)
    where !files.contains(file) {
      files.append(file)
    }
    return files
  }
}

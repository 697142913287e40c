extension LegacyError {
  /// `errorCode` of what ends a plan that has used up what it may (``LegacyPlanLimits``).
  package static let planTooLargeCode = "planTooLarge"

  /// What the client is told of it: 400.
  /// - Parameter what: what the answer takes, with the limit that it passes.
  package static func planTooLarge(_ what: String) -> LegacyError {
    LegacyError(
      status: 400, errorCode: planTooLargeCode, message: "What answers this request \(what), which is the limit.",
      remedy: "Narrow the filter, or ask for fewer rows at once.")
  }
}

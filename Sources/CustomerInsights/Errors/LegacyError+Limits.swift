extension LegacyError {
  /// `errorCode` of what ends a plan that has used up what it may (``LegacyPlanLimits``).
  package static let planTooLargeCode = "planTooLarge"

  /// What the client is told of it: 400.
  /// - Parameter what: what the answer takes, with the limit that it passes.
  static func planTooLarge(_ what: String) -> LegacyError {
    LegacyError(
      status: 400, errorCode: planTooLargeCode, message: "What answers this request \(what), which is the limit.",
      remedy: "Narrow the filter, or ask for fewer rows at once.")
  }

  /// More reads than ``LegacyPlanLimits/reads``.
  package static func tooManyReads(_ limit: Int) -> LegacyError {
    planTooLarge("takes more than \(limit) reads of Dataverse")
  }

  /// More time than ``LegacyPlanLimits/milliseconds``.
  package static func tooMuchTime(_ milliseconds: Int) -> LegacyError {
    planTooLarge("takes longer than \(milliseconds) milliseconds")
  }

  /// What the client is told when a plan's time is over and nothing has come: 504, in the words of any other read that is
  /// not answered. No filter would help.
  static let noAnswer = LegacyError(
    status: 504, errorCode: "upstream.timeout", message: "The organization could not be reached or did not answer.")
}

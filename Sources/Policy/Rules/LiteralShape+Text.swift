extension LiteralShape {
  /// The PCRE2 pattern as the policy writes it, for whoever compares policies.
  package var patternText: String? { pattern?.text }
}

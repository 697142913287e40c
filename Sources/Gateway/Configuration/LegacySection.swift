import YAMLFile

/// The `legacy` section: what answers of the legacy API say of its end, and how often it may be called.
enum LegacySection {
  private static let form = "Write it as 2026-12-31; it stands for the beginning of that day in UTC."

  static func read(_ root: MappingReader, _ reader: SettingsReader) -> Configuration.Legacy {
    var legacy = Configuration.Legacy()
    ConfigurationLoader.section(root, "legacy") { section in
      let deprecation = reader.setting(section, "deprecation", variable: "SLUICE_LEGACY_DEPRECATION")
      if deprecation?.text == "off" {
        legacy.deprecation = nil
      } else if let day = day(deprecation, reader) {
        legacy.deprecation = day
      }
      let sunset = reader.setting(section, "sunset", variable: "SLUICE_LEGACY_SUNSET")
      legacy.sunset = day(sunset, reader)
      if let sunset, let end = legacy.sunset, let start = legacy.deprecation, end < start {
        reader.report(
          sunset, "The legacy API would end before it is deprecated.",
          help: "`sunset` is not before `deprecation` (RFC 9745, section 4).")
      }
      var calls: Setting?
      var period: Setting?
      section?.mapping("throttle") { throttle in
        calls = reader.setting(throttle, "calls", variable: "SLUICE_LEGACY_CALLS")
        period = reader.setting(throttle, "period")
      }
      calls = calls ?? reader.setting(nil, "calls", variable: "SLUICE_LEGACY_CALLS")
      legacy.calls.calls = reader.int(calls, in: 0...10_000) ?? legacy.calls.calls
      legacy.calls.period = reader.duration(period, in: 1000...3_600_000) ?? legacy.calls.period
    }
    return legacy
  }

  /// Unix seconds of the beginning of a day.
  private static func day(_ setting: Setting?, _ reader: SettingsReader) -> Int64? {
    guard let setting else { return nil }
    let parts = setting.text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
      let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2]),
      let seconds = CivilTime.unixSeconds(year: year, month: month, day: day), seconds >= 0
    else {
      reader.report(setting, "This is not a day.", help: form)
      return nil
    }
    return seconds
  }
}

import ArgumentParser
import Identity

/// `sluice hash-key`: the form in which a subscription key stands in the configuration.
struct HashKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hash-key",
    abstract: "Read a subscription key from standard input and print the hash that the configuration wants.",
    discussion: "The key is read from standard input so that it appears in no process list and no shell history.")

  func run() throws {
    guard let key = readLine(strippingNewline: true), !key.isEmpty else {
      Sluice.complain("sluice: no key on standard input; try: printf %s \"$KEY\" | sluice hash-key")
      throw ExitCode(1)
    }
    guard !key.unicodeScalars.contains("\u{FFFD}") else {
      Sluice.complain("sluice: the key is not UTF-8 text, which is all that a header field can carry here.")
      throw ExitCode(1)
    }
    print(SubscriptionKeys.hash(ofKey: key))
  }
}

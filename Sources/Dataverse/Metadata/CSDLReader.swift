import Foundation
import FoundationXML

/// Reads a CSDL 4.0 document in XML (`$metadata` of Dataverse, or a schema file of ``CSDLWriter``) as it comes.
///
/// The document comes from outside and may be tens of megabytes long: it is parsed in chunks, only what is wanted of it
/// is kept, and everything about it is limited. A document type declaration is refused, and with it every entity that
/// is not XML's own. Names that could not stand in a URL are left out with a note.
package enum CSDLReader {
  /// What is kept of a document.
  package enum Selection: Sendable {
    case everything
    /// Tables by logical name or entity set name, and with `neighbours` those that they navigate to.
    case tables(Set<String>, neighbours: Bool)
  }

  package struct Limits: Sendable {
    /// Bytes of a document: 256 MiB.
    package var bytes = 256 << 20
    /// Bytes from one `<` to the next: of a tag with the text behind it. Bounds names, attributes, comments.
    package var markupBytes = 65_536
    /// Elements inside one another.
    package var depth = 32
    /// Entity types that are kept.
    package var tables = 20_000
    /// Properties of one table, inherited ones included.
    package var columns = 4096
    /// Navigation properties of one table, inherited ones included: tables of users and teams have thousands.
    package var navigations = 65_536
    /// Properties and navigation properties that are kept altogether.
    package var members = 1_000_000
    /// Entity sets, and names of functions.
    package var names = 65_536

    package init() {}
  }

  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The source gave an error instead of bytes.
    case unreadable(String)
    /// Longer than `limit` bytes.
    case tooLarge(limit: Int)
    /// More of something than `limit`.
    case tooMany(String, limit: Int)
    /// `<!DOCTYPE` or another declaration.
    case declaration
    /// Not UTF-8.
    case encoding
    /// Well-formed XML ends here; the line, from 1.
    case malformed(line: Int)
    /// The document ends before it is whole.
    case truncated
    /// XML, but no CSDL 4.0 document.
    case notCSDL

    package var description: String {
      switch self {
      case .unreadable(let detail): detail
      case .tooLarge(let limit): "The metadata document is longer than \(limit) bytes."
      case .tooMany(let what, let limit): "The metadata document has more than \(limit) \(what)."
      case .declaration: "The metadata document has a document type declaration, which is refused."
      case .encoding: "The metadata document is not UTF-8 text."
      case .malformed(let line): "The metadata document is not well-formed XML (line \(line))."
      case .truncated: "The metadata document ends before it is whole."
      case .notCSDL: "The document is no OData 4.0 metadata (an `Edmx` element of version 4.0)."
      }
    }
  }

  /// Gives the next bytes of a document, `nil` at its end.
  package typealias Chunks = () throws -> [UInt8]?

  /// Passes over the document that one reading may take: for types that inherit from types not asked for.
  private static let passes = 12

  /// - Parameter open: begins the document anew. Called once for ``Selection/everything``; otherwise also for what turns
  ///   out to be needed when its place is past: base types, types of entity sets, neighbours.
  package static func read(
    _ selection: Selection = .everything, limits: Limits = Limits(), from open: () throws -> Chunks
  ) throws(Failure) -> CSDLDocument {
    guard case .tables(let asked, let neighbours) = selection else {
      return try CSDLAssembly(collect(nil, [:], limits, open), limits: limits).document(asked: [], shown: nil)
    }
    var wanted = asked
    // Base types are read with those that need them, and are no tables of the answer for that.
    var shown = asked
    var isExpanded = !neighbours
    var probes: [String: Set<String>] = [:]
    var isProbed = false
    for _ in 0..<passes {
      let model = try collect(wanted, probes, limits, open)
      var missing = Set(model.types.values.compactMap(\.base))
      shown.formUnion(asked.compactMap { model.sets[$0] })
      missing.formUnion(shown)
      missing.subtract(wanted)
      missing.subtract(model.types.keys)
      if missing.isEmpty, !isExpanded {
        isExpanded = true
        missing = Set(model.types.values.flatMap { $0.navigations.compactMap { CSDLAssembly.target($0.type)?.name } })
        shown.formUnion(missing)
        missing.subtract(model.types.keys)
      }
      if missing.isEmpty {
        // Last, what the tables that are not kept say of the ways to those that are.
        if !isProbed { probes = CSDLAssembly.waysBack(model) }
        if isProbed || probes.isEmpty {
          return try CSDLAssembly(model, limits: limits).document(asked: asked, shown: shown)
        }
        isProbed = true
      }
      wanted.formUnion(missing)
    }
    throw .tooMany("levels of base types", limit: passes)
  }

  /// A document that is in memory already.
  package static func read(
    _ bytes: [UInt8], _ selection: Selection = .everything, limits: Limits = Limits()
  ) throws(Failure) -> CSDLDocument {
    try read(selection, limits: limits) {
      var rest: [UInt8]? = bytes
      return {
        defer { rest = nil }
        return rest
      }
    }
  }

  /// One pass.
  /// - Parameter wanted: logical names; `nil` for all.
  private static func collect(
    _ wanted: Set<String>?, _ probes: [String: Set<String>], _ limits: Limits, _ open: () throws -> Chunks
  ) throws(Failure) -> CSDLModel {
    let input: CSDLInput
    do {
      input = CSDLInput(try open(), limits: limits)
    } catch {
      throw .unreadable("\(error)")
    }
    let collector = CSDLCollector(wanted: wanted, probes: probes, limits: limits, input: input)
    let parser = XMLParser(stream: input)
    parser.shouldProcessNamespaces = true
    parser.delegate = collector
    // Its answer is no guide: it says true of a document that ends in the middle. The collector hears of every error.
    _ = parser.parse()
    if let failure = input.failure ?? collector.failure { throw failure }
    guard collector.isComplete else { throw collector.hasRoot ? .truncated : .notCSDL }
    return collector.model
  }
}

/// What a CSDL document says, as far as it was asked.
package struct CSDLDocument: Sendable {
  /// Tables in the order of the document.
  package var schema: Schema
  /// What was left out and why: one sentence each.
  package var notes: [String]
  /// Names of all functions, without namespace; a GET can call them.
  package var functionNames: Set<String>
  /// Logical name of the table behind every entity set of the document, kept or not.
  package var entitySets: [String: String]
  /// What was asked for and is not there: sorted.
  package var missing: [String]
}

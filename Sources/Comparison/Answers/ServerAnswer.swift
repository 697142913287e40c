package import JSONStream

/// The body of an answer, as far as comparing goes.
package enum AnswerBody: Sendable {
  /// JSON that can be compared member by member.
  case json(JSONValue)
  /// Anything else, byte by byte, and why it is no JSON that can be compared.
  case other([UInt8], JSONStreamError)
  /// No byte at all.
  case empty

  /// Reads a body; whatever the bytes are, it is one of the three.
  package init(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      self = .empty
      return
    }
    do throws(JSONStreamError) {
      self = .json(try JSONValue(bytes))
    } catch {
      self = .other(bytes, error)
    }
  }

  /// The members around the rows and the rows; `nil` for what is no collection.
  var collection: (envelope: [JSONMember], rows: [JSONValue])? {
    switch self {
    case .json(.array(let rows)): return ([], rows)
    case .json(.object(let members)):
      guard let value = members.first(where: { $0.name == "value" }), case .array(let rows) = value.value else {
        return nil
      }
      return (members.filter { $0.name != "value" && !AnswerBody.linkNames.contains($0.name) }, rows)
    case .json, .other, .empty: return nil
    }
  }

  /// Spellings of the link to the next page: of OData 4.0, 4.01 and 3, and of services of their own.
  static let linkNames: Set<String> = ["@odata.nextLink", "@nextLink", "odata.nextLink", "nextLink"]

  /// Where the next page is.
  var nextLink: String? {
    guard case .json(.object(let members)) = self else { return nil }
    for member in members where AnswerBody.linkNames.contains(member.name) {
      if case .string(let link) = member.value, !link.isEmpty { return link }
    }
    return nil
  }

  /// The stable code of an error: of OData (`error.code`), of the Customer Insights API (`errorCode`), or at the top.
  var errorCode: String? {
    guard case .json(let value) = self else { return nil }
    for path in [["error", "code"], ["errorCode"], ["code"], ["statusCode"]] {
      let found = path.reduce(Optional(value)) { $0?.member($1) }
      switch found {
      case .string(let text)?: return text
      case .number(let text)?: return text
      case .object?, .array?, .bool?, .null?, nil: continue
      }
    }
    return nil
  }
}

/// What one server answered to one query: the first page, and the rows of all pages that were read.
package struct ServerAnswer: Sendable {
  /// Why the pages end before their end.
  package struct Interruption: Sendable, Hashable {
    /// 1-based.
    package var page: Int
    /// HTTP status code of that page.
    package var status: Int
    /// Whether the page was an answer that succeeded and yet held no rows.
    package var hasNoRows: Bool
  }

  /// HTTP status code of the first page.
  package var status: Int
  /// Of the first page.
  package var body: AnswerBody
  /// `nil` for what is no collection.
  package var rows: [JSONValue]?
  /// Pages that were read; at least 1.
  package var pages = 1
  /// Whether there are more rows than were read.
  package var hasMore = false
  /// `nil` where nothing went wrong behind the first page.
  package var interruption: Interruption?

  /// Whether the first page is an error, so that there are no rows to compare.
  package var isError: Bool { status >= 400 }
  var isPartial: Bool { hasMore || interruption != nil }
}

/// Puts the pages of one answer together: page in, what to do next out. Knows no network.
package struct AnswerCollector: Sendable {
  /// What to do next.
  package enum Step: Sendable, Hashable {
    /// Ask for the page of this link, as the server wrote it.
    case follow(String)
    /// Nothing: the answer is as whole as it will be.
    case done
  }

  private let pageLimit: Int
  private(set) package var answer: ServerAnswer?

  /// - Parameter pageLimit: pages that are read; at least 1.
  package init(pageLimit: Int) { self.pageLimit = max(1, pageLimit) }

  /// Takes the next page.
  package mutating func add(status: Int, body: [UInt8]) -> Step {
    let page = AnswerBody(body)
    guard var answer else { return begin(status, page) }
    answer.pages += 1
    defer { self.answer = answer }
    guard (200..<300).contains(status), let rows = page.collection?.rows else {
      answer.interruption = ServerAnswer.Interruption(
        page: answer.pages, status: status, hasNoRows: (200..<300).contains(status))
      answer.hasMore = false
      return .done
    }
    answer.rows?.append(contentsOf: rows)
    answer.hasMore = page.nextLink != nil
    return next(page, answer.pages)
  }

  private mutating func begin(_ status: Int, _ page: AnswerBody) -> Step {
    var first = ServerAnswer(status: status, body: page)
    if !first.isError { first.rows = page.collection?.rows }
    first.hasMore = first.rows != nil && page.nextLink != nil
    answer = first
    return first.rows == nil ? .done : next(page, 1)
  }

  private func next(_ page: AnswerBody, _ count: Int) -> Step {
    guard count < pageLimit, let link = page.nextLink else { return .done }
    return .follow(link)
  }
}

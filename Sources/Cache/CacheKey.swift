import Glibc

/// What an answer is stored under: all that could make the service answer differently.
///
/// Nothing is hashed away: ``text`` holds every field whole, each behind its length, so that two keys are equal only if
/// all their fields are, whatever characters a client got into them. Equal means byte for byte: the canonical
/// equivalence that `String` compares by would let `é` answer for `e` with a combining accent.
package struct CacheKey: Hashable, Sendable {
  /// The fields, each as `<bytes>:<field>`.
  package let text: String
  /// Seeded anew in every process, so that nobody can choose keys that collide. Computed once: a key is made when a
  /// query is planned and looked up ever after.
  let hash: Int

  /// - Parameters:
  ///   - service: who answers, and under which address our links are written: a file may outlive a change of either.
  ///   - scope: the caller's cache scope: who may see the answer.
  ///   - policyVersion: the policy that allowed it.
  ///   - schemaVersion: the schema it was judged and shaped by.
  ///   - shape: the dialect and form of the answer.
  ///   - query: the canonical query, with everything sent along that changes the answer.
  package init(
    service: String, scope: String, policyVersion: String, schemaVersion: String, shape: String, query: String
  ) {
    var text = ""
    for field in [service, scope, policyVersion, schemaVersion, shape, query] {
      text += "\(field.utf8.count):"
      text += field
    }
    self.init(text: text)
  }

  /// A key read back, or one for tests.
  init(text: String) {
    var text = text
    var hasher = Hasher()
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    self.text = text
    hash = hasher.finalize()
  }

  package static func == (left: CacheKey, right: CacheKey) -> Bool {
    guard left.hash == right.hash else { return false }
    let same = left.text.utf8.withContiguousStorageIfAvailable { a in
      right.text.utf8.withContiguousStorageIfAvailable { b in
        guard a.count == b.count, let first = a.baseAddress, let second = b.baseAddress else {
          return a.count == b.count
        }
        return memcmp(first, second, a.count) == 0
      }
    }
    // Native strings, which keys are, have their bytes in one piece; the API does not promise it of every string.
    return (same ?? nil) ?? left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

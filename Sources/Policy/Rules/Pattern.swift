import CPCRE2

/// A PCRE2 pattern that whole texts are matched against, in bounded time.
///
/// `@unchecked Sendable`: the compiled code, its machine code and the match context are written in `init` only; PCRE2
/// only reads them while matching (pcre2api, "Multithreading"). Match data is made for each call.
final class Pattern: @unchecked Sendable {
  let text: String
  private let code: OpaquePointer
  private let context: OpaquePointer

  /// Why a pattern cannot be used.
  struct Failure: Error, Equatable {
    var message: String
    /// UTF-8 offset in the pattern.
    var offset: Int
  }

  /// Steps that one match may take before it counts as none.
  private static let matchLimit: UInt32 = 100_000
  /// Nested backtracking, and kibibytes of heap, of one match.
  private static let depthLimit: UInt32 = 1_000
  private static let heapLimit: UInt32 = 1_024
  /// Bytes of a pattern.
  private static let maximumBytes = 1_000

  init(_ text: String) throws(Failure) {
    guard text.utf8.count <= Pattern.maximumBytes else {
      throw Failure(message: "longer than \(Pattern.maximumBytes) bytes", offset: Pattern.maximumBytes)
    }
    var errorCode: CInt = 0
    var offset = 0
    let options =
      PCRE2_UTF | UInt32(PCRE2_ANCHORED) | UInt32(PCRE2_ENDANCHORED) | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C
    var copy = text
    let compiled = copy.withUTF8 { bytes in
      // An empty buffer may have no address; PCRE2 takes none only since 10.43.
      var empty: UInt8 = 0
      return withUnsafePointer(to: &empty) { none in
        pcre2_compile_8(bytes.baseAddress ?? none, bytes.count, UInt32(options), &errorCode, &offset, nil)
      }
    }
    guard let compiled else { throw Failure(message: Pattern.message(errorCode), offset: offset) }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_code_free_8(compiled)
      throw Failure(message: "out of memory", offset: 0)
    }
    pcre2_set_match_limit_8(context, Pattern.matchLimit)
    pcre2_set_depth_limit_8(context, Pattern.depthLimit)
    pcre2_set_heap_limit_8(context, Pattern.heapLimit)
    // Without machine code for this processor the interpreter matches: slower, same answers.
    _ = pcre2_jit_compile_8(compiled, PCRE2_JIT_COMPLETE)
    self.text = text
    code = compiled
    self.context = context
  }

  /// Characters that a text has at least which it matches; PCRE2 gives a lower bound.
  var leastLength: Int {
    var length: UInt32 = 0
    guard pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_MINLENGTH), &length) == 0 else { return 0 }
    return Int(length)
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_code_free_8(code)
  }

  /// Whether the whole of `subject` matches. Also `false` when a limit ends the match.
  func matches(_ subject: String) -> Bool {
    guard let data = pcre2_match_data_create_8(1, nil) else { return false }
    defer { pcre2_match_data_free_8(data) }
    var copy = subject
    return copy.withUTF8 { bytes in
      var empty: UInt8 = 0
      return withUnsafePointer(to: &empty) { none in
        pcre2_match_8(code, bytes.baseAddress ?? none, bytes.count, 0, 0, data, context) >= 0
      }
    }
  }

  private static func message(_ code: CInt) -> String {
    let capacity = 256
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = max(0, Int(pcre2_get_error_message_8(code, buffer.baseAddress, capacity)))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

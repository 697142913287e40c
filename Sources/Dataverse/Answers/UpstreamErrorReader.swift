import JSONStream

/// The code of a Dataverse error body; for logs, never for clients.
package enum UpstreamErrorReader {
  /// `nil` for anything that is not `{"error":{"code":…,"message":…}}`, such as an HTML page of a front end.
  package static func read(_ body: [UInt8]) -> (code: String, message: String)? {
    var reader = JSONReader(limits: JSONLimits(depth: 16, tokenBytes: 65_536, documentBytes: 1 << 20))
    var handler = Handler()
    do throws(JSONStreamError) {
      try reader.read(body, into: &handler)
      try reader.finish(into: &handler)
    } catch {
      return nil
    }
    guard let code = handler.members["code"], let message = handler.members["message"] else { return nil }
    return (code, message)
  }

  private struct Handler: JSONEventHandler {
    var members: [String: String] = [:]
    private var path: [String] = []
    private var name = ""

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch event {
      case .beginObject, .beginArray: path.append(name)
      case .endObject, .endArray: path.removeLast()
      case .name: name = String(decoding: try JSONText.decode(text), as: UTF8.self)
      case .string where path == ["", "error"]:
        members[name] = String(decoding: try JSONText.decode(text), as: UTF8.self)
      default: break
      }
    }
  }
}

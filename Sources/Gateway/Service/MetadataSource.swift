package import Logging
import Sandbox
import Upstream

/// An organization, or a sandbox in its place, to be asked for its metadata outside of serving: the connection,
/// credentials and checks are those of the gateway.
package struct MetadataSource: Sendable {
  /// Bytes of `$metadata`: 256 MiB. Those of large organizations have some tens.
  package static let documentBytes = 256 << 20
  private static let root = "/api/data/v9.2/"

  /// Why there is no answer: one sentence without addresses' queries, tokens or the organization's own text.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    package var description: String
  }

  private let parts: UpstreamParts

  /// - Throws: why the upstream cannot be reached at all.
  package static func open(_ upstream: Configuration.Upstream, log: Logger) async throws -> MetadataSource {
    MetadataSource(parts: try await UpstreamParts.start(upstream, log: log))
  }

  package func stop() async { await parts.stop() }

  /// Hands on `$metadata` as it comes.
  /// - Throws: ``Failure``, or what `take` throws.
  package func document(_ take: @Sendable ([UInt8]) throws -> Void) async throws {
    let response = try await send("$metadata", accept: "application/xml", bytes: MetadataSource.documentBytes)
    do {
      for try await chunk in response.body { try take(chunk) }
    } catch let error as UpstreamError {
      throw Failure(description: error.message)
    }
  }

  /// The definition of one table: its primary name and kind, JSON.
  /// - Parameter logicalName: letters, digits and `_`.
  package func definition(ofTable logicalName: String) async throws -> [UInt8] {
    try await collect("EntityDefinitions(LogicalName='\(logicalName)')?$select=PrimaryNameAttribute,TableType")
  }

  /// The attributes of one table, JSON.
  /// - Parameter logicalName: letters, digits and `_`.
  package func attributes(ofTable logicalName: String) async throws -> [UInt8] {
    try await collect(
      "EntityDefinitions(LogicalName='\(logicalName)')/Attributes"
        + "?$select=LogicalName,AttributeType,AttributeOf,DisplayName,SourceType")
  }

  private func collect(_ target: String) async throws -> [UInt8] {
    let bytes = 16 << 20
    let response = try await send(target, accept: "application/json", bytes: bytes)
    do throws(UpstreamError) {
      return try await response.body.collect(upTo: bytes)
    } catch {
      throw Failure(description: error.message)
    }
  }

  private func send(_ target: String, accept: String, bytes: Int) async throws -> UpstreamResponse {
    var headers: [(name: String, value: String)] = [
      (name: "Accept", value: accept), (name: "OData-Version", value: "4.0"),
      (name: "OData-MaxVersion", value: "4.0"), (name: "User-Agent", value: "sluice"),
    ]
    if let tokens = parts.tokens {
      do throws(TokenError) {
        headers.append((name: "Authorization", value: "Bearer \(try await tokens.bearer())"))
      } catch {
        throw Failure(description: "There is no access token: \(error.description)")
      }
    }
    let response: UpstreamResponse
    do throws(UpstreamError) {
      response = try await parts.gate.send(
        UpstreamRequest(path: MetadataSource.root + target, headers: headers, maxBodyBytes: bytes))
    } catch {
      throw Failure(description: error.message)
    }
    guard response.status == 200 else { throw MetadataSource.failure(status: response.status) }
    return response
  }

  private static func failure(status: Int) -> Failure {
    switch status {
    case 401, 403: Failure(description: "The organization refused access (status \(status)).")
    case 404:
      Failure(description: "The organization has no such metadata (status 404); is the address a Dataverse one?")
    case 429, 503: Failure(description: "The organization's request limit is reached (status \(status)); try later.")
    default: Failure(description: "The organization answered with status \(status).")
    }
  }
}

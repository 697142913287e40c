import Dataverse
import ODataURL

/// The errors of the service, with the codes that its documentation gives them.
enum SandboxRefusal {
  static let parseCode = "0x80060888"
  static let unknownCode = "0x8006088a"

  static func bad(_ message: String) -> DataverseError {
    DataverseError(status: 400, code: parseCode, message: message)
  }

  static func unsupported(_ message: String) -> DataverseError {
    DataverseError(status: 501, code: unknownCode, message: message)
  }

  static func unknownSegment(_ name: String) -> DataverseError {
    DataverseError(status: 404, code: unknownCode, message: "Resource not found for the segment '\(name)'.")
  }

  static func unknownProperty(_ name: String, of table: Table) -> DataverseError {
    bad("Could not find a property named '\(name)' on type 'Microsoft.Dynamics.CRM.\(table.logicalName)'.")
  }

  static let noRow = DataverseError(
    status: 404, code: "0x80040217",
    message: "The requested record was not found or you do not have sufficient permissions to access it.")
}

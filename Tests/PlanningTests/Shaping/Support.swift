import Dataverse
import Planning
import Policy

/// What a shaper made of an answer.
struct Shaped: Equatable {
  var text = ""
  var error: ShapeError?
  var rows = 0
}

func testShape(
  _ result: ResultShape = .collection, members: Set<String> = ["a", "b", "_c_value"], annotations: [String] = []
) -> DataverseShape {
  testShape(result, MemberTree(members, annotated: members), annotations: annotations)
}

func testShape(
  _ result: ResultShape = .collection, _ members: MemberTree, annotations: [String] = [], hasTags: Bool = true,
  hasCount: Bool = true
) -> DataverseShape {
  DataverseShape(
    result: result, context: "https://gate.example/api/data/v9.2/$metadata#rows(a,b)", members: members,
    annotations: annotations, hasTags: hasTags, hasCount: hasCount,
    nextLink: { "https://gate.example/next?$skiptoken=<\($0)>" })
}

func shaping(_ chunks: [[UInt8]], _ shape: DataverseShape = testShape()) -> Shaped {
  var shaper = DataverseShaper(shape: shape)
  var out: [UInt8] = []
  var shaped = Shaped()
  do throws(ShapeError) {
    for chunk in chunks { out += try shaper.feed(chunk) }
    out += try shaper.finish()
  } catch {
    shaped.error = error
  }
  shaped.text = String(decoding: out, as: UTF8.self)
  shaped.rows = shaper.rows
  return shaped
}

func shaping(_ answer: String, _ shape: DataverseShape = testShape()) -> Shaped { shaping([Array(answer.utf8)], shape) }

/// The answer cut in two at each place, and byte by byte.
func everySplit(_ answer: [UInt8]) -> [[[UInt8]]] {
  var splits = (0...answer.count).map { [Array(answer[..<$0]), Array(answer[$0...])] }
  splits.append(answer.map { [$0] })
  return splits
}

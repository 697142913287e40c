/// A number with so many decimals.
package func text(_ value: Double, decimals: Int = 2) -> String {
  var scale = 1
  for _ in 0..<decimals { scale *= 10 }
  let whole = Int((abs(value) * Double(scale)).rounded())
  let fraction = "\(whole % scale)"
  let sign = value < 0 && whole > 0 ? "-" : ""
  guard decimals > 0 else { return "\(sign)\(whole)" }
  return "\(sign)\(whole / scale).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
}

extension String {
  package func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
  package func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// Rows whose first cell stands left and all others right, under a heading.
package struct Table {
  private let widths: [Int]

  /// Prints the heading.
  package init(_ heading: [String], firstWidth: Int = 12) {
    widths = heading.enumerated().map { index, title in index == 0 ? firstWidth : title.count + 2 }
    row(heading)
  }

  package func row(_ cells: [String]) {
    let padded = zip(cells, widths).enumerated().map { index, cell in
      index == 0 ? cell.0.padded(cell.1) : cell.0.leftPadded(cell.1)
    }
    print(padded.joined())
  }
}

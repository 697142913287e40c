/// Equality of texts byte by byte.
///
/// `==` of strings is canonical equivalence: `é` equals `e` with a combining accent. Services may tell the two apart, so
/// trees do: a cache that merged them would answer one query with the rows of the other. Hashes may stay those of
/// `String`: equal bytes have equal hashes.
func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

func isSame(_ left: String?, _ right: String?) -> Bool {
  switch (left, right) {
  case (let left?, let right?): isSame(left, right)
  case (nil, nil): true
  default: false
  }
}

func isSame(_ left: [String], _ right: [String]) -> Bool { left.elementsEqual(right, by: isSame) }

/// A text that compares byte by byte, for keys of heads and sets.
struct ExactText: Hashable {
  var text: String

  static func == (left: Self, right: Self) -> Bool { isSame(left.text, right.text) }
}

import Planning
import Policy
import Testing

@Suite struct CountShapeTests {
  @Test(arguments: [
    ("12", "12"), ("\u{FEFF}0", "0"), ("\u{FEFF}5000", "5000"), ("9223372036854775807", "9223372036854775807"),
  ])
  func passesDigitsBehindAByteOrderMark(_ answer: String, _ digits: String) {
    for chunks in everySplit(Array(answer.utf8)) {
      #expect(Array(shaping(chunks, testShape(.count)).text.utf8) == [0xEF, 0xBB, 0xBF] + Array(digits.utf8))
    }
  }

  @Test(arguments: [
    "", "\u{FEFF}", "\u{FEFF}\u{FEFF}1", "-1", "+1", " 1", "1 ", "1\n", "1.0", "1e3", "1,000", "١", "１", "null",
    "{\"error\":{}}",
    "<html>", "\"1\"", "1\u{FEFF}", "12345678901234567890123", "\u{FEFF}12345678901234567890",
  ])
  func refusesAllElse(_ answer: String) {
    for chunks in everySplit(Array(answer.utf8)) {
      let shaped = shaping(chunks, testShape(.count))
      #expect(shaped.error != nil)
      #expect(shaped.text == "")
    }
  }
}

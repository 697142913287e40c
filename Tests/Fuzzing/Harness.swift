/// The target of the fuzzer: what holds of every text, whatever it is. Built together with the sources of the library; see
/// `fuzz.sh`.
///
/// The first byte chooses: bits 0 and 1 the settings, bit 2 the other value of `keysInExpressions`, bit 3 small limits,
/// bits 4 and 5 the entry (target, target with an offset, expression, rule), bit 6 a text that is not percent-encoded.
/// For a rule the second byte is its place in `Rule.all`, low byte, with bit 7 of the first byte as the ninth bit.
let everyLeniency: Leniencies = [.legacy, .keysAsSegments]
let rules = Rule.all

func settings(_ byte: UInt8) -> ParserSettings {
  var result: ParserSettings =
    switch byte & 3 {
    case 0: .strict
    case 1: .dataverse
    case 2: .legacy
    default: ParserSettings(leniencies: everyLeniency, keysInExpressions: true)
    }
  if byte & 4 != 0 { result.keysInExpressions.toggle() }
  if byte & 8 != 0 {
    result.limits.targetBytes = 300
    result.limits.depth = 5
    result.limits.nodes = 30
    result.limits.listItems = 4
    result.limits.options = 3
    result.limits.segments = 4
  }
  return result
}

func roomy(_ settings: ParserSettings) -> ParserSettings {
  var result = settings
  result.limits = Limits()
  result.limits.targetBytes = 1 << 22
  return result
}

@inline(never) func fail(_ what: String, _ detail: String = "") -> Never {
  fatalError("VIOLATION " + what + " | " + detail)
}

func checkError(_ error: SyntaxError, _ base: Int, _ count: Int, _ text: String) {
  let span = error.span
  guard span.start >= Int32(base), span.start <= span.end, span.end <= Int32(base + count) else {
    fail("error span", "\(error.code.rawValue) \(span.start)..<\(span.end) of \(base)+\(count): \(error.message)")
  }
  _ = error.rendered(in: text)
  _ = error.description
}

func isPlainASCII(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

func reread(_ printed: String, _ uri: RelativeURI, _ settings: ParserSettings, _ what: String) {
  let again: RelativeURI
  do throws(SyntaxError) {
    again = try Parser(settings: roomy(settings)).relativeURI(printed)
  } catch {
    fail(what + ": printed is refused", "\(printed) | \(error)")
  }
  if again != uri { fail(what + ": reads otherwise", "\(printed)\n\(uri.treeDump())\n\(again.treeDump())") }
  if again.hashValue != uri.hashValue { fail(what + ": hash", printed) }
  if again.printed() != printed { fail(what + ": prints otherwise", "\(printed)\n\(again.printed())") }
  if again.treeDump() != uri.treeDump() { fail(what + ": dump", "\(printed)\n\(uri.treeDump())\n\(again.treeDump())") }
}

func checkURI(_ bytes: UnsafeBufferPointer<UInt8>, _ settings: ParserSettings, offset: Int) {
  let parser = Parser(settings: settings)
  let uri: RelativeURI
  do throws(SyntaxError) {
    uri = try parser.relativeURI(bytes, offset: offset)
  } catch {
    checkError(error, offset, bytes.count, String(decoding: bytes, as: UTF8.self))
    let text = String(decoding: bytes, as: UTF8.self)
    if text.utf8.elementsEqual(bytes) {
      let diagnosis = parser.diagnose(text, offset: offset)
      if diagnosis.errors.isEmpty || diagnosis.request != nil { fail("diagnosis finds nothing", error.description) }
      if diagnosis.errors.count > Diagnosis.most { fail("diagnosis too long") }
      for other in diagnosis.errors { checkError(other, offset, bytes.count, text) }
      if !diagnosis.errors.contains(where: { $0.code == error.code && $0.span == error.span })
        && diagnosis.errors.count < Diagnosis.most
      {
        fail("diagnosis misses", error.description)
      }
    }
    return
  }
  SpanCheck(low: Int32(offset), high: Int32(offset + bytes.count)).uri(uri)
  let asText = String(decoding: bytes, as: UTF8.self)
  let whole = parser.diagnose(asText, offset: offset)
  if asText.utf8.elementsEqual(bytes), (!whole.errors.isEmpty || whole.request != uri) {
    fail("diagnosis of a sound target", "\(whole.errors)")
  }
  if uri.mapExpressions({ e, _ in e.replacing { _, _ in nil } }) != uri { fail("identity map") }
  for placed in uri.expressions {
    var count = 0
    placed.expression.walk { _, _ in
      count += 1; return .continue
    }
    if count == 0 || count > placed.expression.nodes.count { fail("walk", "\(placed.place)") }
  }
  let printed = uri.printed()
  if !isPlainASCII(printed) { fail("printed is not plain ASCII", printed) }
  _ = uri.treeDump()
  reread(printed, uri, settings, "printed")
  let normalized = uri.normalized()
  if normalized.normalized() != normalized {
    fail("normalized twice", "\(normalized.printed())\n\(normalized.normalized().printed())")
  }
  let text = normalized.printed()
  if !isPlainASCII(text) { fail("normalized is not plain ASCII", text) }
  reread(text, normalized, settings, "normalized")
  // What was read leniently means the same to a stricter reader, if that takes it at all.
  if !settings.leniencies.contains(.keysAsSegments), !settings.leniencies.isEmpty {
    for leniencies in [Leniencies.dataverse, []] where leniencies != settings.leniencies {
      var stricter = roomy(settings)
      stricter.leniencies = leniencies
      guard let again = try? Parser(settings: stricter).relativeURI(printed) else { continue }
      if again != uri { fail("stricter reads otherwise", "\(printed)\n\(uri.treeDump())\n\(again.treeDump())") }
    }
  }
}

func checkExpression(_ text: String, _ settings: ParserSettings) {
  let parser = Parser(settings: settings)
  let expression: Expression
  do throws(SyntaxError) {
    expression = try parser.expression(text)
  } catch {
    checkError(error, 0, text.utf8.count, text)
    return
  }
  SpanCheck(low: 0, high: Int32(text.utf8.count)).expression(expression)
  func reread(_ expression: Expression, _ what: String) {
    let printed = expression.printed()
    let again: Expression
    do throws(SyntaxError) {
      again = try Parser(settings: roomy(settings)).expression(printed)
    } catch {
      fail(what + ": printed is refused", "\(printed) | \(error)")
    }
    if again != expression {
      fail(what + ": reads otherwise", "\(printed)\n\(expression.treeDump())\n\(again.treeDump())")
    }
    if again.hashValue != expression.hashValue { fail(what + ": hash", printed) }
    if !again.printed().utf8.elementsEqual(printed.utf8) {
      fail(what + ": prints otherwise", "\(printed)\n\(again.printed())")
    }
    if again.treeDump() != expression.treeDump() { fail(what + ": dump", printed) }
  }
  reread(expression, "expression")
  let normalized = expression.normalized()
  if normalized.normalized() != normalized { fail("expression normalized twice", normalized.printed()) }
  reread(normalized, "normalized expression")
}

func checkRule(_ text: String, _ rule: Rule, _ encoding: TextEncoding, _ settings: ParserSettings) {
  let parsed: Parsed
  do throws(SyntaxError) {
    parsed = try Parser(settings: settings).parse(text, as: rule, encoding: encoding)
  } catch {
    checkError(error, 0, text.utf8.count, text)
    return
  }
  if !isPlainASCII(parsed.canonical) { fail("rule \(rule.name): canonical is not plain ASCII", parsed.canonical) }
  let again: Parsed
  do throws(SyntaxError) {
    again = try Parser(settings: roomy(settings)).parse(parsed.canonical, as: rule, encoding: .url)
  } catch {
    fail("rule \(rule.name): canonical is refused", "\(parsed.canonical) | \(error)")
  }
  if again != parsed {
    fail(
      "rule \(rule.name): reads otherwise", "\(parsed.canonical)\n\(again.canonical)\n\(parsed.tree)\n\(again.tree)")
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  guard let data, size >= 1 else { return 0 }
  let first = data[0]
  let settings = settings(first)
  let rest = UnsafeBufferPointer(start: data + 1, count: size - 1)
  switch (first >> 4) & 3 {
  case 0: checkURI(rest, settings, offset: 0)
  case 1: checkURI(rest, settings, offset: 1000)
  case 2: checkExpression(String(decoding: rest, as: UTF8.self), settings)
  default:
    guard size >= 2 else { return 0 }
    let rule = rules[(Int(data[1]) | (first & 0x80 == 0 ? 0 : 256)) % rules.count]
    let text = String(decoding: rest.dropFirst(), as: UTF8.self)
    // Where the service root ends is guessed; with every leniency at once (no preset has that) anything can be one.
    if rule.name == "odataUri", first & 3 == 3 { return 0 }
    checkRule(text, rule, first & 0x40 == 0 ? .url : .decoded, settings)
  }
  return 0
}

/// Matches text against a pattern with the wildcards of the service: `%` any run, `_` one character, `[abc]`, `[a-z]`,
/// `[^abc]`; a bracket that does not close stands for itself. Both sides are folded already.
struct WildcardPattern {
  private enum Step {
    case run
    case any
    case one(Character)
    case set([ClosedRange<Character>], isNegated: Bool)
  }

  private let steps: [Step]

  init(_ pattern: String) {
    let text = Array(pattern)
    var steps: [Step] = []
    var index = 0
    while index < text.count {
      switch text[index] {
      case "%": steps.append(.run)
      case "_": steps.append(.any)
      case "[":
        guard let (set, end) = WildcardPattern.set(text, index) else {
          steps.append(.one("["))
          break
        }
        steps.append(set)
        index = end
      case let character: steps.append(.one(character))
      }
      index += 1
    }
    self.steps = steps
  }

  private static func set(_ text: [Character], _ start: Int) -> (Step, end: Int)? {
    var index = start + 1
    let isNegated = index < text.count && text[index] == "^"
    if isNegated { index += 1 }
    guard let end = text[index...].firstIndex(of: "]"), end > index else { return nil }
    var ranges: [ClosedRange<Character>] = []
    while index < end {
      if index + 2 < end, text[index + 1] == "-", text[index] <= text[index + 2] {
        ranges.append(text[index]...text[index + 2])
        index += 3
      } else {
        ranges.append(text[index]...text[index])
        index += 1
      }
    }
    return (.set(ranges, isNegated: isNegated), end)
  }

  /// One place to go back to is enough: a later run takes over from an earlier one. Time is at most the product of both
  /// lengths.
  func matches(_ text: String) -> Bool {
    let characters = Array(text)
    var position = 0
    var step = 0
    var retry: (step: Int, position: Int)?
    while position < characters.count {
      if step < steps.count {
        if case .run = steps[step] {
          retry = (step + 1, position)
          step += 1
          continue
        }
        if takes(steps[step], characters[position]) {
          step += 1
          position += 1
          continue
        }
      }
      guard let back = retry else { return false }
      retry = (back.step, back.position + 1)
      step = back.step
      position = back.position + 1
    }
    while step < steps.count, case .run = steps[step] { step += 1 }
    return step == steps.count
  }

  private func takes(_ step: Step, _ character: Character) -> Bool {
    switch step {
    case .run: false
    case .any: true
    case .one(let wanted): wanted == character
    case .set(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
    }
  }
}

/// Columns.
let columnMistakes: [LanguageMistake] = [
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { filter: [eq, column] }",
    """
    p.yaml:16:40: error: This never applies: no other column of this type has the word `column`.
            msdynci_lastname: { filter: [eq, column] }
                                             ^
      help: Both columns need it. A comparison with members of JSON in the legacy API takes `$filter` in `options`, and `select: true` on this column and on the one of text that holds the JSON.

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { select: true, filter: [contains, column, isNull, not] }",
    """
    p.yaml:16:60: error: `column` adds to comparisons; none is named.
            msdynci_lastname: { select: true, filter: [contains, column, isNull, not] }
                                                                 ^
      help: Add `eq`.
    p.yaml:16:68: error: `isNull` adds to `eq` and `ne`; neither is named.
            msdynci_lastname: { select: true, filter: [contains, column, isNull, not] }
                                                                         ^
      help: Add `eq`.

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { select: true, filter: { eq: {}, isNull: { minLength: 2 } } }",
    """
    p.yaml:16:67: error: The form of text is given where there is no text.
            msdynci_lastname: { select: true, filter: { eq: {}, isNull: { minLength: 2 } } }
                                                                        ^

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { filter: [eq], annotate: false }",
    """
    p.yaml:16:51: error: This never applies: annotations leave with their column, which has no `select: true`.
            msdynci_lastname: { filter: [eq], annotate: false }
                                                        ^

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { annotate: false, value: { maxLength: 3 } }",
    """
    p.yaml:16:7: error: Nothing is allowed for this column.
            msdynci_lastname: { annotate: false, value: { maxLength: 3 } }
            ^
      help: Name a use, or remove the column.
    p.yaml:16:51: error: This never applies: the column has no `filter`.
            msdynci_lastname: { annotate: false, value: { maxLength: 3 } }
                                                        ^

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { filter: { contains: { minLength: 41 } } }",
    """
    p.yaml:16:47: error: No text can be 41 or longer: the limit `filterLiteralLength` is 40.
            msdynci_lastname: { filter: { contains: { minLength: 41 } } }
                                                    ^

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { filter: { contains: { minLength: 5 }, eq: {} }, value: { maxLength: 4 } }",
    """
    p.yaml:16:47: error: No text is both 5 or longer and 4 or shorter.
            msdynci_lastname: { filter: { contains: { minLength: 5 }, eq: {} }, value: { maxLength: 4 } }
                                                    ^

    """),
  LanguageMistake(
    lastNameLine,
    #"      msdynci_lastname: { filter: [eq], value: { pattern: "[0-9]{32}", maxLength: 10 } }"#,
    """
    p.yaml:16:48: error: No text that matches the pattern is 10 or shorter.
            msdynci_lastname: { filter: [eq], value: { pattern: "[0-9]{32}", maxLength: 10 } }
                                                     ^

    """),
  LanguageMistake(
    lastNameLine,
    #"      msdynci_lastname: { filter: [eq], value: { pattern: "[a-z]?x{1,2}\\d", minLength: 5 } }"#,
    #"""
    p.yaml:16:48: error: No text that matches the pattern is 5 or longer.
            msdynci_lastname: { filter: [eq], value: { pattern: "[a-z]?x{1,2}\\d", minLength: 5 } }
                                                     ^

    """#),
  LanguageMistake(
    lastNameLine,
    #"      msdynci_lastname: { filter: [eq], value: { pattern: "[0-9]{41,}" } }"#,
    """
    p.yaml:16:48: error: No text that matches the pattern can pass: the limit `filterLiteralLength` is 40.
            msdynci_lastname: { filter: [eq], value: { pattern: "[0-9]{41,}" } }
                                                     ^

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { filter: [eq, eq], select: yes, order: 1 }",
    """
    p.yaml:16:40: error: `eq` stands twice in this list.
            msdynci_lastname: { filter: [eq, eq], select: yes, order: 1 }
                                             ^
    p.yaml:16:53: error: `true` or `false` is wanted here, in this spelling.
            msdynci_lastname: { filter: [eq, eq], select: yes, order: 1 }
                                                          ^
      help: Write `true` or `false`: versions of YAML differ about other words.
    p.yaml:16:65: error: `true` or `false` is wanted here, this is a number.
            msdynci_lastname: { filter: [eq, eq], select: yes, order: 1 }
                                                                      ^
      help: Write `true` or `false`, without quotes.

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { filter: [Today, ContainValues, On, OlderThanXDays] }",
    """
    p.yaml:16:36: error: `Today` takes a date; this column is text.
            msdynci_lastname: { filter: [Today, ContainValues, On, OlderThanXDays] }
                                         ^
    p.yaml:16:43: error: `ContainValues` takes choices; this column is text.
            msdynci_lastname: { filter: [Today, ContainValues, On, OlderThanXDays] }
                                                ^
    p.yaml:16:58: error: Text is wanted here, but without quotes this is a boolean to YAML.
            msdynci_lastname: { filter: [Today, ContainValues, On, OlderThanXDays] }
                                                               ^
      help: Put it in quotes.
    p.yaml:16:62: error: `OlderThanXDays` takes a date; this column is text.
            msdynci_lastname: { filter: [Today, ContainValues, On, OlderThanXDays] }
                                                                   ^

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_portrait: { type: image, select: true }",
    """
    p.yaml:16:33: error: There is no column type `image`.
            msdynci_portrait: { type: image, select: true }
                                      ^
      help: One of: text, memo, uniqueIdentifier, dateTime, dateOnly, wholeNumber, bigInt, decimal, double, money, boolean, choice, choices.

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_income: { type: money, filter: [gt, contains], select: true }",
    """
    p.yaml:16:51: error: `contains` takes text; this column is money.
            msdynci_income: { type: money, filter: [gt, contains], select: true }
                                                        ^

    """),
  LanguageMistake(
    lastNameLine,
    "      msdynci_hobbies: { type: choices, filter: [ContainValues, gt], select: true }",
    """
    p.yaml:16:65: error: `gt` has no meaning for choices.
            msdynci_hobbies: { type: choices, filter: [ContainValues, gt], select: true }
                                                                      ^
      help: Use `eq` or `ne`.

    """),
]

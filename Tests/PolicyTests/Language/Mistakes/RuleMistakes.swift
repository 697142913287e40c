/// Settings of rules, and surprises of YAML.
let ruleMistakes: [LanguageMistake] = [
  LanguageMistake(
    literalLine,
    "  policy.literals: { mode: report }",
    """
    p.yaml:46:3: error: There is no rule `policy.literals`.
        policy.literals: { mode: report }
        ^
      help: Did you mean `policy.literal`?

    """),
  LanguageMistake(
    literalLine,
    "  policy.table: { mode: report }",
    """
    p.yaml:46:25: error: `policy.table` cannot be set to `report`.
        policy.table: { mode: report }
                              ^
      help: It can be: `deny`.

    """),
  LanguageMistake(
    literalLine,
    "  policy.literal: { mode: warn }",
    """
    p.yaml:46:27: error: `policy.literal` cannot be set to `warn`.
        policy.literal: { mode: warn }
                                ^
      help: It can be: `deny`, `report`.

    """),
  LanguageMistake(
    literalLine,
    "  policy.literal: {}",
    """
    p.yaml:46:3: error: Nothing is said about this rule.
        policy.literal: {}
        ^
      help: Give a `mode`.

    """),
  LanguageMistake(
    literalLine,
    #"  DV003: { mode: "off" }"#,
    """
    p.yaml:46:18: error: `DV003` cannot be set to `off`.
        DV003: { mode: "off" }
                       ^
      help: It can be: `deny`.

    """),
  LanguageMistake(
    literalLine,
    #"  DV199: { mode: "off" }"#,
    """
    p.yaml:46:3: error: There is no rule `DV199`.
        DV199: { mode: "off" }
        ^
      help: Did you mean `DV109`?

    """),
  LanguageMistake(
    adviceLine,
    "  DV101: { mode: off }",
    """
    p.yaml:47:18: error: Text is wanted here, but without quotes this is a boolean to YAML.
        DV101: { mode: off }
                       ^
      help: Put it in quotes.

    """),
  LanguageMistake(
    adviceLine,
    "  DV101: { mode: never }",
    """
    p.yaml:47:18: error: This is none of the words that may stand here.
        DV101: { mode: never }
                       ^
      help: One of: `deny`, `report`, `warn`, `off`.

    """),
  LanguageMistake(
    literalLine,
    #"  policy.literal: { message: "", link: ftp://wiki.example }"#,
    """
    p.yaml:46:30: error: A message is 1 to 500 characters of one line.
        policy.literal: { message: "", link: ftp://wiki.example }
                                   ^
    p.yaml:46:40: error: This is no link that a person could follow.
        policy.literal: { message: "", link: ftp://wiki.example }
                                             ^
      help: Write a whole address: https://wiki.example/names.

    """),
  LanguageMistake(
    literalLine,
    #"  policy.literal: { message: "a\nb", link: "https://user@wiki.example/" }"#,
    #"""
    p.yaml:46:30: error: A message is 1 to 500 characters of one line.
        policy.literal: { message: "a\nb", link: "https://user@wiki.example/" }
                                   ^
    p.yaml:46:44: error: This is no link that a person could follow.
        policy.literal: { message: "a\nb", link: "https://user@wiki.example/" }
                                                 ^
      help: Write a whole address: https://wiki.example/names.

    """#),
  LanguageMistake(
    literalLine,
    #"  policy.literal: { message: 7, link: "https://wiki.example/a b" }"#,
    """
    p.yaml:46:30: error: Text is wanted here, but without quotes this is a number to YAML.
        policy.literal: { message: 7, link: "https://wiki.example/a b" }
                                   ^
      help: Put it in quotes.
    p.yaml:46:39: error: This is no link that a person could follow.
        policy.literal: { message: 7, link: "https://wiki.example/a b" }
                                            ^
      help: Write a whole address: https://wiki.example/names.

    """),
  LanguageMistake(
    adviceLine,
    "  no: { mode: deny }",
    """
    p.yaml:47:3: error: This key is a boolean to YAML, not text.
        no: { mode: deny }
        ^
      help: Put it in quotes.

    """),
  LanguageMistake(
    adviceLine,
    "  1e3: { mode: deny }",
    """
    p.yaml:47:3: error: This key is a number to YAML, not text.
        1e3: { mode: deny }
        ^
      help: Put it in quotes.

    """),
  LanguageMistake(
    adviceLine,
    "  DV101: &a { mode: deny }",
    """
    p.yaml:47:10: error: Anchors are not supported.
        DV101: &a { mode: deny }
               ^
      help: Remove the `&name`.

    """),
  LanguageMistake(
    adviceLine,
    """
      DV101: { mode: deny }
      DV101: { mode: warn }
    """,
    """
    p.yaml:47:3: error: Repeated in one mapping: `DV101`.
        DV101: { mode: deny }
        ^
      help: Keep one of them.

    """),
]

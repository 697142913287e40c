import ODataURL

/// Rows of the public vectors that are not decided as their source decides them, by id; see ``ConformanceTests``. A row
/// that is decided otherwise than it stands here fails the tests, in either direction.
enum ConformanceExceptions {
  /// Where a group stands for one cause.
  struct Group {
    var cause: String
    var ids: [String]

    init(_ cause: String, _ ids: String) {
      self.cause = cause
      self.ids = ids.split { $0 == " " || $0 == "\n" }.map { "rw-" + $0 }
    }
  }

  /// Texts beyond the grammar that a source accepts, and this parser refuses under every setting.
  static let refusedLeniencies: [Group] = [
    Group("a misprint: the last bracket is missing", "dataverse-0079"),
    Group("`aggregate` as a function in a condition: of a draft of the extension", "olingo-0983 olingo-0984"),
    Group("`from` behind the alias: the extension has it behind the method", "olingo-0993 olingo-0995 olingo-1048"),
    Group(
      "the transformation `expand`: of a draft of the extension",
      "olingo-1009 olingo-1068 odatanet-0778 odatanet-0779 odatanet-0784 odatanet-0821"),
    Group("`$all` among grouping properties: of a draft of the extension", "olingo-1053 nlstn-0025"),
    Group(
      "an aggregate in brackets behind a collection: of a draft of the extension",
      "olingo-1056 olingo-1057 olingo-1060 odatanet-0773 odatanet-0819 odatanet-0820"),
    Group("blanks between the members of an enumeration value", "odatanet-0033"),
    Group(
      "numbers with a suffix for their type: of versions before 4",
      """
      odatanet-0071 odatanet-0073 odatanet-0074 odatanet-0076 odatanet-0079 odatanet-0080 odatanet-0081
      odatanet-0083 odatanet-0084 odatanet-0093 odatanet-0099 odatanet-0408 odatanet-0483 odatanet-0487
      odatanet-0496 odatanet-0500 odatanet-0502 nlstn-0100
      """),
    Group("functions that OData 4 does not have", "odatanet-0139 godata-0018 godata-0036"),
    Group(
      "the type in quotes as the second argument of `cast` or `isof`: of versions before 4",
      """
      odatanet-0148 odatanet-0171 odatanet-0180 nlstn-0130 nlstn-0131 nlstn-0133 nlstn-0134 nlstn-0136
      nlstn-0137 nlstn-0138 nlstn-0141 nlstn-0142 nlstn-0144 nlstn-0145 nlstn-0149 nlstn-0150 nlstn-0151
      nlstn-0153 nlstn-0156 nlstn-0159 nlstn-0168 nlstn-0170 nlstn-0171 nlstn-0175 nlstn-0176 nlstn-0178
      nlstn-0179 nlstn-0180 nlstn-0375 nlstn-0376 nlstn-0378 nlstn-0381 nlstn-0386 nlstn-0389 nlstn-0390
      nlstn-0391 nlstn-0401 nlstn-0402 nlstn-0403 nlstn-0404 nlstn-0405 nlstn-0407
      """),
    Group("a date with an offset and without a time", "odatanet-0154 odatanet-0245 odatanet-0247"),
    Group("a path behind a call", "odatanet-0186"),
    Group(
      "text in double quotes in a list",
      """
      odatanet-0287 odatanet-0299 odatanet-0311 odatanet-0312 odatanet-0322 odatanet-0323 odatanet-0330
      odatanet-0331 odatanet-0385 odatanet-0387 odatanet-0388 odatanet-0390 odatanet-0391
      """),
    Group(
      "an empty list of names",
      """
      odatanet-0653 odatanet-0654 odatanet-0655 odatanet-0656 odatanet-0657 odatanet-0664 odatanet-0666
      odatanet-0667 odatanet-0671
      """),
    Group("a shape without its spatial reference", "odatanet-0723 nlstn-0307 nlstn-0310 nlstn-0315"),
    Group("blanks between the name of a function and its bracket", "godata-0031 godata-0032"),
    Group("a misprint: letters of an encoded `=`", "godata-0191"),
    Group("a semicolon between query options", "godata-0192"),
    Group("`$count` as a value in a condition", "nlstn-0002"),
    Group(
      "transformations of the source's own making",
      "nlstn-0023 nlstn-0024 nlstn-0027 nlstn-0028 nlstn-0031 nlstn-0035"),
    Group(
      "operators called like functions",
      """
      nlstn-0058 nlstn-0060 nlstn-0061 nlstn-0062 nlstn-0065 nlstn-0066 nlstn-0068 nlstn-0069 nlstn-0072
      nlstn-0073 nlstn-0358 nlstn-0468
      """),
    Group("operators as signs", "nlstn-0092 nlstn-0093 nlstn-0360"),
    Group("a negative number of rows", "nlstn-0253"),
    Group("an option with a dollar sign that OData does not define", "nlstn-0257"),
    Group("nothing to search for", "nlstn-0297"),
    Group("a number on the right of `has`", "nlstn-0321 nlstn-0322"),
    Group(
      "a point in time without an offset",
      """
      odataquery-0014 odataquery-0015 odataquery-0017 odataquery-0039 odataquery-0112 odataquery-0113
      odataquery-0163 odataquery-0164 odataquery-0204
      """),
    Group("a duration of years or months", "odataquery-0139 odataquery-0140 odataquery-0171 odataquery-0173"),
    Group("a list without `in`", "odataquery-0167"),
    Group("no levels at all", "aspnetcore-0031"),
  ]

  /// Texts beyond the grammar that are accepted under a leniency, one under two, and refused without.
  static let leniencies: [(leniency: Leniencies, ids: Group)] = [
    (.singleQuotedJSON, Group("names of JSON members in single quotes", "dataverse-0082 odatanet-0208")),
    (.typographicQuotes, Group("typographic quotes", "ci-0029")),
    (
      [.typographicQuotes, .blanksAroundOptions],
      Group("typographic quotes, and blanks round the ampersand between options", "ci-0037")
    ),
    (.jsonInPaths, Group("JSON as an argument in the path", "odatanet-0450 odatanet-0452")),
    (.blanksAroundOptions, Group("encoded blanks round the name of an option", "olingo-0170")),
    (.trailingSlash, Group("a slash at the end of the path", "odatanet-0480 odatanet-0486")),
    (
      .blanksInLists,
      Group(
        "blanks, line feeds among them, round values, names and commas",
        """
        dataverse-0036 dataverse-0038 olingo-0169 odatanet-0003 odatanet-0472 odatanet-0476 odatanet-0590
        odatanet-0633 odatanet-0642 odatanet-0644 godata-0017
        """)
    ),
  ]

  /// Texts that count as beyond the grammar and are sound without any leniency.
  static let sound: [Group] = [
    Group(
      "the grammar has a rule of its own for a name that could as well be another one's: a type or a function alone",
      "odatanet-0031 odatanet-0204 odatanet-0277 odatanet-0526 odatanet-0684 odataquery-0175"),
    Group("arguments of functions of geography are expressions like others", "olingo-0814 olingo-0816"),
    Group("an encoded delimiter is text", "olingo-0068 godata-0186"),
    Group("brackets and calls stand where operands do", "godata-0164 godata-0169"),
    Group("blanks round the words that are looked for", "nlstn-0488"),
  ]

  /// Texts that the grammar has, that their source refuses, and that this parser refuses, too: what is wrong with them
  /// can be seen without a schema.
  static let refusedGrammar: [Group] = [
    Group("`any` without a collection", "olingo-0696"),
    Group(
      "a system query option given twice: URL Conventions 4.01, section 5.1",
      "olingo-0864 olingo-0866 olingo-0867 olingo-0868 olingo-0871"),
    Group("a parameter given twice", "odatanet-0457"),
    Group(
      "a function of OData with more or fewer arguments than it takes",
      """
      olingo-1436 olingo-1437 olingo-1441 olingo-1445 nlstn-0161 nlstn-0218 nlstn-0305 nlstn-0396 nlstn-0449
      nlstn-0456
      """),
  ]

  /// Valid texts that are not accepted. Those that become accepted do not fail the tests; they are to be taken off.
  static let pending: Set<String> = []
}

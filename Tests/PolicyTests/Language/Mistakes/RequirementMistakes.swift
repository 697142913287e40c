/// Requirements.
let requirementMistakes: [LanguageMistake] = [
  LanguageMistake(
    requiresLine,
    "    requires: { oneOf: [msdynci_lastname, msdynci_city, msdynci_email, msdynci_custmerid] }",
    """
    p.yaml:12:25: error: No query can name `msdynci_lastname` by equality: its `filter` has neither `eq` nor `In`.
          requires: { oneOf: [msdynci_lastname, msdynci_city, msdynci_email, msdynci_custmerid] }
                              ^
      help: Put `eq` into the `filter` of the column.
    p.yaml:12:43: error: No query can name `msdynci_city` by equality: its `filter` has neither `eq` nor `In`.
          requires: { oneOf: [msdynci_lastname, msdynci_city, msdynci_email, msdynci_custmerid] }
                                                ^
      help: Put `eq` into the `filter` of the column.
    p.yaml:12:57: error: No query can name this column: `msdynci_email` is not in the table's `columns`.
          requires: { oneOf: [msdynci_lastname, msdynci_city, msdynci_email, msdynci_custmerid] }
                                                              ^
      help: Put it there with `filter: [eq]`.
    p.yaml:12:72: error: msdynci_customerprofile has no column `msdynci_custmerid`.
          requires: { oneOf: [msdynci_lastname, msdynci_city, msdynci_email, msdynci_custmerid] }
                                                                             ^
      help: Did you mean `msdynci_customerid`?
    p.yaml:40:15: error: No query could pass: the scope has none of the columns that one has to name: msdynci_lastname, msdynci_city, msdynci_email, msdynci_custmerid.
          tables: { msdynci_customerprofile: [msdynci_customerid], msdynci_unifiedactivity: all }
                    ^
      help: Add one of them.

    """),
  LanguageMistake(
    requiresLine,
    "    requires: { oneOf: [] }",
    """
    p.yaml:12:24: error: No column is named: no query could pass.
          requires: { oneOf: [] }
                             ^

    """),
  LanguageMistake(
    requiresLine,
    "    requires: []",
    """
    p.yaml:12:15: error: No requirement is named.
          requires: []
                    ^
      help: Leave `requires` out.

    """),
  LanguageMistake(
    requiresLine,
    "    requires: { anyOf: [msdynci_customerid] }",
    """
    p.yaml:12:15: error: `oneOf` is missing here.
          requires: { anyOf: [msdynci_customerid] }
                    ^
    p.yaml:12:17: error: `anyOf` is not a key of this mapping.
          requires: { anyOf: [msdynci_customerid] }
                      ^
      help: Known here: `oneOf`.

    """),
  LanguageMistake(
    requiresLine,
    "    requires: [{ oneOf: [msdynci_customerid] }, { oneOf: [msdynci_customerid, msdynci_customerid] }]",
    """
    p.yaml:12:49: error: This requirement stands twice.
          requires: [{ oneOf: [msdynci_customerid] }, { oneOf: [msdynci_customerid, msdynci_customerid] }]
                                                      ^
    p.yaml:12:79: error: `msdynci_customerid` stands twice in this list.
          requires: [{ oneOf: [msdynci_customerid] }, { oneOf: [msdynci_customerid, msdynci_customerid] }]
                                                                                    ^

    """),
  LanguageMistake(
    tableOptionsLine,
    "    options: [$select, $expand]",
    """
    p.yaml:12:15: error: No query could pass: neither `$filter` nor `key` is in `options`.
          requires: { oneOf: [msdynci_customerid] }
                    ^

    """),
  LanguageMistake(
    scopeRequiresLine,
    "    requires: { msdynci_enrichment: { oneOf: [msdynci_values] }, msdynci_customerprofile: { oneOf: [msdynci_lastname] } }",
    """
    p.yaml:42:17: error: This never applies: `msdynci_enrichment` is not in this scope.
          requires: { msdynci_enrichment: { oneOf: [msdynci_values] }, msdynci_customerprofile: { oneOf: [msdynci_lastname] } }
                      ^
    p.yaml:42:101: error: No query can name `msdynci_lastname` by equality: its `filter` has neither `eq` nor `In`.
          requires: { msdynci_enrichment: { oneOf: [msdynci_values] }, msdynci_customerprofile: { oneOf: [msdynci_lastname] } }
                                                                                                          ^
      help: Put `eq` into the `filter` of the column.

    """),
  LanguageMistake(
    scopeTablesLine,
    "    tables: { msdynci_customerprofile: [msdynci_city], msdynci_unifiedactivity: all }",
    """
    p.yaml:40:15: error: No query could pass: the scope has none of the columns that one has to name: msdynci_customerid.
          tables: { msdynci_customerprofile: [msdynci_city], msdynci_unifiedactivity: all }
                    ^
      help: Add one of them.

    """),
]

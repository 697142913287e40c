/// Navigation properties.
let navigationMistakes: [LanguageMistake] = [
  LanguageMistake(
    expandLine,
    "      msdynci_customer_unifiedactivty: { expand: true }",
    """
    p.yaml:19:7: error: msdynci_customerprofile has no navigation property `msdynci_customer_unifiedactivty`.
            msdynci_customer_unifiedactivty: { expand: true }
            ^
      help: Did you mean `msdynci_customer_unifiedactivity`?

    """),
  LanguageMistake(
    expandLine,
    """
          msdynci_customer_prediction: { expand: true }
          msdynci_customer_unifiedactivity: { expand: true, top: 20 }
    """,
    """
    p.yaml:19:7: error: This never applies: it leads to msdynci_prediction, which is not in `tables`.
            msdynci_customer_prediction: { expand: true }
            ^
      help: Name that table, too, with the columns that may be read.

    """),
  LanguageMistake(
    expandLine,
    "      msdynci_customer_unifiedactivity: {}",
    """
    p.yaml:11:33: error: This never applies: no navigation property has `expand: true` in this table.
          options: [$select, $filter, $expand]
                                      ^
      help: Remove `$expand`.
    p.yaml:19:7: error: Nothing is allowed for this navigation property.
            msdynci_customer_unifiedactivity: {}
            ^
      help: Write `expand: true` or `filter: true`, or remove it.

    """),
  LanguageMistake(
    expandLine,
    "      msdynci_customer_unifiedactivity: { filter: true, top: 20 }",
    """
    p.yaml:11:33: error: This never applies: no navigation property has `expand: true` in this table.
          options: [$select, $filter, $expand]
                                      ^
      help: Remove `$expand`.
    p.yaml:19:62: error: This never applies: `top` belongs to `expand: true`.
            msdynci_customer_unifiedactivity: { filter: true, top: 20 }
                                                                   ^

    """),
  LanguageMistake(
    expandLine,
    "      msdynci_customer_unifiedactivity: { expand: true, top: 51 }",
    """
    p.yaml:19:62: error: `top` is larger than the limit `expandTop`, which is 50.
            msdynci_customer_unifiedactivity: { expand: true, top: 51 }
                                                                   ^
      help: Lower the one or raise the other.

    """),
  LanguageMistake(
    expandLine,
    "      msdynci_customer_unifiedactivity: { expand: true, top: 5001, depht: 1 }",
    """
    p.yaml:19:62: error: The number has to be from 1 to 5000.
            msdynci_customer_unifiedactivity: { expand: true, top: 5001, depht: 1 }
                                                                   ^
    p.yaml:19:68: error: `depht` is not a key of this mapping.
            msdynci_customer_unifiedactivity: { expand: true, top: 5001, depht: 1 }
                                                                         ^
      help: Did you mean `depth`?

    """),
  LanguageMistake(
    lookupLine,
    "      msdynci_lookupfield_customer: { expand: true, top: 1 }",
    """
    p.yaml:30:47: error: This never applies: `$expand` is not in `options`.
            msdynci_lookupfield_customer: { expand: true, top: 1 }
                                                    ^
    p.yaml:30:47: error: This never applies: msdynci_customerprofile has a row filter, and a single row takes none.
            msdynci_lookupfield_customer: { expand: true, top: 1 }
                                                    ^
      help: Read it in a request of its own.
    p.yaml:30:58: error: This never applies: it leads to a single row.
            msdynci_lookupfield_customer: { expand: true, top: 1 }
                                                               ^
      help: Remove `top`.

    """),
  LanguageMistake(
    tableOptionsLine,
    "    options: [$select, $filter]",
    """
    p.yaml:19:51: error: This never applies: `$expand` is not in `options`.
            msdynci_customer_unifiedactivity: { expand: true, top: 20 }
                                                        ^

    """),
]

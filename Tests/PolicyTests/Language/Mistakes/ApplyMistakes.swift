/// `$apply` and options.
let applyMistakes: [LanguageMistake] = [
  LanguageMistake(
    applyLine,
    "    apply: []",
    """
    p.yaml:22:12: error: No transformation is named.
          apply: []
                 ^
      help: Leave `apply` out.

    """),
  LanguageMistake(
    applyLine,
    "    apply: [filter]",
    """
    p.yaml:22:12: error: This never applies: `filter` alone computes nothing.
          apply: [filter]
                 ^
      help: Name `groupby` or `aggregate`, or use `$filter`.
    p.yaml:27:84: error: This never applies: `aggregate` is not in the table's `apply`.
            msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [max] }
                                                                                         ^
    p.yaml:28:71: error: This never applies: `groupby` is not in the table's `apply`.
            msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }
                                                                            ^

    """),
  LanguageMistake(
    applyLine,
    "    apply: [groupby, groupby, compute]",
    """
    p.yaml:22:22: error: `groupby` stands twice in this list.
          apply: [groupby, groupby, compute]
                           ^
    p.yaml:22:31: error: This is none of the words that may stand here.
          apply: [groupby, groupby, compute]
                                    ^
      help: One of: `aggregate`, `groupby`, `filter`.
    p.yaml:27:84: error: This never applies: `aggregate` is not in the table's `apply`.
            msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [max] }
                                                                                         ^

    """),
  LanguageMistake(
    applyLine,
    "    apply: [aggregate]",
    """
    p.yaml:28:71: error: This never applies: `groupby` is not in the table's `apply`.
            msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }
                                                                            ^

    """),
  LanguageMistake(
    applyLine,
    "    ttl2: 1",
    """
    p.yaml:4:39: error: This never applies: there is no `apply` in the tables without `options` of their own.
      options: [$select, $filter, $orderby, $apply]
                                            ^
      help: Remove `$apply`.
    p.yaml:22:5: error: `ttl2` is not a key of this mapping.
          ttl2: 1
          ^
      help: Did you mean `ttl`?
    p.yaml:27:84: error: This never applies: the table has no `apply`.
            msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [max] }
                                                                                         ^
      help: Add `apply: [groupby, …]` to it.
    p.yaml:28:71: error: This never applies: the table has no `apply`.
            msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }
                                                                            ^
      help: Add `apply: [groupby, …]` to it.

    """),
  LanguageMistake(
    typeLine,
    "      msdynci_activitytype: { select: true, filter: [eq], aggregate: [sum, min, median, sum] }",
    """
    p.yaml:22:21: error: This never applies: no column has `aggregate: [groupby]`.
          apply: [filter, groupby, aggregate]
                          ^
    p.yaml:28:71: error: `sum` takes numbers; this column is text.
            msdynci_activitytype: { select: true, filter: [eq], aggregate: [sum, min, median, sum] }
                                                                            ^
    p.yaml:28:76: error: `min` takes numbers and dates; this column is text.
            msdynci_activitytype: { select: true, filter: [eq], aggregate: [sum, min, median, sum] }
                                                                                 ^
    p.yaml:28:81: error: This is none of the words that may stand here.
            msdynci_activitytype: { select: true, filter: [eq], aggregate: [sum, min, median, sum] }
                                                                                      ^
      help: One of: `groupby`, `sum`, `average`, `min`, `max`.
    p.yaml:28:89: error: `sum` stands twice in this list.
            msdynci_activitytype: { select: true, filter: [eq], aggregate: [sum, min, median, sum] }
                                                                                              ^

    """),
  LanguageMistake(
    timeLine,
    "      msdynci_activitytime: { select: true, aggregate: [groupby, average, max] }",
    """
    p.yaml:27:57: error: `groupby` does not go with dates and times: Dataverse does not group by them (DV012); this column is dateTime.
            msdynci_activitytime: { select: true, aggregate: [groupby, average, max] }
                                                              ^
    p.yaml:27:66: error: `average` takes numbers; this column is dateTime.
            msdynci_activitytime: { select: true, aggregate: [groupby, average, max] }
                                                                       ^

    """),
  LanguageMistake(
    timeLine,
    "      msdynci_semanticdata: { select: true, aggregate: [groupby] }",
    """
    p.yaml:27:57: error: `groupby` does not go with long values; this column is memo.
            msdynci_semanticdata: { select: true, aggregate: [groupby] }
                                                              ^

    """),
  LanguageMistake(
    timeLine,
    "      msdynci_activitytime: { select: true, aggregate: [] }",
    """
    p.yaml:27:56: error: No use in `$apply` is named.
            msdynci_activitytime: { select: true, aggregate: [] }
                                                             ^
      help: Leave `aggregate` out.

    """),
  LanguageMistake(
    """
        options: [$select]

    """,
    """
        options: [$select, $apply]

    """,
    """
    p.yaml:33:24: error: This never applies: there is no `apply` in this table.
          options: [$select, $apply]
                             ^
      help: Remove `$apply`.

    """),
  LanguageMistake(
    "      msdynci_values: { select: true }",
    """
          msdynci_values: { select: true }
          msdynci_identifier: { aggregate: [groupby] }
    """,
    """
    p.yaml:36:41: error: This never applies: the table has no `apply`.
            msdynci_identifier: { aggregate: [groupby] }
                                              ^
      help: Add `apply: [groupby, …]` to it.

    """),
  LanguageMistake(
    """
        options: [$select]

    """,
    """
        options: [$select, key]

    """,
    """
    p.yaml:33:24: error: This never applies: no key can be named, as that wants `eq` in the `filter` of all its columns, in this table.
          options: [$select, key]
                             ^
      help: Remove `key`.

    """),
  LanguageMistake(
    """
    options: [$select, $filter, $orderby, $apply]
    missingSelect: inject
    """,
    """
    options: [$filter, $orderby]
    missingSelect: deny
    """,
    """
    p.yaml:20:3: error: Nothing of msdynci_unifiedactivity can be read: `missingSelect: deny` wants `$select`, which is not in `options`.
        msdynci_unifiedactivity:
        ^
      help: Put `$select` into `options`.
    p.yaml:22:12: error: This never applies: `$apply` is not in `options`.
          apply: [filter, groupby, aggregate]
                 ^

    """),
  LanguageMistake(
    """
        options: [$select]

    """,
    """
        options: [$top, $expand]

    """,
    """
    p.yaml:33:21: error: This never applies: no navigation property has `expand: true` in this table.
          options: [$top, $expand]
                          ^
      help: Remove `$expand`.

    """),
]

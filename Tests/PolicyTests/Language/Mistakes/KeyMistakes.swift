/// Alternate keys, and the option `key`.
let keyMistakes: [LanguageMistake] = [
  LanguageMistake(
    applyLine,
    """
        apply: [filter, groupby, aggregate]
        options: [$select, $filter, $orderby, $apply, key]
        alternateKeys: [[msdynci_activityid], [msdynci_activitytype, msdynci_activityid]]
    """, ""),
  LanguageMistake(
    applyLine,
    """
        apply: [filter, groupby, aggregate]
        alternateKeys: [[msdynci_activityid]]
    """,
    """
    p.yaml:23:21: error: This never applies: `key` is not in `options`.
          alternateKeys: [[msdynci_activityid]]
                          ^
      help: Put `key` into `options`.

    """),
  LanguageMistake(
    applyLine,
    """
        apply: [filter, groupby, aggregate]
        options: [$select, $filter, $orderby, $apply, key]
        alternateKeys: [[msdynci_activityid, msdynci_activitytime], [msdynci_activityid], [msdynci_activityid]]
    """,
    """
    p.yaml:24:42: error: This never applies: no query can name `msdynci_activitytime`, which has no `eq` in a `filter` in `columns`.
          alternateKeys: [[msdynci_activityid, msdynci_activitytime], [msdynci_activityid], [msdynci_activityid]]
                                               ^
      help: Put `msdynci_activitytime` there with `filter: [eq]`.
    p.yaml:24:87: error: This key stands twice.
          alternateKeys: [[msdynci_activityid, msdynci_activitytime], [msdynci_activityid], [msdynci_activityid]]
                                                                                            ^

    """),
  LanguageMistake(
    applyLine,
    """
        apply: [filter, groupby, aggregate]
        options: [$select, $filter, $orderby, $apply, key]
        alternateKeys: [[msdynci_activityidd], [msdynci_semanticdata], [msdynci_activityid], [], [msdynci_title, msdynci_title], x]
    """,
    """
    p.yaml:24:22: error: msdynci_unifiedactivity has no column `msdynci_activityidd`.
          alternateKeys: [[msdynci_activityidd], [msdynci_semanticdata], [msdynci_activityid], [], [msdynci_title, msdynci_title], x]
                           ^
      help: Did you mean `msdynci_activityid`?
    p.yaml:24:45: error: `msdynci_semanticdata` is memo, which no key can have.
          alternateKeys: [[msdynci_activityidd], [msdynci_semanticdata], [msdynci_activityid], [], [msdynci_title, msdynci_title], x]
                                                  ^
    p.yaml:24:90: error: A key has 1 to 16 columns; here are 0.
          alternateKeys: [[msdynci_activityidd], [msdynci_semanticdata], [msdynci_activityid], [], [msdynci_title, msdynci_title], x]
                                                                                               ^
    p.yaml:24:95: error: This never applies: no query can name `msdynci_title`, which has no `eq` in a `filter` in `columns`.
          alternateKeys: [[msdynci_activityidd], [msdynci_semanticdata], [msdynci_activityid], [], [msdynci_title, msdynci_title], x]
                                                                                                    ^
      help: Put `msdynci_title` there with `filter: [eq]`.
    p.yaml:24:110: error: `msdynci_title` stands twice in this list.
          alternateKeys: [[msdynci_activityidd], [msdynci_semanticdata], [msdynci_activityid], [], [msdynci_title, msdynci_title], x]
                                                                                                                   ^
    p.yaml:24:126: error: A list is wanted here, this is text.
          alternateKeys: [[msdynci_activityidd], [msdynci_semanticdata], [msdynci_activityid], [], [msdynci_title, msdynci_title], x]
                                                                                                                                   ^

    """),
  LanguageMistake(
    applyLine,
    """
        apply: [filter, groupby, aggregate]
        options: [$select, $filter, $orderby, $apply, key]
        alternateKeys: [[msdynci_unifiedactivityid], [msdynci_activityid]]
    """,
    """
    p.yaml:24:21: error: `msdynci_unifiedactivityid` is the primary key.
          alternateKeys: [[msdynci_unifiedactivityid], [msdynci_activityid]]
                          ^
      help: Leave it out: the primary key is always known.
    p.yaml:24:22: error: This never applies: no query can name `msdynci_unifiedactivityid`, which has no `eq` in a `filter` in `columns`.
          alternateKeys: [[msdynci_unifiedactivityid], [msdynci_activityid]]
                           ^
      help: Put `msdynci_unifiedactivityid` there with `filter: [eq]`.

    """),
  LanguageMistake(
    applyLine,
    """
        apply: [filter, groupby, aggregate]
        alternateKeys: []
    """,
    """
    p.yaml:23:20: error: No key is named.
          alternateKeys: []
                         ^
      help: Leave `alternateKeys` out.

    """),
  // `eq` on columns that are in no key is of no use to `key`.
  LanguageMistake(
    applyLine,
    """
        apply: [filter, groupby, aggregate]
        options: [$select, $filter, $orderby, $apply, key]
    """,
    """
    p.yaml:23:51: error: This never applies: no key can be named, as that wants `eq` in the `filter` of all its columns, in this table.
          options: [$select, $filter, $orderby, $apply, key]
                                                        ^
      help: Remove `key`.

    """),
  // Without `$filter`, conditions are those of keys.
  LanguageMistake(
    """
        options: [$select]
        columns:
          msdynci_values: { select: true }
    """,
    """
        options: [$select, key]
        requires: { oneOf: [msdynci_enrichmentid, msdynci_customerid] }
        columns:
          msdynci_values: { select: true }
          msdynci_enrichmentid: { filter: [ne, eq] }
          msdynci_customerid: { filter: [eq] }
    """,
    """
    p.yaml:34:47: error: No query can name `msdynci_customerid`: `$filter` is not in `options`, and the column is in no key.
          requires: { oneOf: [msdynci_enrichmentid, msdynci_customerid] }
                                                    ^
    p.yaml:37:40: error: This never applies: `$filter` is not in `options`, and keys are compared by `eq`.
            msdynci_enrichmentid: { filter: [ne, eq] }
                                             ^
    p.yaml:38:38: error: This never applies: `$filter` is not in `options`, and no key that can be named has this column.
            msdynci_customerid: { filter: [eq] }
                                           ^
      help: Key predicates name the primary key or an alternate key; `alternateKeys` of the table tells which it has.

    """),
]

/// Scopes.
let scopeMistakes: [LanguageMistake] = [
  LanguageMistake(
    scopeLimitsLine,
    "    limits: { top: 501, urlBytes: 16385, expandTop: 51, listItems: 100 }",
    """
    p.yaml:43:20: error: A scope can only narrow: `top` is 500 where this scope comes from.
          limits: { top: 501, urlBytes: 16385, expandTop: 51, listItems: 100 }
                         ^
      help: Give 500 or less.
    p.yaml:43:35: error: A scope can only narrow: `urlBytes` is 16384 where this scope comes from.
          limits: { top: 501, urlBytes: 16385, expandTop: 51, listItems: 100 }
                                        ^
      help: Give 16384 or less.
    p.yaml:43:53: error: A scope can only narrow: `expandTop` is 50 where this scope comes from.
          limits: { top: 501, urlBytes: 16385, expandTop: 51, listItems: 100 }
                                                          ^
      help: Give 50 or less.

    """),
  LanguageMistake(
    "    reportOnly: true",
    """
        reportOnly: true
      inner: { inherit: helpdesk, limits: { top: 51 }, rowFilters: { msdynci_customerprofile: "msdynci_zip eq 1" } }
    """,
    """
    p.yaml:45:46: error: A scope can only narrow: `top` is 50 where this scope comes from.
        inner: { inherit: helpdesk, limits: { top: 51 }, rowFilters: { msdynci_customerprofile: "msdynci_zip eq 1" } }
                                                   ^
      help: Give 50 or less.
    p.yaml:45:92: error: msdynci_customerprofile has no column `msdynci_zip`.
        inner: { inherit: helpdesk, limits: { top: 51 }, rowFilters: { msdynci_customerprofile: "msdynci_zip eq 1" } }
                                                                                                 ^
      help: Known: msdynci_customerid, msdynci_fullname, msdynci_firstname, msdynci_lastname, msdynci_email, msdynci_mobilephone, msdynci_gender, msdynci_birthdate, msdynci_city, msdynci_countryorregion, msdynci_postalcode, msdynci_occupation, and 5 more.

    """),
  LanguageMistake(
    scopeTablesLine,
    "    tables: {}",
    """
    p.yaml:40:13: error: No table is named: nothing could be read in this scope.
          tables: {}
                  ^
      help: Leave `tables` out for all of them.
    p.yaml:41:19: error: This never applies: `msdynci_unifiedactivity` is not in this scope.
          rowFilters: { msdynci_unifiedactivity: "msdynci_title eq 'x'" }
                        ^
    p.yaml:42:17: error: This never applies: `msdynci_unifiedactivity` is not in this scope.
          requires: { msdynci_unifiedactivity: { oneOf: [msdynci_activityid] } }
                      ^

    """),
  LanguageMistake(
    scopeTablesLine,
    "    tables: { msdynci_customerprofile: every, msdynci_unifiedactivity: [msdynci_activityid, msdynci_activityid] }",
    """
    p.yaml:40:40: error: A list of columns is wanted here, this is text.
          tables: { msdynci_customerprofile: every, msdynci_unifiedactivity: [msdynci_activityid, msdynci_activityid] }
                                             ^
      help: Write `[column, …]`, or `all`.
    p.yaml:40:93: error: `msdynci_activityid` stands twice in this list.
          tables: { msdynci_customerprofile: every, msdynci_unifiedactivity: [msdynci_activityid, msdynci_activityid] }
                                                                                                  ^

    """),
  LanguageMistake(
    "    reportOnly: true",
    "    reportOnly: maybe",
    """
    p.yaml:44:17: error: `true` or `false` is wanted here, this is text.
          reportOnly: maybe
                      ^
      help: Write `true` or `false`, without quotes.

    """),
  LanguageMistake(
    "    inherit: default",
    "    inherits: default",
    """
    p.yaml:39:5: error: `inherits` is not a key of this mapping.
          inherits: default
          ^
      help: Did you mean `inherit`?

    """),
]

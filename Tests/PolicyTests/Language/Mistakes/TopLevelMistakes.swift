/// Keys of the top level.
let topLevelMistakes: [LanguageMistake] = [
  LanguageMistake(
    "prefer: [odata.maxpagesize]", #"annotations: ["*"]"#,
    """
    p.yaml:6:14: error: `*` is no annotation term.
      annotations: ["*"]
                   ^
      help: Name each term in full, for example OData.Community.Display.V1.FormattedValue.

    """),
  LanguageMistake(
    "missingSelect: inject",
    "missingSelect: injct",
    """
    p.yaml:5:16: error: This is none of the words that may stand here.
      missingSelect: injct
                     ^
      help: Did you mean `inject`? One of: `inject`, `deny`.

    """),
  LanguageMistake(
    "missingSelect: inject",
    "missingSelect: true",
    """
    p.yaml:5:16: error: This is none of the words that may stand here.
      missingSelect: true
                     ^
      help: One of: `inject`, `deny`.

    """),
  LanguageMistake(
    "prefer: [odata.maxpagesize]",
    "prefer: [odata.maxpagesize, odata.maxpagesize, return]",
    """
    p.yaml:6:29: error: `odata.maxpagesize` stands twice in this list.
      prefer: [odata.maxpagesize, odata.maxpagesize, return]
                                  ^
    p.yaml:6:48: error: This is none of the words that may stand here.
      prefer: [odata.maxpagesize, odata.maxpagesize, return]
                                                     ^
      help: One of: `odata.include-annotations`, `odata.maxpagesize`.

    """),
  LanguageMistake(
    "prefer: [odata.maxpagesize]",
    "metadata: [service, metadata, service]",
    """
    p.yaml:6:21: error: This is none of the words that may stand here.
      metadata: [service, metadata, service]
                          ^
      help: Did you mean `$metadata`? One of: `service`, `$metadata`, `EntityDefinitions`.
    p.yaml:6:31: error: `service` stands twice in this list.
      metadata: [service, metadata, service]
                                    ^

    """),
  LanguageMistake(
    "headers: [Consistency]",
    "headers: [Accept, MSCRM.*, consistency, MSCRM.BypassCustomPluginExecution, CONSISTENCY, callerobjectid]",
    """
    p.yaml:7:11: error: This never applies: no header field of this name means anything to Dataverse.
      headers: [Accept, MSCRM.*, consistency, MSCRM.BypassCustomPluginExecution, CONSISTENCY, callerobjectid]
                ^
      help: One of: CallerObjectId, MSCRMCallerID, Consistency, or a field MSCRM.… by its whole name.
    p.yaml:7:19: error: This never applies: no header field of this name means anything to Dataverse.
      headers: [Accept, MSCRM.*, consistency, MSCRM.BypassCustomPluginExecution, CONSISTENCY, callerobjectid]
                        ^
      help: One of: CallerObjectId, MSCRMCallerID, Consistency, or a field MSCRM.… by its whole name.
    p.yaml:7:76: error: `CONSISTENCY` stands twice in this list.
      headers: [Accept, MSCRM.*, consistency, MSCRM.BypassCustomPluginExecution, CONSISTENCY, callerobjectid]
                                                                                 ^

    """),
  LanguageMistake(
    "limits: { expandTop: 50, filterLiteralLength: 40 }",
    "limits: { expandTop: 5001, expands: 16, expandDepth: 0, listItem: 3, filterLiteralLength: 40 }",
    """
    p.yaml:3:22: error: The number has to be from 1 to 5000.
      limits: { expandTop: 5001, expands: 16, expandDepth: 0, listItem: 3, filterLiteralLength: 40 }
                           ^
    p.yaml:3:37: error: The number has to be from 1 to 15.
      limits: { expandTop: 5001, expands: 16, expandDepth: 0, listItem: 3, filterLiteralLength: 40 }
                                          ^
    p.yaml:3:54: error: The number has to be from 1 to 15.
      limits: { expandTop: 5001, expands: 16, expandDepth: 0, listItem: 3, filterLiteralLength: 40 }
                                                           ^
    p.yaml:3:57: error: `listItem` is not a key of this mapping.
      limits: { expandTop: 5001, expands: 16, expandDepth: 0, listItem: 3, filterLiteralLength: 40 }
                                                              ^
      help: Did you mean `listItems`?

    """),
  LanguageMistake(
    optionsLine,
    "options: [$select, $filter, $orderby, $apply, $expand]",
    """
    p.yaml:4:47: error: This never applies: no navigation property has `expand: true` in the tables without `options` of their own.
      options: [$select, $filter, $orderby, $apply, $expand]
                                                    ^
      help: Remove `$expand`.

    """),
  LanguageMistake(
    optionsLine,
    "options: [$select, $filter]",
    """
    p.yaml:22:12: error: This never applies: `$apply` is not in `options`.
          apply: [filter, groupby, aggregate]
                 ^
    p.yaml:27:66: error: This never applies: `$orderby` is not in `options`.
            msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [max] }
                                                                       ^

    """),
]

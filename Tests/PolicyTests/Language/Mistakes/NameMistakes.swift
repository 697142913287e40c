/// Names that can never be asked for: legacy names of declared columns, annotations.
let nameMistakes: [LanguageMistake] = [
  LanguageMistake(
    lastNameLine, "      msdynci_lastname: { type: text, displayName: LASTName, select: true, filter: [ne] }", ""),
  LanguageMistake(
    lastNameLine,
    """
          msdynci_lastname: { type: text, displayName: CustomerId, select: true, filter: [ne] }
          msdynci_nick: { type: text, displayName: "a b;drop", select: true }
    """,
    """
    p.yaml:16:52: error: `msdynci_customerid` has this name in the legacy API already; case makes no difference.
            msdynci_lastname: { type: text, displayName: CustomerId, select: true, filter: [ne] }
                                                         ^
      help: Give each column a name of its own.
    p.yaml:17:48: error: This is no name that a query could have.
            msdynci_nick: { type: text, displayName: "a b;drop", select: true }
                                                     ^
      help: Write letters, digits and `_`, no digit first, 128 characters at most.

    """),
  LanguageMistake(
    lastNameLine,
    """
          msdynci_nick: { type: text, displayName: Nick, select: true }
          msdynci_old_nick: { type: text, displayName: NICK, select: true }
          msdynci_shop_nick: { type: text, displayName: shop_Nick, select: true }
          msdynci_pet: { type: text, displayName: Dog, select: true }
    """,
    """
    p.yaml:17:52: error: `msdynci_nick` has this name in the legacy API already; case makes no difference.
            msdynci_old_nick: { type: text, displayName: NICK, select: true }
                                                         ^
      help: Give each column a name of its own.
    p.yaml:19:47: error: This never applies: in the legacy API the column has the name `pet`, in any case.
            msdynci_pet: { type: text, displayName: Dog, select: true }
                                                    ^
      help: Write that name, with its capitals; the mapping of the legacy API can give any other.

    """),
  LanguageMistake(
    "prefer: [odata.maxpagesize]",
    """
    annotations: [A.B, odata.etag]
    prefer: [odata.maxpagesize]
    """,
    """
    p.yaml:6:14: error: This never applies: callers ask for annotations by the preference `odata.include-annotations`, which is not in `prefer`.
      annotations: [A.B, odata.etag]
                   ^
      help: Add it to `prefer`, or leave `annotations` out.

    """),
  // Tags of rows come without being asked for.
  LanguageMistake(
    "prefer: [odata.maxpagesize]",
    """
    annotations: [odata.etag]
    prefer: [odata.maxpagesize]
    """, ""),
  LanguageMistake(
    lastNameLine,
    "      msdynci_lastname: { select: true, filter: [ne], annotate: true }",
    """
    p.yaml:16:65: error: This never applies: `annotations` names no term that a column could have.
            msdynci_lastname: { select: true, filter: [ne], annotate: true }
                                                                      ^
      help: Remove `annotate`.

    """),
]

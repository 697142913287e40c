/// Row filters.
let rowFilterMistakes: [LanguageMistake] = [
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq '@caller.city'""#,
    """
    p.yaml:13:33: error: In quotes this is text, not the value of the caller.
          rowFilter: "msdynci_city eq '@caller.city'"
                                      ^
      help: Write @caller.city without quotes.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq 'a' and (msdynci_lastname ne 'c' and msdynci_city eq 'b')""#,
    """
    p.yaml:13:16: error: No row can be read: the row filters want `msdynci_city` to be two different things at once.
          rowFilter: "msdynci_city eq 'a' and (msdynci_lastname ne 'c' and msdynci_city eq 'b')"
                     ^
      help: Write `or` between them, or remove one.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq null and msdynci_city ne null""#,
    """
    p.yaml:13:16: error: No row can be read: the row filters want `msdynci_city` to be two different things at once.
          rowFilter: "msdynci_city eq null and msdynci_city ne null"
                     ^
      help: Write `or` between them, or remove one.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_birthdate gt 2000-01-01 and msdynci_birthdate lt 1999-01-01""#,
    """
    p.yaml:13:16: error: No row can be read: the row filters want `msdynci_birthdate` to be two different things at once.
          rowFilter: "msdynci_birthdate gt 2000-01-01 and msdynci_birthdate lt 1999-01-01"
                     ^
      help: Write `or` between them, or remove one.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city ne 'x' or msdynci_city eq 'x'""#,
    """
    p.yaml:13:16: error: This row filter hides no row but those with a null: whatever is in `msdynci_city` meets it.
          rowFilter: "msdynci_city ne 'x' or msdynci_city eq 'x'"
                     ^
      help: Remove it; to hide rows with a null, write `msdynci_city ne null`.

    """),
  LanguageMistake(
    scopeRowFiltersLine,
    #"    rowFilters: { msdynci_customerprofile: "contains(msdynci_city,'%')", msdynci_unifiedactivity: "msdynci_title eq msdynci_title" }"#,
    """
    p.yaml:41:44: error: This row filter hides no row but those with a null: whatever is in `msdynci_city` meets it.
          rowFilters: { msdynci_customerprofile: "contains(msdynci_city,'%')", msdynci_unifiedactivity: "msdynci_title eq msdynci_title" }
                                                 ^
      help: Remove it; to hide rows with a null, write `msdynci_city ne null`.
    p.yaml:41:99: error: This row filter hides no row but those with a null: whatever is in `msdynci_title` meets it.
          rowFilters: { msdynci_customerprofile: "contains(msdynci_city,'%')", msdynci_unifiedactivity: "msdynci_title eq msdynci_title" }
                                                                                                        ^
      help: Remove it; to hide rows with a null, write `msdynci_title ne null`.

    """),
  LanguageMistake(
    scopeRowFiltersLine,
    #"    rowFilters: { msdynci_customerprofile: "msdynci_city ne @caller.city" }"#,
    """
    p.yaml:41:44: error: No row can be read: the row filters want `msdynci_city` to be two different things at once.
          rowFilters: { msdynci_customerprofile: "msdynci_city ne @caller.city" }
                                                 ^
      help: Write `or` between them, or remove one.

    """),
  // Text is compared without case, and `or` is no contradiction.
  LanguageMistake(rowFilterLine, #"    rowFilter: "msdynci_city eq 'a' and msdynci_city eq 'A'""#, ""),
  LanguageMistake(rowFilterLine, #"    rowFilter: "msdynci_city eq 'a' or msdynci_city eq 'b'""#, ""),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_citty eq @caller.city""#,
    """
    p.yaml:13:17: error: msdynci_customerprofile has no column `msdynci_citty`.
          rowFilter: "msdynci_citty eq @caller.city"
                      ^
      help: Did you mean `msdynci_city`?

    """),
  LanguageMistake(
    rowFilterLine,
    "    rowFilter: msdynci_city eq @caller.city and msdynci_zip eq 'x'",
    """
    p.yaml:13:49: error: msdynci_customerprofile has no column `msdynci_zip`.
          rowFilter: msdynci_city eq @caller.city and msdynci_zip eq 'x'
                                                      ^
      help: Known: msdynci_customerid, msdynci_fullname, msdynci_firstname, msdynci_lastname, msdynci_email, msdynci_mobilephone, msdynci_gender, msdynci_birthdate, msdynci_city, msdynci_countryorregion, msdynci_postalcode, msdynci_occupation, and 5 more.

    """),
  LanguageMistake(
    rowFilterLine,
    "    rowFilter: 'msdynci_lifetimevalue eq ''1'''",
    """
    p.yaml:13:16: error: msdynci_lifetimevalue is decimal; this literal is of another type. (DV008)
          rowFilter: 'msdynci_lifetimevalue eq ''1'''
                     ^
      help: Write a number without quotes.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_lifetimevalue eq '1'""#,
    """
    p.yaml:13:42: error: msdynci_lifetimevalue is decimal; this literal is of another type. (DV008)
          rowFilter: "msdynci_lifetimevalue eq '1'"
                                               ^
      help: Write a number without quotes.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq \u0027x\u0027 and x eq 1""#,
    #"""
    p.yaml:13:16: error: msdynci_customerprofile has no column `x`.
          rowFilter: "msdynci_city eq \u0027x\u0027 and x eq 1"
                     ^
      help: Known: msdynci_customerid, msdynci_fullname, msdynci_firstname, msdynci_lastname, msdynci_email, msdynci_mobilephone, msdynci_gender, msdynci_birthdate, msdynci_city, msdynci_countryorregion, msdynci_postalcode, msdynci_occupation, and 5 more.

    """#),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq @region""#,
    """
    p.yaml:13:33: error: Only a value of the caller can stand here.
          rowFilter: "msdynci_city eq @region"
                                      ^
      help: Write `@caller.` and its name.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq @caller_city""#,
    """
    p.yaml:13:33: error: Only a value of the caller can stand here.
          rowFilter: "msdynci_city eq @caller_city"
                                      ^
      help: Write `@caller.` and its name.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq @caller.""#,
    """
    p.yaml:13:33: error: The name of the value is missing.
          rowFilter: "msdynci_city eq @caller."
                                      ^
      help: Write `@caller.` and its name.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "@caller.city eq msdynci_city""#,
    """
    p.yaml:13:17: error: The name of a column is wanted here.
          rowFilter: "@caller.city eq msdynci_city"
                      ^
      help: A condition begins with the column.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "contains(msdynci_city,@caller.city)""#,
    """
    p.yaml:13:39: error: Text in quotes is wanted here.
          rowFilter: "contains(msdynci_city,@caller.city)"
                                            ^

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_customer_unifiedactivity/any(a:a/msdynci_title eq 'x')""#,
    """
    p.yaml:13:17: error: A row filter follows no way to another table.
          rowFilter: "msdynci_customer_unifiedactivity/any(a:a/msdynci_title eq 'x')"
                      ^
      help: Use columns of msdynci_customerprofile alone.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_lookupfield_customer/msdynci_city eq 'x'""#,
    """
    p.yaml:13:17: error: A row filter follows no way to another table.
          rowFilter: "msdynci_lookupfield_customer/msdynci_city eq 'x'"
                      ^
      help: Use columns of msdynci_customerprofile alone.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "tolower(msdynci_city) eq 'x'""#,
    """
    p.yaml:13:17: error: No function can stand here.
          rowFilter: "tolower(msdynci_city) eq 'x'"
                      ^
      help: A condition begins with the column.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city""#,
    """
    p.yaml:13:17: error: A condition is wanted here.
          rowFilter: "msdynci_city"
                      ^
      help: Compare a column with a value: column eq 'text', or column eq @caller.name.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city eq""#,
    """
    p.yaml:13:32: error: This is no condition: the operator has no right operand.
          rowFilter: "msdynci_city eq"
                                     ^

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city in ('a','b')""#,
    """
    p.yaml:13:17: error: A condition is wanted here.
          rowFilter: "msdynci_city in ('a','b')"
                      ^
      help: Compare a column with a value: column eq 'text', or column eq @caller.name.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "not Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=[@caller.city])""#,
    """
    p.yaml:13:17: error: `not` cannot stand before a query function. (DV004)
          rowFilter: "not Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=[@caller.city])"
                      ^
      help: Use its twin, Microsoft.Dynamics.CRM.NotIn.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "Microsoft.Dynamics.CRM.In(PropertyName='msdynci_citty',PropertyValues=[@city,1])""#,
    """
    p.yaml:13:56: error: msdynci_customerprofile has no column `msdynci_citty`.
          rowFilter: "Microsoft.Dynamics.CRM.In(PropertyName='msdynci_citty',PropertyValues=[@city,1])"
                                                             ^
      help: Did you mean `msdynci_city`?
    p.yaml:13:88: error: Only a value of the caller can stand here.
          rowFilter: "Microsoft.Dynamics.CRM.In(PropertyName='msdynci_citty',PropertyValues=[@city,1])"
                                                                                             ^
      help: Write `@caller.` and its name.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "Microsoft.Dynamics.CRM.Inn(PropertyName='msdynci_city',PropertyValues=['a'])""#,
    """
    p.yaml:13:17: error: Dataverse has no query function of this name. (DV005)
          rowFilter: "Microsoft.Dynamics.CRM.Inn(PropertyName='msdynci_city',PropertyValues=['a'])"
                      ^
      help: Query functions are called Microsoft.Dynamics.CRM.Name, for example Microsoft.Dynamics.CRM.In.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "Microsoft.Dynamics.CRM.On(PropertyName='msdynci_birthdate',PropertyValue=@caller.day)""#,
    """
    p.yaml:13:90: error: A value of the caller cannot stand here.
          rowFilter: "Microsoft.Dynamics.CRM.On(PropertyName='msdynci_birthdate',PropertyValue=@caller.day)"
                                                                                               ^
      help: It stands at the right of a comparison, or in a list of values.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_birthdate eq msdynci_city""#,
    """
    p.yaml:13:38: error: msdynci_birthdate is dateOnly, this is text.
          rowFilter: "msdynci_birthdate eq msdynci_city"
                                           ^

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "contains(msdynci_lifetimevalue,'x') or ownerid eq null""#,
    """
    p.yaml:13:56: error: msdynci_customerprofile has no column `ownerid`.
          rowFilter: "contains(msdynci_lifetimevalue,'x') or ownerid eq null"
                                                             ^
      help: A lookup is named as in URLs: `_ownerid_value`.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: "msdynci_city gt null""#,
    """
    p.yaml:13:33: error: null can only be compared with `eq` and `ne`. (DV008)
          rowFilter: "msdynci_city gt null"
                                      ^
      help: Compare with a value.

    """),
  LanguageMistake(
    rowFilterLine,
    """
        rowFilter: |
          msdynci_city eq 'x' and nope eq 1
    """,
    """
    p.yaml:13:16: error: msdynci_customerprofile has no column `nope`.
          rowFilter: |
                     ^
      help: Known: msdynci_customerid, msdynci_fullname, msdynci_firstname, msdynci_lastname, msdynci_email, msdynci_mobilephone, msdynci_gender, msdynci_birthdate, msdynci_city, msdynci_countryorregion, msdynci_postalcode, msdynci_occupation, and 5 more.

    """),
  LanguageMistake(
    rowFilterLine,
    "    rowFilter: 1",
    """
    p.yaml:13:16: error: Text is wanted here, but without quotes this is a number to YAML.
          rowFilter: 1
                     ^
      help: Put it in quotes.

    """),
  LanguageMistake(
    rowFilterLine,
    #"    rowFilter: """#,
    """
    p.yaml:13:17: error: This is no condition: the expression ends where a value, name or bracket should follow.
          rowFilter: ""
                      ^

    """),
  LanguageMistake(
    tableOptionsLine,
    "    options: [$select, $filter, $expand, key]",
    """
    p.yaml:11:42: error: A table with a row filter cannot be read by `key`.
          options: [$select, $filter, $expand, key]
                                               ^
      help: Remove `key`.

    """),
  LanguageMistake(
    scopeRowFiltersLine,
    #"    rowFilters: { msdynci_enrichment: "msdynci_values eq 'x'", msdynci_unifiedactivity: "msdynci_titel eq 'x'" }"#,
    """
    p.yaml:41:19: error: This never applies: `msdynci_enrichment` is not in this scope.
          rowFilters: { msdynci_enrichment: "msdynci_values eq 'x'", msdynci_unifiedactivity: "msdynci_titel eq 'x'" }
                        ^
    p.yaml:41:90: error: msdynci_unifiedactivity has no column `msdynci_titel`.
          rowFilters: { msdynci_enrichment: "msdynci_values eq 'x'", msdynci_unifiedactivity: "msdynci_titel eq 'x'" }
                                                                                               ^
      help: Did you mean `msdynci_title`?

    """),
]

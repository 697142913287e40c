/// Answers of Dataverse as the benchmark feeds them: large, and like those of customer profiles.
enum Documents {
  /// About `bytes` of rows between the head and the end of an answer.
  private static func answer(bytes: Int, row: (Int) -> String) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes + 65_536)
    out.append(
      contentsOf: #"{"@odata.context":"https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#rows","value":["#.utf8)
    var number = 0
    while out.count < bytes {
      if number > 0 { out.append(UInt8(ascii: ",")) }
      out.append(contentsOf: row(number).utf8)
      number += 1
    }
    out.append(contentsOf: "]}".utf8)
    return out
  }

  /// Profiles with their annotations and system columns, of which most is dropped.
  static func profiles(bytes: Int) -> [UInt8] {
    answer(bytes: bytes) { number in
      let id = String(number + 0x1000_0000, radix: 16)
      return """
        {"@odata.etag":"W/\\"\(4_000_000 + number)\\"","msdynci_customerprofileid":"\(id)-1a2b-4c3d-8e9f-001122334455",\
        "msdynci_customerid":"\(id)00112233445566778899aabb","msdynci_fullname":"Alex Wilber \(number)",\
        "msdynci_firstname":"Alex","msdynci_lastname":"Wilber","msdynci_email":"alex.wilber.\(number)@contoso.com",\
        "msdynci_telephone":"+1 425 555 0\(100 + number % 900)","msdynci_addresscity":"Redmond",\
        "msdynci_addresscountry":"United States","msdynci_birthdate":"1984-03-\(10 + number % 18)",\
        "msdynci_birthdate@OData.Community.Display.V1.FormattedValue":"3/\(10 + number % 18)/1984",\
        "msdynci_annualincome":\(40_000 + number % 9000).5000,\
        "msdynci_annualincome@OData.Community.Display.V1.FormattedValue":"$\(40 + number % 9),000.50",\
        "msdynci_loyaltytier":\(number % 5),"msdynci_loyaltytier@OData.Community.Display.V1.FormattedValue":"Gold",\
        "statecode":0,"statecode@OData.Community.Display.V1.FormattedValue":"Active","statuscode":1,\
        "createdon":"2026-03-01T10:20:30Z","createdon@OData.Community.Display.V1.FormattedValue":"3/1/2026 10:20 AM",\
        "modifiedon":"2026-03-02T11:21:31Z","_ownerid_value":"5f0c4a1e-7a51-ee11-be6f-000d3a1b2c3d",\
        "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"systemuser","_createdby_value":null,\
        "versionnumber":\(4_000_000 + number),"timezoneruleversionnumber":null,"utcconversiontimezonecode":null,\
        "importsequencenumber":null,"overriddencreatedon":null}
        """
    }
  }

  /// Rows of which nearly everything is one long text that is kept.
  static func longText(bytes: Int) -> [UInt8] {
    let text = String(
      repeating: "The customer asked about the delivery of an order and was told when it comes. ", count: 52)
    return answer(bytes: bytes) { number in
      #"{"msdynci_customerid":"\#(number)","msdynci_fullname":"\#(text)","createdon":"2026-03-01T10:20:30Z"}"#
    }
  }

  /// Text with escapes, and with characters beyond ASCII.
  static func escapes(bytes: Int) -> [UInt8] {
    answer(bytes: bytes) { number in
      """
      {"@odata.etag":"W/\\"\(number)\\"","msdynci_customerid":"\(number)",\
      "msdynci_fullname":"Zo\\u00eb \\"Z\\" M\\u00fcller\\nGesch\\u00e4ftsf\\u00fchrerin, 2\\/3","msdynci_firstname":"Zoë",\
      "msdynci_lastname":"Müller-Lüdenscheidt","msdynci_addresscity":"東京都千代田区 \\ud83d\\ude00",\
      "msdynci_email":"zo\\u00eb@example.com"}
      """
    }
  }

  /// Rows with a column of JSON text that the legacy dialect unfolds.
  static func measures(bytes: Int) -> [UInt8] {
    answer(bytes: bytes) { number in
      """
      {"@odata.etag":"W/\\"\(number)\\"","msdynci_customermeasureid":"5f0c4a1e-7a51-ee11-be6f-000d3a1b2c3d",\
      "msdynci_customerid":"\(number)","msdynci_measures":"{\\"TotalSpend\\":\(number).50,\\"Visits\\":3,\
      \\"LastStore\\":\\"Redmond Town Center\\",\\"AverageBasket\\":17.25}","createdon":"2026-03-01T10:20:30Z"}
      """
    }
  }
}

import NIOCore

/// IMF-fixdate (RFC 9110, section 5.6.7), made at most once a second for each connection.
struct HTTPDateCache {
  private var second: Int64 = -1
  private var line = ByteBuffer()

  /// The whole `Date` header line with its line end.
  mutating func line(at unixSeconds: Int64) -> ByteBuffer {
    if unixSeconds != second {
      second = unixSeconds
      line = ByteBuffer(string: "Date: \(HTTPDateCache.format(unixSeconds))\r\n")
    }
    return line
  }

  static func format(_ unixSeconds: Int64) -> String {
    let time = CivilTime(unixSeconds: unixSeconds)
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return "\(weekdays[time.weekday]), \(CivilTime.two(time.day)) \(months[Int(time.month - 1)]) \(time.year) "
      + "\(CivilTime.two(time.hour)):\(CivilTime.two(time.minute)):\(CivilTime.two(time.second)) GMT"
  }
}

/// The words that synthetic data is made of.
enum SandboxCatalog {
  static let firstNames = [
    "Anna", "Ben", "Chloé", "David", "Elif", "Fatima", "George", "Hannah", "Ivan", "Jürgen", "Kwame", "Lucía", "Mei",
    "Noah", "Olga", "Priya", "Quentin", "Rosa", "Søren", "Thomas", "Uma", "Viktor", "Wanjiru", "Ximena", "Yuki", "Zoë",
  ]
  static let lastNames = [
    "Allan", "Brown", "Castaño", "Dubois", "Eriksen", "Fischer", "García", "Hoffmann", "Ibrahim", "Jones", "Kowalski",
    "Larsson", "Müller", "Nakamura", "O'Brien", "Petrović", "Quinn", "Rossi", "Stringer", "Tanaka", "Underwood",
    "Vasquez", "Weiß", "Xu", "Yılmaz", "Zimmermann", "山田", "Иванова",
  ]
  static let cities: [(city: String, country: String, postalCode: String)] = [
    ("Berlin", "Germany", "10115"), ("Lyon", "France", "69001"), ("Kraków", "Poland", "30-001"),
    ("Seattle", "United States", "98101"), ("Austin", "United States", "73301"), ("Malmö", "Sweden", "211 18"),
    ("Nairobi", "Kenya", "00100"), ("Kyoto", "Japan", "600-8001"), ("São Paulo", "Brazil", "01000-000"),
    ("Leeds", "United Kingdom", "LS1 1UR"),
  ]
  static let occupations = ["Engineer", "Nurse", "Teacher", "Retired", "Student", "Baker", "Lawyer", "Pilot"]
  static let activityTypes: [(type: String, display: String, name: String)] = [
    ("SalesOrderLine", "Purchase", "Order line"), ("WebVisit", "Web visit", "Page view"),
    ("SupportTicket", "Support ticket", "Ticket opened"), ("LoyaltyReward", "Reward", "Points earned"),
    ("Subscription", "Subscription", "Renewed"),
  ]
  static let products = [
    "Espresso machine", "Grinder", "Kettle", "Descaler 50%", "Mug [blue]", "Filter_paper", "Scale",
  ]
  /// The third differs from the first only where `_` is a wildcard.
  static let segments = ["Male_under_40", "Loyal_customers", "MaleXunder_40", "Churn_risk_high", "High_value"]
  static let models: [(model: String, provider: String)] = [
    ("CustomerChurnPrediction", "ChurnModel"), ("CustomerLifetimeValuePrediction", "CLVModel"),
  ]
  static let enrichments = ["BrandShareOfVoiceFromMicrosoft", "InterestShareOfVoiceFromMicrosoft"]
  static let brands = ["Contoso", "Fabrikam", "Northwind", "Tailspin", "Adatum"]
  static let interests = ["Coffee", "Cycling", "Gardening", "Opera", "Sailing"]
}

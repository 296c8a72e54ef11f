import Core

public struct OutboundLocation: Sendable, Hashable {
    /// Degrees, WGS 84.
    public let latitude: Double
    public let longitude: Double
    public let name: String?
    public let address: String?

    public init(latitude: Double, longitude: Double, name: String? = nil, address: String? = nil) {
        self.latitude = latitude
        self.longitude = longitude
        self.name = name
        self.address = address
    }

    init?(_ fields: JSONFields) {
        let latitude = fields.double("latitude", -90...90)
        let longitude = fields.double("longitude", -180...180)
        name = fields.string("name", 1...1000, optional: true)
        address = fields.string("address", 1...1000, optional: true)
        guard let latitude, let longitude else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.key("latitude")
            $0.double(latitude)
            $0.key("longitude")
            $0.double(longitude)
            $0.member("name", ifPresent: name)
            $0.member("address", ifPresent: address)
        }
    }
}

/// A PostgreSQL type by its object id, with the id of its array type (0 when none is known here).
public struct PostgresType: Hashable, Sendable {
    public let oid: UInt32
    public let arrayOID: UInt32

    public init(oid: UInt32, arrayOID: UInt32 = 0) {
        self.oid = oid
        self.arrayOID = arrayOID
    }

    // The ids are fixed in PostgreSQL's pg_type.dat.
    public static let bool = PostgresType(oid: 16, arrayOID: 1000)
    public static let bytea = PostgresType(oid: 17, arrayOID: 1001)
    public static let name = PostgresType(oid: 19, arrayOID: 1003)
    public static let int8 = PostgresType(oid: 20, arrayOID: 1016)
    public static let int2 = PostgresType(oid: 21, arrayOID: 1005)
    public static let int4 = PostgresType(oid: 23, arrayOID: 1007)
    public static let text = PostgresType(oid: 25, arrayOID: 1009)
    public static let oid = PostgresType(oid: 26, arrayOID: 1028)
    public static let json = PostgresType(oid: 114, arrayOID: 199)
    public static let float4 = PostgresType(oid: 700, arrayOID: 1021)
    public static let float8 = PostgresType(oid: 701, arrayOID: 1022)
    public static let unknown = PostgresType(oid: 705)
    public static let bpchar = PostgresType(oid: 1042, arrayOID: 1014)
    public static let varchar = PostgresType(oid: 1043, arrayOID: 1015)
    public static let date = PostgresType(oid: 1082, arrayOID: 1182)
    public static let timestamptz = PostgresType(oid: 1184, arrayOID: 1185)
    public static let uuid = PostgresType(oid: 2950, arrayOID: 2951)
    public static let jsonb = PostgresType(oid: 3802, arrayOID: 3807)
    public static let xid8 = PostgresType(oid: 5069, arrayOID: 271)

    /// The array type whose elements are of this type.
    public var array: PostgresType { PostgresType(oid: arrayOID) }

    /// The type's name for error messages.
    var label: String { Self.labels[oid] ?? "type \(oid)" }

    private static let labels: [UInt32: String] = {
        let named: [(PostgresType, String)] = [
            (.bool, "bool"), (.bytea, "bytea"), (.name, "name"), (.int8, "int8"), (.int2, "int2"), (.int4, "int4"),
            (.text, "text"), (.oid, "oid"), (.json, "json"), (.float4, "float4"), (.float8, "float8"), (.unknown, "unknown"),
            (.bpchar, "bpchar"), (.varchar, "varchar"), (.date, "date"), (.timestamptz, "timestamptz"), (.uuid, "uuid"),
            (.jsonb, "jsonb"), (.xid8, "xid8"),
        ]
        var labels: [UInt32: String] = [1700: "numeric", 1114: "timestamp", 1186: "interval", 2278: "void"]
        for (type, label) in named {
            labels[type.oid] = label
            if type.arrayOID != 0 { labels[type.arrayOID] = label + "[]" }
        }
        return labels
    }()
}

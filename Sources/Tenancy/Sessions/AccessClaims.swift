import Core
import Foundation
import JWTKit

/// What an access token says: who and which session, for ten minutes. Role and merchant are not in it; they are read for each request.
struct AccessClaims: JWTPayload {
    static let lifetime: Duration = .seconds(600)
    static let audience = "maitre-api"

    var iss: IssuerClaim
    var aud: AudienceClaim
    var iat: IssuedAtClaim
    var nbf: NotBeforeClaim
    var exp: ExpirationClaim
    var sub: SubjectClaim
    var sid: String

    init(issuer: String, person: PersonID, session: SessionID, at time: Timestamp) {
        let now = Date(timeIntervalSince1970: TimeInterval(time.unixSeconds))
        iss = IssuerClaim(value: issuer)
        aud = AudienceClaim(value: Self.audience)
        iat = IssuedAtClaim(value: now)
        // Another node's clock may be a little behind.
        nbf = NotBeforeClaim(value: now.addingTimeInterval(-30))
        exp = ExpirationClaim(value: now.addingTimeInterval(TimeInterval(Self.lifetime.components.seconds)))
        sub = SubjectClaim(value: person.description)
        sid = session.description
    }

    func verify(using algorithm: some JWTAlgorithm) async throws {
        try exp.verifyNotExpired()
        try nbf.verifyNotBefore()
        try aud.verifyIntendedAudience(includes: Self.audience)
    }
}

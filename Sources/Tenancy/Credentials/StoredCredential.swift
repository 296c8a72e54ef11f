import Core

/// A credential as the database knows it, with what it opens at this moment.
struct StoredCredential: Sendable {
    let id: CredentialID
    let kind: TokenFormat.Kind
    let scopes: Set<String>
    /// The merchant of a merchant key.
    let merchant: MerchantID?
    /// What that merchant is; nil for others.
    let access: MerchantAccess?
    /// The owner of a personal access token.
    let person: PersonID?
    /// What that person may reach; nil for others.
    let personAccess: PersonAccess?
    let expiresAt: Timestamp?
}

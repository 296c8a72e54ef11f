import Core
import Crypto
import Foundation
import Messaging
import Tenancy

/// Makes the demo restaurants once, through the same services that the API uses.
struct DemoData {
    let node: APINode
    private static let actor = Actor.system("demo data")

    /// The demo data of this installation: from the file of an earlier start when that still opens, or made now.
    func ensure(known: DemoFile?, baseURL: String) async throws -> DemoFile {
        if var known, try await isCurrent(known) {
            known.baseUrl = baseURL
            for (index, restaurant) in DemoRestaurant.all.enumerated() where known.merchants[index].password == nil {
                guard let merchant = MerchantID(known.merchants[index].restaurantId) else { continue }
                (known.merchants[index].email, known.merchants[index].password) = (
                    restaurant.ownerEmail, try await owner(restaurant, of: merchant).password
                )
            }
            return known
        }
        let appSecret = Self.randomToken()
        var merchants: [DemoFile.Merchant] = []
        for restaurant in DemoRestaurant.all {
            merchants.append(try await make(restaurant, appSecret: appSecret))
        }
        let platformKey = try await node.credentials.createPlatformKey(name: "demo", by: Self.actor)
        return DemoFile(baseUrl: baseURL, platformKey: platformKey.reveal(), merchants: merchants)
    }

    private func isCurrent(_ file: DemoFile) async throws -> Bool {
        guard file.merchants.count == DemoRestaurant.all.count else { return false }
        for merchant in file.merchants {
            guard let id = MerchantID(merchant.restaurantId) else { return false }
            do {
                _ = try await node.merchants.find(id)
            } catch let error as DomainError where error.kind == .notFound {
                return false
            }
        }
        return true
    }

    private func make(_ restaurant: DemoRestaurant, appSecret: String) async throws -> DemoFile.Merchant {
        let merchant = try await node.merchants.create(
            MerchantIn(name: restaurant.name, timeZone: restaurant.timeZone, locale: restaurant.locale, currency: restaurant.currency),
            by: Self.actor
        )
        let bot = try await node.bots.create(
            BotIn(name: restaurant.name, greeting: restaurant.greeting, menu: restaurant.menu, openingHours: restaurant.openingHours),
            of: merchant.id,
            by: Self.actor
        )
        let verifyToken = Self.randomToken()
        let accessToken = "EAA" + Self.randomToken()
        guard let number = PhoneNumber(restaurant.displayNumber) else {
            throw DomainError(.invalid, code: "demo_data", message: "The demo number of \(restaurant.name) is not a number.")
        }
        _ = try await node.channels.create(
            MetaChannelIn(
                bot: bot.id,
                phoneNumberID: restaurant.phoneNumberID,
                wabaID: restaurant.wabaID,
                displayNumber: number,
                appID: DemoRestaurant.appID,
                appSecret: Secret(appSecret),
                accessToken: Secret(accessToken),
                verifyToken: Secret(verifyToken)
            ),
            of: merchant.id,
            by: Self.actor
        )
        let (owner, password) = try await owner(restaurant, of: merchant.id)
        let pat = try await node.credentials.createPersonalAccessToken(for: owner, name: "demo", by: Self.actor)
        return DemoFile.Merchant(
            restaurantId: merchant.id.description,
            name: restaurant.name,
            locale: restaurant.locale,
            botId: bot.id.description,
            pat: pat.reveal(),
            email: restaurant.ownerEmail,
            password: password,
            channels: [
                DemoFile.Channel(
                    provider: "meta",
                    phoneNumberId: restaurant.phoneNumberID,
                    wabaId: restaurant.wabaID,
                    displayNumber: number.e164,
                    appId: DemoRestaurant.appID,
                    appSecret: appSecret,
                    verifyToken: verifyToken,
                    accessToken: accessToken
                )
            ]
        )
    }

    /// The owner, with a new password.
    private func owner(_ restaurant: DemoRestaurant, of merchant: MerchantID) async throws -> (PersonID, password: String) {
        let owner = try await node.people.ensureMember(
            email: restaurant.ownerEmail,
            name: restaurant.ownerName,
            of: merchant,
            role: .owner
        )
        let password = "demo-" + String(Self.randomToken().prefix(10))
        try await node.people.setPassword(password, of: owner)
        return (owner, password)
    }

    private static func randomToken() -> String {
        SymmetricKey(size: .bits128).withUnsafeBytes { Array($0).hexadecimal }
    }
}

import Core
import HTTPTypes
import Hummingbird

extension ControlRoutes {
    func listNumbers(_ request: Request, _ context: Context) async throws -> Response {
        jsonAnswer(
            meta.change { state, _ in
                ["numbers": .array(state.numberOrder.compactMap { state.numbers[$0]?.controlJSON })]
            }
        )
    }

    /// A number of the shape of the configuration's `phoneNumbers`.
    func addNumber(_ request: Request, _ context: Context) async throws -> Response {
        let phone = try SimulatedPhoneNumber(json: try await json(request), at: "")
        let known = meta.change { state, _ in phone.appID.map { state.apps[$0] != nil } ?? true }
        guard known else { throw ControlError(.unprocessableContent, "There is no such app.", pointer: "/appId") }
        meta.register(phone)
        return jsonAnswer(["phoneNumberId": .string(phone.phoneNumberID)], status: .created)
    }

    /// `{"tokenValid":false}` makes every call answer 190; `status` and `qualityRating` show in the number's fields.
    func changeNumber(_ request: Request, _ context: Context) async throws -> Response {
        let id = context.parameters.get("number") ?? ""
        var fields = try FieldReader(try await json(request))
        let tokenValid = try fields.bool("tokenValid")
        let status = try fields.string("status", limit: 40)
        let quality = try fields.string("qualityRating", limit: 40)
        try fields.refuseUnknown()
        return jsonAnswer(
            try meta.change { state, _ throws(ControlError) in
                _ = try number(id, state)
                if let tokenValid { state.numbers[id]?.isTokenValid = tokenValid }
                if let status { state.numbers[id]?.status = status }
                if let quality { state.numbers[id]?.qualityRating = quality }
                return try number(id, state).controlJSON
            }
        )
    }

    /// The conversations of a number, the latest first.
    func listThreads(_ request: Request, _ context: Context) async throws -> Response {
        let id = context.parameters.get("number") ?? ""
        return jsonAnswer(
            try meta.change { state, _ throws(ControlError) in
                _ = try number(id, state)
                let threads = state.threads.filter { $0.key.phoneNumberID == id }.sorted { $0.value.lastActivity > $1.value.lastActivity }
                return [
                    "threads": .array(
                        threads.prefix(500).map { key, thread in
                            [
                                "customer": .string(key.customer), "name": .optional(state.customers[key.customer]?.name),
                                "entries": .int(thread.entries.count), "lastActivity": .int(thread.lastActivity.microseconds / 1000),
                            ]
                        }
                    )
                ]
            }
        )
    }
}

extension NumberState {
    var controlJSON: JSONValue {
        [
            "phoneNumberId": .string(phone.phoneNumberID), "wabaId": .string(phone.wabaID), "displayNumber": .string(phone.displayNumber),
            "restaurantName": .string(phone.restaurantName), "locale": .string(phone.locale), "status": .string(status),
            "qualityRating": .string(qualityRating), "tokenValid": .bool(isTokenValid),
        ]
    }
}

import Core
import Testing

@testable import Simulator

@Suite("Configuration")
struct ConfigurationTests {
    static let json = """
        {"callbackUrl":"http://127.0.0.1:8080/webhooks/meta","graphPath":"/graph","publicUrl":"http://127.0.0.1:9000",
         "apps":[{"appId":"1","appSecret":"s","verifyToken":"v"}],
         "phoneNumbers":[{"phoneNumberId":"10","wabaId":"20","displayNumber":"+966 50 000 0099","accessToken":"t","restaurantName":"R","locale":"ar"}],
         "templates":[{"wabaId":"20","definition":{"name":"x","language":"ar","category":"UTILITY","components":[{"type":"BODY","text":"x"}]}}],
         "delays":{"sent":1,"delivered":2,"read":3,"webhookRetries":[0,10]},"limits":{"throughputPerSecond":0,"pairBurst":0},
         "window":{"enforcement":"off","openForUnknownCustomers":true},"faults":[{"kind":"slow","milliseconds":5,"probability":0.5}],
         "seed":9,"graphVersion":23,"updatesPerWebhook":50,"verifiesCallbackOnStart":false}
        """

    @Test("A whole document is read")
    func whole() throws {
        let configuration = try SimulatorConfiguration(json: Self.json.utf8)
        #expect(configuration.phoneNumbers.first?.displayNumber == "966500000099")
        #expect(configuration.delays.read == .milliseconds(3))
        #expect(configuration.delays.webhookRetries == [.zero, .milliseconds(10)])
        #expect(configuration.limits.throughputPerSecond == 0)
        #expect(configuration.limits.pairInterval == .seconds(6))
        #expect(configuration.window.enforcement == .off)
        #expect(configuration.faults == [FaultRule(.slow, probability: 0.5, milliseconds: 5)])
        #expect(configuration.seed == 9)
        #expect(configuration.graphVersion == 23)
        #expect(configuration.updatesPerWebhook == 50)
        #expect(!"\(configuration)".contains("accessToken: t"), "secrets are not printed")
        let meta = SimulatedMeta(configuration: configuration)
        #expect(meta.change { state, _ in state.templates.list(wabaID: "20").first?.status } == .approved)
    }

    @Test(
        "A mistake is named with its place",
        arguments: [
            ("{}", "/callbackUrl"), (#"{"callbackUrl":"x"}"#, "/apps"), (#"{"callbackUrl":"x","apps":[{}]}"#, "/apps/0/appId"),
            (#"{"callbackUrl":"x","apps":[{"appId":"1","appSecret":"s","verifyToken":"v"}],"port":1}"#, "/port"),
            (#"{"callbackUrl":"x","apps":[{"appId":"1","appSecret":"s","verifyToken":"v"}],"delays":{"sent":-1}}"#, "/delays/sent"),
            (
                #"{"callbackUrl":"x","apps":[{"appId":"1","appSecret":"s","verifyToken":"v"}],"window":{"enforcement":"x"}}"#,
                "/window/enforcement"
            ),
            (
                #"{"callbackUrl":"x","apps":[{"appId":"1","appSecret":"s","verifyToken":"v"}],"phoneNumbers":[{"displayNumber":"x"}]}"#,
                "/phoneNumbers/0/displayNumber"
            ),
        ]
    )
    func mistakes(json: String, pointer: String) {
        let error = #expect(throws: FieldProblem.self) { try SimulatorConfiguration(json: json.utf8) }
        #expect(error?.pointer == pointer)
    }

    @Test("Up to version 23 statuses carry the conversation (A6)")
    func conversation() async throws {
        try await SimulatorRig.run {
            $0.graphVersion = 23
        } _: { rig async throws in
            _ = try await rig.text("x")
            let statuses = await rig.receiver.updates("statuses", count: 3)
            #expect(statuses.allSatisfy { $0["conversation"]?["origin"]?["type"] == "service" })
            #expect(statuses[0]["conversation"]?["expiration_timestamp"] != nil)
            #expect(statuses[1]["conversation"]?["expiration_timestamp"] == nil)
        }
    }
}

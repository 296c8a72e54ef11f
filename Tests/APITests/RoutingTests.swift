import API
import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite("Routing")
struct RoutingTests {
    @Test(
        "Every other method of a known path is 405 with Allow",
        arguments: ["QUERY", "TRACE", "PUT", "PATCH", "PROPFIND", "NONSENSE", "CONNECT"]
    )
    func otherMethods(method: String) async throws {
        let name = try #require(HTTPRequest.Method(method))
        try await TestAPI().test { client in
            for path in ["/api/v1/things", "/api/things"] {
                let response = try await client.execute(uri: path, method: name, headers: .person)
                #expect(response.status == .methodNotAllowed)
                #expect(response.code == "method_not_allowed")
                #expect(response.headers[.allow] == "OPTIONS, POST")
            }
            let one = try await client.execute(uri: "/api/v1/things/abc", method: name)
            #expect(one.headers[.allow] == "DELETE, GET, HEAD, OPTIONS")
        }
    }

    @Test("A known method that a path lacks is 405 too, and an unknown path is 404 for all")
    func missing() async throws {
        try await TestAPI().test { client in
            #expect(try await client.execute(uri: "/api/v1/things", method: .get, headers: .person).status == .methodNotAllowed)
            for method in [HTTPRequest.Method.get, .post, .options, .trace] {
                let response = try await client.execute(uri: "/api/v1/nothing", method: method, headers: .person)
                #expect(response.status == .notFound)
                #expect(response.code == "not_found")
            }
        }
    }

    @Test("Method overriding headers change nothing (attack A8)")
    func override() async throws {
        try await TestAPI().test { client in
            var headers = HTTPFields.person
            headers[try #require(HTTPField.Name("X-HTTP-Method-Override"))] = "DELETE"
            let response = try await client.execute(uri: "/api/v1/things/abc", method: .get, headers: headers)
            #expect(response.status == .ok)
        }
    }

    @Test("HEAD answers as GET without a body; OPTIONS tells the methods")
    func headAndOptions() async throws {
        try await TestAPI().test { client in
            let get = try await client.execute(uri: "/livez", method: .get)
            let head = try await client.execute(uri: "/livez", method: .head)
            #expect(head.status == .ok)
            #expect(head.body.readableBytes == 0)
            #expect(head.headers[.contentLength] == get.headers[.contentLength])
            let options = try await client.execute(uri: "/livez", method: .options)
            #expect(options.status == .noContent)
            #expect(options.headers[.allow] == "GET, HEAD, OPTIONS")
        }
    }

    @Test("An id that is no UUID names nothing: 404")
    func pathID() async throws {
        let api = APIRouter(APIConfiguration(logger: TestAPI().logger))
        api.router.get("/merchants/{id}") { _, context in
            let id: MerchantID = try context.id()
            return JSONResponse { $0.member("id", id.description) }
        }
        let id = MerchantID.new()
        try await Application(router: api.finished()).test(.router) { client in
            #expect(try await client.execute(uri: "/merchants/\(id)", method: .get).json?["id"]?.string == id.description)
            for bad in ["1", "%00", "..%2f", "\(id)%00", "\(id)'", String(repeating: "a", count: 5000)] {
                let response = try await client.execute(uri: "/merchants/\(bad)", method: .get)
                #expect(response.status == .notFound)
                #expect(response.code == "not_found")
            }
        }
    }

    @Test("Routes do not clash")
    func validate() throws {
        try TestAPI().router().validate()
    }
}

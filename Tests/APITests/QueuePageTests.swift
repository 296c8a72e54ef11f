import API
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("The page at /admin/queues")
struct QueuePageTests {
    @Test(
        "H1: the page and everything that it names are there, under a policy that allows nothing inline and no other host; nothing else is"
    )
    func files() async throws {
        let api = APIRouter(APIConfiguration(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
        QueuePageRoutes().add(to: api.router)
        try await Application(router: api.finished()).test(.router) { client in
            let page = try await client.execute(uri: "/admin/queues", method: .get)
            #expect(page.status == .ok && page.headers[.contentType] == "text/html; charset=utf-8")
            let text = page.text
            var named = text.matches(of: /(?:src|href)="(\/admin\/queues\/[a-z.]+)"/).map { String($0.1) }
            #expect(named.count >= 3)
            for name in named where name.hasSuffix(".js") {
                // What a module imports is beside it.
                let script = try await client.execute(uri: name, method: .get).text
                named += script.matches(of: /from '\.\/([a-z]+\.js)'/).map { "/admin/queues/\($0.1)" }
            }
            #expect(named.filter { $0.hasSuffix(".js") }.count > 3)
            for name in Set(named) {
                let response = try await client.execute(uri: name, method: .get)
                #expect(response.status == .ok, "\(name)")
                let policy = response.headers[.contentSecurityPolicy] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
                #expect(!policy.contains("unsafe") && !policy.contains("http"))
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
            }
            #expect(!text.contains("<style") && !text.contains("style=") && !text.contains("onclick") && !text.contains("<script>"))
            for name in ["none.js", "..%2F..%2Fqueues%2Findex.html", ".", ""] where !name.isEmpty {
                #expect(try await client.execute(uri: "/admin/queues/\(name)", method: .get).status == .notFound, "\(name)")
            }
            #expect(try await client.execute(uri: "/admin/queues", method: .post).status == .methodNotAllowed)
        }
    }
}

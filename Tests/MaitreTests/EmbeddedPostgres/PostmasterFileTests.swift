import Testing

@testable import maitre

@Suite("postmaster.pid")
struct PostmasterFileTests {
    @Test("A complete file")
    func complete() {
        let file = PostmasterFile(text: "4711\n/data\n1763700000\n5432\n/sockets\n\n  1234   5678\nready   \n")
        #expect(file?.processIdentifier == 4711)
        #expect(file?.status == "ready")
    }

    @Test(
        "A file being written has no status yet",
        arguments: ["4711\n/data\n", "4711\n/data\n1763700000\n5432\n/sockets\n\n  1234   5678\n"]
    )
    func incomplete(text: String) {
        #expect(PostmasterFile(text: text)?.status == "")
    }

    @Test("What is not such a file is none", arguments: ["", "\n", "abc\n", "-5\n", "0\n"])
    func nonsense(text: String) {
        #expect(PostmasterFile(text: text) == nil)
    }
}

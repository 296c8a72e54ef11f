import Core
import Hummingbird

extension RequestContext {
    /// The id in the path. What is no UUID names nothing, so it is as absent as an unknown one.
    ///
    /// - Throws: `Problem` 404.
    public func id<Tag>(_ name: String = "id", _ type: Identifier<Tag>.Type = Identifier<Tag>.self) throws -> Identifier<Tag> {
        guard let text = parameters.get(name), let id = Identifier<Tag>(text) else { throw Problem(.notFound) }
        return id
    }
}

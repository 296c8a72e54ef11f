import Foundation
import Hummingbird

extension SimulatedMeta {
    /// Adds the Graph API below `configuration.graphPath`, the control API below `/simulator` and the phone page at `/phone`.
    ///
    /// - Parameter resourcesDirectory: where the page's files are; nil finds them beside the executable.
    public func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>, resourcesDirectory: URL? = nil) {
        let resources = PhoneResources(directory: resourcesDirectory)
        GraphRoutes<Context>(meta: self).add(to: router)
        ControlRoutes<Context>(meta: self, resources: resources).add(to: router)
        PhoneRoutes<Context>(resources: resources).add(to: router)
    }
}

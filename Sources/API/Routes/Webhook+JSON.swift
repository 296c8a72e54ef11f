import Core
import Events

extension WebhookEndpoint {
    /// Writes the members of `WebhookEndpoint` of `openapi.yaml`.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("url", url)
        writer.member("description", nullable: description)
        writer.key("eventTypes")
        if let eventTypes {
            writer.array { for type in eventTypes { $0.string(type) } }
        } else {
            writer.null()
        }
        writer.member("status", status.rawValue)
        writer.member("statusReason", nullable: reason?.rawValue)
        writer.member("statusAt", statusAt)
        writer.member("failingSince", nullable: failingSince)
        writer.member("failures", Int64(failures))
        writer.member("version", version)
        writer.member("createdAt", createdAt)
        writer.member("updatedAt", updatedAt)
    }

    var json: JSONWriter {
        var writer = JSONWriter(reserving: 512)
        writer.object { writeMembers(to: &$0) }
        return writer
    }

    var entityTag: EntityTag { EntityTag(version: version) }
}

extension WebhookDelivery {
    /// Writes the members of `WebhookDelivery` of `openapi.yaml`.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("endpointId", endpoint)
        writer.member("eventId", event)
        writer.member("type", eventType)
        writer.member("test", isTest)
        writer.member("state", state.rawValue)
        writer.member("attempts", Int64(attempts))
        writer.member("nextAttemptAt", nullable: nextAttemptAt)
        writer.key("lastStatus")
        if let lastStatus { writer.int(Int64(lastStatus)) } else { writer.null() }
        writer.member("lastOutcome", nullable: lastOutcome?.rawValue)
        writer.member("createdAt", createdAt)
        writer.member("finishedAt", nullable: finishedAt)
    }

    var json: JSONWriter {
        var writer = JSONWriter(reserving: 512)
        writer.object { writeMembers(to: &$0) }
        return writer
    }
}

extension WebhookAttempt {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("startedAt", startedAt)
            writer.member("durationMs", Int64(durationMilliseconds))
            writer.member("outcome", outcome.rawValue)
            writer.key("status")
            if let status { writer.int(Int64(status)) } else { writer.null() }
            writer.member("answer", nullable: answer)
        }
    }
}

import MeshAPI
import MeshProto
import MeshRPC

/// Turns drafts into the events of a call.
struct EventMaker: Sendable {
  /// The service that reports.
  let source: String
  let now: @Sendable () -> Micros

  func events(_ drafts: [EventDraft], of call: ServerCall) -> [EventsV1.Event] {
    let caller = call.caller
    var actor = EventsV1.Actor()
    actor.id = caller.id
    actor.name = caller.name
    actor.credential = caller.credential
    actor.kind =
      switch caller.kind {
      case .anonymous: .anonymous
      case .operator: .operator
      case .member: .member
      case .service: .service
      }
    let occurredAt = now()
    return drafts.map { draft in
      var event = EventsV1.Event()
      event.eventID = NewID.make(now: occurredAt)
      event.type = draft.type ?? call.policy.event
      event.occurredAt = .init(micros: occurredAt)
      event.source = source
      event.tenantID = draft.tenantID ?? ""
      event.actor = actor
      event.target = target(draft.target)
      event.requestID = call.requestID
      event.ip = caller.ip
      event.reason = draft.reason
      event.details = draft.details.map { name, value in
        var detail = EventsV1.Detail()
        detail.name = name
        detail.value = value
        return detail
      }
      return event
    }
  }

  private func target(_ target: EventDraft.Target) -> EventsV1.Target {
    var message = EventsV1.Target()
    message.kind = target.kind
    message.id = target.id
    message.name = target.name
    return message
  }
}

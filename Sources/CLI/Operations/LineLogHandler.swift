import Experiments
import Foundation
import Logging

/// A line on standard error for each event: the message alone, or all of it as
/// JSON. No message and no metadata of the program holds a password.
struct LineLogHandler: LogHandler {
    var format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        switch format {
        case .text: Output.note("\(event.message)")
        case .json: Output.note(json(event).canonicalText)
        }
    }

    private func json(_ event: LogEvent) -> JSON {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        var members = all.mapValues(Self.json)
        members["time"] = .string(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        members["level"] = .string(event.level.rawValue)
        members["message"] = .string("\(event.message)")
        return .object(members)
    }

    private static func json(_ value: Logger.MetadataValue) -> JSON {
        switch value {
        case .stringConvertible(let number as Int): .integer(number)
        default: .string("\(value)")
        }
    }
}

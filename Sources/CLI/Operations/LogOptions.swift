import ArgumentParser
import Logging

/// What a long-running process tells, and in which form.
struct LogOptions: ParsableArguments {
    @Option(help: "The least of what is told.") var logLevel = LogLevel.info
    @Option(help: "Lines for people, or a JSON object a line.") var logFormat = LogFormat.text

    /// Writes to standard error.
    var logger: Logger {
        Logger(label: "peftsearch") { [logLevel, logFormat] _ in
            LineLogHandler(format: logFormat, logLevel: logLevel.level)
        }
    }
}

enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// The levels of swift-log.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

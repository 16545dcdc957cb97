import ArgumentParser
import Foundation

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv
}

enum TrialsFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv, jsonl
}

/// Data for standard output; everything else goes to standard error.
enum Output {
    static func write(_ text: String) {
        // Bytes, because CR LF is one character, which a line feed is not.
        let ending: [UInt8] = text.utf8.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]
        FileHandle.standardOutput.write(Data(Array(text.utf8) + ending))
    }

    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}

import ArgumentParser

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv
}

/// Of an answer that is no list of trials.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

enum TrialsFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv, jsonl
}

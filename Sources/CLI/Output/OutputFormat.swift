import ArgumentParser

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv
}

enum TrialsFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv, jsonl
}

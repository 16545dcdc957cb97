import ArgumentParser
import Experiments
import Foundation
import Search
import Workers

struct AskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask", abstract: "Propose trials to another program's loop and hear their results.",
        discussion: """
            Needs no store: one process is the whole study, in virtual time, and proposes what run \
            would propose for the same results. JSON lines: the study and trials on standard output, \
            {"tell": ...} and {"describe": ...} on standard input, the front at the end.
            """)

    @Argument(help: "The study file, or a resolved study as a file that ends with .json.") var file: String
    @Option(help: "Instead of the study's.") var seed: Int?
    @Option(help: "Instead of the study's.") var strategy: String?
    @Option(help: "The budget, instead of the study's.") var trials: Int?
    @Option(help: "How many proposals do not wait for one another, instead of the study's.")
    var parallelism: Int?

    func validate() throws {
        try Self.check("--seed", seed, 0...(1 << 53 - 1))
        try Self.check("--trials", trials, 1...1_000_000)
        try Self.check("--parallelism", parallelism, 1...1000)
    }

    func run() throws {
        let study = try AskedStudy(
            path: file, seed: seed, strategy: strategy, trials: trials, parallelism: parallelism
        ).resolved()
        var session = try AskSession(study)
        try Self.write(try session.begin())
        var splitter = LineSplitter()
        while !session.isOver {
            let bytes = FileHandle.standardInput.availableData
            let lines = bytes.isEmpty ? [splitter.finish()].compactMap { $0 } : splitter.append(bytes)
            for line in lines where !session.isOver { try Self.write(try session.answer(line)) }
            if bytes.isEmpty { break }
        }
        try Self.write([session.front])
    }

    private static func check(_ option: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
        guard let value, !range.contains(value) else { return }
        let (lower, upper) = (range.lowerBound, range.upperBound)
        throw ValidationError("\(option): expected a whole number from \(lower) to \(upper), found \(value)")
    }

    private static func write(_ lines: [JSON]) throws {
        guard !lines.isEmpty else { return }
        try Output.write(lines.map(\.canonicalText).joined(separator: "\n"))
    }
}

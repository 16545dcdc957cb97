import Experiments

/// A reader of files from outside, with good files to begin with and a way to
/// make bad ones of them.
package struct HostileReader: Sendable {
    /// What became of a file.
    package enum Outcome: Sendable {
        /// Not even of the form.
        case malformed
        /// Of the form, with something in it that is refused.
        case refused
        case accepted
    }

    package let name: String
    package let seeds: [[UInt8]]
    package let mutation: any Mutation
    /// Whether a file has the form that its contents need to be looked at.
    private let isWellFormed: @Sendable ([UInt8]) -> Bool
    /// Reads a file to its end and does with the result what the program does.
    private let body: @Sendable ([UInt8]) throws -> Void

    /// - Parameter isWellFormed: nil where this is no stage of its own.
    init(
        _ name: String, seeds: [[UInt8]], mutation: any Mutation,
        isWellFormed: (@Sendable ([UInt8]) -> Bool)? = nil, body: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.seeds = seeds
        self.mutation = mutation
        self.isWellFormed = isWellFormed ?? { _ in false }
        self.body = body
    }

    /// - Throws: a defect, or any error that is not meant for a person.
    package func read(_ input: [UInt8]) throws -> Outcome {
        do {
            try body(input)
            return .accepted
        } catch is InputError {
            return isWellFormed(input) ? .refused : .malformed
        } catch is JSON.SyntaxError {
            return .malformed
        }
    }

    /// Whether a text is JSON.
    static let isJSON: @Sendable ([UInt8]) -> Bool = { (try? JSON.parse($0)) != nil }
}

extension HostileReader {
    /// What makes each of them; its name, for it costs time to make one.
    package static let all: [(name: String, make: @Sendable () throws -> HostileReader)] =
        values + modelFiles + tokenizerFiles + dataFiles + computedFiles + adapters

    package static func named(_ name: String) throws -> HostileReader? {
        try all.first { $0.name == name }?.make()
    }
}

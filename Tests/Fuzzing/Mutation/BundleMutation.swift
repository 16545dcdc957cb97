package import Experiments

/// Changes one of several files, which stand in one input with a NUL between.
package struct BundleMutation: Mutation {
    /// One for each file.
    let parts: [any Mutation]

    package func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        var files = Self.files(in: input, count: parts.count)
        let place = generator.index(below: parts.count)
        files[place] = parts[place].mutant(of: files[place], by: &generator)
        return Self.input(files)
    }

    /// Those of an input; the ones that are not there are empty.
    static func files(in input: [UInt8], count: Int) -> [[UInt8]] {
        let files = input.split(separator: 0, maxSplits: count - 1, omittingEmptySubsequences: false)
            .map(Array.init)
        return files + [[UInt8]](repeating: [], count: count - files.count)
    }

    static func input(_ files: [[UInt8]]) -> [UInt8] { Array(files.joined(separator: [0])) }
}

package import Experiments
import LinearAlgebra

/// Changes the words of a file of numbers and, mostly, writes the checksum anew.
package struct ChecksumMutation: Mutation {
    package func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        guard generator.flip(0.7), let folder = try? ScratchFolder() else {
            return ByteMutation().mutant(of: input, by: &generator)
        }
        let count = generator.index(below: max(1, input.count / 4 + 4))
        let values = (0..<count).map { _ in Int32(truncatingIfNeeded: generator.next()) }
        let path = "\(folder.path)/numbers"
        guard (try? IntegerFile.write(values, to: path)) != nil,
            let bytes = try? RegularFile(path: path).contents(limit: 1 << 20)
        else { return input }
        return bytes
    }
}

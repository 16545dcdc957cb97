package import Experiments

/// A way to make a bad file of a good one.
package protocol Mutation: Sendable {
    /// Something near the input, or not so near.
    func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8]
}

extension SeededGenerator {
    mutating func flip(_ chance: Double) -> Bool { uniform() < chance }

    mutating func element<Element>(of elements: [Element]) -> Element {
        elements[index(below: elements.count)]
    }
}

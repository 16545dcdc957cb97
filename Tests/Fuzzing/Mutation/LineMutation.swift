package import Experiments

/// Changes a text of lines line by line, so that most of it keeps its form.
package struct LineMutation: Mutation {
    /// What may stand in the place of a field.
    let fields: [[UInt8]]
    /// Between the fields of a line.
    let separator: UInt8
    private let bytes: ByteMutation

    package init(separator: UInt8, fields: [String], words: [String] = []) {
        self.separator = separator
        self.fields = fields.map { Array($0.utf8) }
        bytes = ByteMutation(words: words + fields)
    }

    package func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        if generator.flip(0.15) { return bytes.mutant(of: input, by: &generator) }
        var lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Array.init)
        for _ in 0...generator.index(below: 2) { change(&lines, &generator) }
        return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private func change(_ lines: inout [[UInt8]], _ generator: inout SeededGenerator) {
        let place = generator.index(below: lines.count)
        switch generator.index(below: 8) {
        case 0 where lines.count > 1: lines.remove(at: place)
        case 1: lines.insert(lines[place], at: generator.index(below: lines.count + 1))
        case 2: lines.swapAt(place, generator.index(below: lines.count))
        case 3: lines[place].append(UInt8(ascii: "\r"))
        case 4: lines.insert([], at: place)
        default: lines[place] = withOtherField(lines[place], &generator)
        }
    }

    private func withOtherField(_ line: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var parts = line.split(separator: separator, omittingEmptySubsequences: false).map(Array.init)
        let place = generator.index(below: parts.count)
        switch generator.index(below: 8) {
        case 0: parts.remove(at: place)
        case 1: parts.insert(parts[place], at: place)
        case 2: parts[place] += generator.element(of: fields)
        default: parts[place] = generator.element(of: fields)
        }
        return Array(parts.joined(separator: [separator]))
    }
}

package import Experiments
import PEFT

/// Changes the header of a safetensors file and, mostly, all that must fit it:
/// its length, the offsets and how many bytes follow.
package struct SafetensorsMutation: Mutation {
    private static let header = JSONMutation(
        words: SafetensorsElement.allCases.map(\.rawValue)
            + ["__metadata__", "dtype", "shape", "data_offsets", "format", "pt", "a", "b"])
    /// In bytes; more is not made up.
    private static let largest = 1 << 16

    package func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        guard var file = File(input), !generator.flip(0.1) else {
            return ByteMutation().mutant(of: input, by: &generator)
        }
        if generator.flip(0.7) {
            Self.header.change(&file.header, by: &generator)
        } else {
            file.changeShape(by: &generator)
        }
        if generator.flip(0.3) { file.changeNumber(by: &generator) }
        if generator.flip(0.8) { file.fit(upTo: Self.largest) }
        return file.bytes(length: generator.flip(0.05) ? generator.next() >> 20 : nil)
    }
}

extension SafetensorsMutation {
    private struct File {
        var header: JSONTree
        var data: [UInt8]

        init?(_ bytes: [UInt8]) {
            guard bytes.count > 8, bytes[2..<8].allSatisfy({ $0 == 0 }) else { return nil }
            let end = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
            guard end <= bytes.count, let json = try? JSON.parse(bytes[8..<end]) else { return nil }
            header = JSONTree(json)
            data = Array(bytes[end...])
        }

        /// - Parameter length: to be written in the place of the true one.
        func bytes(length: UInt64?) -> [UInt8] {
            let text = Array(header.text.utf8)
            let length = length ?? UInt64(text.count)
            return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text + data
        }

        /// Gives one number of float32 another value.
        mutating func changeNumber(by generator: inout SeededGenerator) {
            guard data.count >= 4 else { return }
            let place = 4 * generator.index(below: data.count / 4)
            let value = generator.element(of: [.nan, -.infinity, -1, 0.5, 1e30, 3, 1e-30] as [Float])
            let bits = value.bitPattern
            for index in 0..<4 {
                data[place + index] = UInt8(truncatingIfNeeded: bits >> (8 * UInt32(index)))
            }
        }

        /// Gives one tensor other sizes.
        mutating func changeShape(by generator: inout SeededGenerator) {
            guard case .object(var members) = header, !members.isEmpty else { return }
            let place = generator.index(below: members.count)
            let rank = generator.index(below: 10)
            let sizes = (0..<rank).map { _ in JSONTree.scalar("\(generator.index(below: 6))") }
            members[place].value.set("shape", .array(sizes))
            header = .object(members)
        }

        /// Puts the tensors one after the other and as many bytes behind the
        /// header as they need, as far as their sizes are such.
        mutating func fit(upTo limit: Int) {
            guard case .object(var members) = header else { return }
            var end = 0
            for index in members.indices {
                guard let count = members[index].value.byteCount(upTo: limit - end) else { continue }
                let offsets = [end, end + count].map { JSONTree.scalar("\($0)") }
                members[index].value.set("data_offsets", .array(offsets))
                end += count
            }
            header = .object(members)
            data = Array(data.prefix(end)) + [UInt8](repeating: 0x3C, count: max(0, end - data.count))
        }
    }
}

extension JSONTree {
    fileprivate subscript(name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    fileprivate mutating func set(_ name: String, _ value: JSONTree) {
        guard case .object(var members) = self, let index = members.firstIndex(where: { $0.name == name })
        else { return }
        members[index].value = value
        self = .object(members)
    }

    /// Of a tensor; nil for one without sizes or with more bytes.
    fileprivate func byteCount(upTo limit: Int) -> Int? {
        guard case .scalar(let type)? = self["dtype"], case .array(let sizes)? = self["shape"],
            let element = SafetensorsElement(rawValue: String(type.dropFirst().dropLast()))
        else { return nil }
        var bits = element.bits
        for size in sizes {
            guard case .scalar(let text) = size, let size = Int(text), size >= 0 else { return nil }
            let (product, overflows) = bits.multipliedReportingOverflow(by: size)
            guard !overflows, product <= 8 * limit else { return nil }
            bits = product
        }
        return bits / 8
    }
}

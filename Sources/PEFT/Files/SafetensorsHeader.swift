import Experiments
import Foundation

/// The header of a safetensors file: 8 bytes with its length, then JSON.
///
/// The members are cut out one at a time and parsed alone, so a hostile header
/// cannot make the parser hold many times its own size.
struct SafetensorsHeader {
    private(set) var metadata: [String: String] = [:]
    private(set) var tensors: [String: SafetensorsFile.TensorInfo] = [:]

    private let path: String
    private let limits: SafetensorsFile.Limits
    /// Where the tensors' bytes lie in the file.
    private let data: Range<Int>

    init(of file: RegularFile, limits: SafetensorsFile.Limits) throws(InputError) {
        path = file.path
        self.limits = limits
        guard file.size >= 8 else {
            throw InputError(path, reason: "has \(file.size) bytes, too few for a safetensors header")
        }
        let length = LittleEndian.word64(try Self.bytes(of: file, 0..<8))
        guard length <= UInt64(limits.header) else {
            throw InputError(
                path, reason: "says that its header has \(length) bytes; at most \(limits.header) are read")
        }
        let end = 8 + Int(length)
        guard end <= file.size else {
            throw InputError(path, reason: "ends within its header of \(length) bytes")
        }
        data = end..<file.size
        try parse(try Self.bytes(of: file, 8..<end))
        try checkLayout()
    }

    private static func bytes(of file: RegularFile, _ range: Range<Int>) throws(InputError) -> [UInt8] {
        var bytes: [UInt8] = []
        try file.forEachPiece(of: range) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private mutating func parse(_ header: [UInt8]) throws(InputError) {
        var members = JSONMemberScanner(header, in: header.indices)
        var hasMetadata = false
        do {
            while let member = try members.next() {
                let name = try JSON.parse(header[member.name]).string ?? ""
                if name == "__metadata__" {
                    guard !hasMetadata else { throw InputError(path, key: name, reason: "stands twice") }
                    hasMetadata = true
                    metadata = try parseMetadata(header[member.value])
                } else {
                    try add(name, try parseTensor(name, header[member.value]))
                }
            }
        } catch let error as InputError {
            throw error
        } catch let error as JSONMemberScanner.Malformed {
            throw InputError(
                path, reason: "its header is not valid JSON: \(error.reason) at byte \(error.offset)")
        } catch {
            throw InputError(path, reason: "its header is not valid JSON: \(error)")
        }
    }

    private mutating func add(_ name: String, _ tensor: SafetensorsFile.TensorInfo) throws(InputError) {
        guard name.utf8.count <= limits.name,
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw InputError(
                path, key: String(name.prefix(40)),
                reason: "the name of a tensor has at most \(limits.name) bytes and no control characters")
        }
        guard tensors.updateValue(tensor, forKey: name) == nil else {
            throw InputError(path, key: name, reason: "stands twice")
        }
        guard tensors.count <= limits.tensors else {
            throw InputError(path, reason: "has more than \(limits.tensors) tensors")
        }
    }

    private func parseMetadata(_ text: ArraySlice<UInt8>) throws -> [String: String] {
        let key = "__metadata__"
        guard text.count <= limits.metadata else {
            throw InputError(
                path, key: key, reason: "has \(text.count) bytes; at most \(limits.metadata) are read")
        }
        guard let members = try JSON.parse(text).object else {
            throw InputError(path, key: key, reason: "expected an object of strings")
        }
        return try members.mapValues { value in
            guard let string = value.string else {
                throw InputError(path, key: key, reason: "expected an object of strings")
            }
            return string
        }
    }

    private func parseTensor(_ name: String, _ text: ArraySlice<UInt8>) throws -> SafetensorsFile.TensorInfo {
        let value = try JSON.parse(text, limits: JSON.Limits(depth: 2, bytes: 4096))
        guard let members = value.object, members.count == 3, let type = members["dtype"]?.string,
            let shape = wholeNumbers(members["shape"]), let offsets = wholeNumbers(members["data_offsets"]),
            offsets.count == 2
        else {
            throw InputError(
                path, key: name, reason: "expected a dtype, a shape and two data_offsets, all from 0")
        }
        guard let element = SafetensorsElement(rawValue: type) else {
            throw InputError(path, key: name, reason: "unknown element type \"\(type.prefix(20))\"")
        }
        guard shape.count <= limits.rank else {
            throw InputError(
                path, key: name, reason: "has \(shape.count) dimensions; at most \(limits.rank) are read")
        }
        guard offsets[0] <= offsets[1], offsets[1] <= data.count else {
            throw InputError(
                path, key: name, reason: "its bytes \(offsets[0]) to \(offsets[1]) lie outside the file")
        }
        guard Self.byteCount(of: shape, element) == offsets[1] - offsets[0] else {
            throw InputError(
                path, key: name,
                reason: "\(offsets[1] - offsets[0]) bytes do not fit \(type) of the shape \(shape)")
        }
        let range = data.lowerBound + offsets[0]..<data.lowerBound + offsets[1]
        return SafetensorsFile.TensorInfo(dtype: element, shape: shape, byteRange: range)
    }

    private func wholeNumbers(_ value: JSON?) -> [Int]? {
        guard let array = value?.array else { return nil }
        // Not `.integer`, which takes 8.0: the format has unsigned integers alone.
        let numbers: [Int] = array.compactMap {
            if case .integer(let number) = $0, number >= 0 { number } else { nil }
        }
        return numbers.count == array.count ? numbers : nil
    }

    /// Nil if it overflows or is not a whole number of bytes.
    private static func byteCount(of shape: [Int], _ element: SafetensorsElement) -> Int? {
        var bits = element.bits
        for size in shape {
            let (product, overflows) = bits.multipliedReportingOverflow(by: size)
            if overflows { return nil }
            bits = product
        }
        return bits % 8 == 0 ? bits / 8 : nil
    }

    /// Each tensor begins where the one before ends, and the last ends with
    /// the file: nothing overlaps and nothing is hidden between.
    private func checkLayout() throws(InputError) {
        let ordered = tensors.map { (name: $0.key, range: $0.value.byteRange) }
            .sorted {
                ($0.range.lowerBound, $0.range.upperBound, $0.name) < (
                    $1.range.lowerBound, $1.range.upperBound, $1.name
                )
            }
        var end = data.lowerBound
        for tensor in ordered {
            guard tensor.range.lowerBound == end else {
                throw InputError(
                    path, key: tensor.name, reason: "does not begin where the tensor before it ends")
            }
            end = tensor.range.upperBound
        }
        guard end == data.upperBound else {
            throw InputError(
                path, reason: "\(data.upperBound - end) bytes after its last tensor belong to none")
        }
    }
}

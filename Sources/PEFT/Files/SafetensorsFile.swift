public import Experiments
import Foundation

/// A file of named tensors in the safetensors format, opened for reading.
///
/// Files come from anywhere, so all is checked that the reference parser
/// checks (`safetensors/src/tensor.rs` of huggingface/safetensors), and more:
/// no name twice, a bound on the header, the names and the ranks. The values
/// themselves may be NaN.
public struct SafetensorsFile: Sendable {
    /// What the header says of a tensor.
    public struct TensorInfo: Sendable, Hashable {
        public let dtype: SafetensorsElement
        /// Row-major; empty for a scalar. A size may be 0.
        public let shape: [Int]
        /// Where its bytes lie in the file.
        public let byteRange: Range<Int>
    }

    /// What a header may ask of us.
    public struct Limits: Sendable {
        /// In bytes.
        public var header = 16 << 20
        public var tensors = 200_000
        public var rank = 8
        /// In bytes of UTF-8.
        public var name = 1024
        /// In bytes.
        public var metadata = 1 << 20

        public init() {}
    }

    public let path: String
    /// The strings of `__metadata__`.
    public let metadata: [String: String]
    /// The names of the tensors, sorted by their bytes.
    public let names: [String]
    private let file: RegularFile
    private let tensors: [String: TensorInfo]

    /// Opens a file and checks its header.
    public init(path: String, limits: Limits = Limits()) throws(InputError) {
        file = try RegularFile(path: path)
        let header = try SafetensorsHeader(of: file, limits: limits)
        self.path = path
        metadata = header.metadata
        tensors = header.tensors
        names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    public subscript(name: String) -> TensorInfo? { tensors[name] }

    /// In bytes.
    var size: Int { file.size }

    /// The values of a tensor of F32, F16, BF16 or F64, row-major; the last
    /// are rounded to Float.
    public func floats(_ name: String) throws(InputError) -> [Float] {
        let (info, decode) = try numbers(name)
        var values: [Float] = []
        values.reserveCapacity(info.shape.reduce(1, *))
        try file.forEachPiece(of: info.byteRange) { decode([UInt8]($0), &values) }
        return values
    }

    /// The values of a tensor of I32, row-major.
    func integers(_ name: String) throws(InputError) -> [Int32] {
        guard let info = tensors[name], info.dtype == .integer32 else {
            throw InputError(path, key: name, reason: "there is no such tensor of type I32")
        }
        var values: [Int32] = []
        values.reserveCapacity(info.shape.reduce(1, *))
        try file.forEachPiece(of: info.byteRange) { LittleEndian.appendInteger32([UInt8]($0), to: &values) }
        return values
    }

    /// Where a tensor lies and how its values are read.
    /// - Throws: when it is not there or does not hold numbers of a model.
    func numbers(
        _ name: String
    ) throws(InputError) -> (info: TensorInfo, decode: ([UInt8], inout [Float]) -> Void) {
        guard let info = tensors[name] else {
            throw InputError(
                path, key: name, reason: "there is no such tensor",
                suggestion: InputError.nearest(to: name, in: names))
        }
        guard let decode = info.dtype.decoder else {
            throw InputError(
                path, key: name, reason: "has elements of type \(info.dtype.rawValue)",
                suggestion: "save the model in F32, F16, BF16 or F64")
        }
        return (info, decode)
    }
}

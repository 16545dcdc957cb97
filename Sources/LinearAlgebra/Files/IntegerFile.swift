/// A file of 32-bit integers with a checksum behind them, in this machine's
/// byte order.
package enum IntegerFile {
    /// - Returns: nil when there is no such file, or its bytes are not those
    ///   that were written.
    package static func read(path: String) -> [Int32]? {
        guard let file = CheckedFile(path: path) else { return nil }
        var checksum = Checksum()
        var isIntact = false
        let values = [Int32](unsafeUninitializedCapacity: file.size / 4) { buffer, count in
            guard let target = buffer.baseAddress, file.read(file.size, at: 0, into: target) else { return }
            checksum.add(target, words: file.size / 4)
            isIntact = file.isLast(checksum)
            count = file.size / 4
        }
        return isIntact ? values : nil
    }

    package static func write(_ values: [Int32], to path: String) throws(MatrixFileError) {
        try CheckedFile.write(to: path) { write throws(MatrixFileError) in
            let result = values.withUnsafeBytes { bytes in
                Result { () throws(MatrixFileError) in
                    if let start = bytes.baseAddress { try write(start, values.count) }
                }
            }
            try result.get()
        }
    }
}

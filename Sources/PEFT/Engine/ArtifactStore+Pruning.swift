package import Foundation

extension ArtifactStore {
    /// Bytes of each stored file by its hash.
    package func sizes() -> [String: Int] {
        var sizes: [String: Int] = [:]
        for file in files where file.pathExtension == "safetensors" && !Self.isPartial(file) {
            let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize
            sizes[file.deletingPathExtension().lastPathComponent] = size ?? 0
        }
        return sizes
    }

    /// Removes a stored file.
    /// - Throws: when the system does not let it go.
    package func remove(_ hash: String) throws { try FileManager.default.removeItem(atPath: path(hash)) }

    /// What writers that died left half written.
    /// - Parameter date: younger files may still be written.
    package func leftBehind(before date: Date) -> [String] {
        files.filter { file in
            let changed = try? file.resourceValues(forKeys: [.contentModificationDateKey])
                .contentModificationDate
            return Self.isPartial(file) && (changed ?? .distantFuture) < date
        }.map(\.path).sorted()
    }

    private static func isPartial(_ file: URL) -> Bool {
        file.lastPathComponent.hasPrefix("partial-") || file.pathExtension == "partial"
    }

    private var files: [URL] {
        let keys: [URLResourceKey] = [.fileSizeKey, .contentModificationDateKey]
        return
            (try? FileManager.default.contentsOfDirectory(
                at: URL(fileURLWithPath: folder), includingPropertiesForKeys: keys)) ?? []
    }
}

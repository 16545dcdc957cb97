import Foundation

/// Room on the disk of a folder that may not exist yet.
enum FreeDisk {
    /// - Returns: nil where the system does not say.
    static func bytes(at folder: String) -> Double? {
        var url = URL(fileURLWithPath: folder)
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" {
            url.deleteLastPathComponent()
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: url.path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue
    }
}

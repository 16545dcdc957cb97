import Foundation

/// Room on the disk of a folder that may not exist yet.
public enum FreeDisk {
    /// Of free bytes below which nothing new is begun, unless somebody says
    /// otherwise: 1 GB.
    public static let floor = 1e9

    /// - Returns: nil where the system does not say.
    public static func bytes(at folder: String) -> Double? {
        var url = URL(fileURLWithPath: folder)
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" {
            url.deleteLastPathComponent()
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: url.path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue
    }
}

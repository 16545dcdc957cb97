public import Foundation

extension UUID {
    /// A simulated call's mark as the database takes it.
    public init(_ mark: UInt64) {
        let half = withUnsafeBytes(of: mark.bigEndian) { Array($0) }
        self.init(
            uuid: (
                0, 0, 0, 0, 0, 0, 0, 0, half[0], half[1], half[2], half[3], half[4], half[5], half[6], half[7]
            ))
    }
}

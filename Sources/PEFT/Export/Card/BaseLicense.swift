import Experiments
import Foundation

/// The licence of a base model as its folder states it.
struct BaseLicense {
    /// The `license` of the front matter of its `README.md`: `apache-2.0`.
    let identifier: String?
    /// The path of its text.
    let file: String?

    init(of folder: ModelFolder) {
        let names = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENSE.base"]
        file = names.map { "\(folder.path)/\($0)" }.first(where: RegularFile.exists)
        identifier = Self.identifier(inCard: "\(folder.path)/README.md")
    }

    private static func identifier(inCard path: String) -> String? {
        guard let bytes = try? RegularFile(path: path).contents(limit: 1 << 20) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else { return nil }
        guard let line = lines[1..<end].first(where: { $0.hasPrefix("license:") }) else { return nil }
        let value = line.dropFirst("license:".count).trimmingCharacters(in: .whitespaces)
            .trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
        // It is written into another front matter.
        guard value.wholeMatch(of: #/[A-Za-z0-9.\-]{1,60}/#) != nil else { return nil }
        return value
    }
}

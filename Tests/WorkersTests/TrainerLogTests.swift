import Foundation
import Testing
import Workers

@Suite struct TrainerLogTests {
    @Test func `the tail is the end of the log, without control characters`() throws {
        let log = TrainerLog(path: nil)
        for number in 0..<5000 { log.append(line("line \(number)")) }
        log.append(line("\u{1B}[31mred\u{0}\u{7}"))
        #expect(log.tail.hasSuffix("line 4999\n[31mred"))
        #expect(log.tail.utf8.count <= TrainerLog.tailBytes)
        #expect(!log.tail.contains("line 3\n"))
    }

    @Test func `the file is bounded`() throws {
        let folder = try TemporaryFolder()
        let log = TrainerLog(path: "\(folder.path)/log")
        let megabyte = line(String(repeating: "x", count: 1 << 20))
        for _ in 0..<12 { log.append(megabyte) }
        let size = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/log")[.size] as? Int
        #expect(size == TrainerLog.fileBytes)
    }
}

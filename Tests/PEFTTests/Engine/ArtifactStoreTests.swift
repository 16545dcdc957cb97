import Foundation
import LinearAlgebra
import PEFT
import Testing

@Suite struct ArtifactStoreTests {
    @Test func `writers of one host and process identifier do not meet in one file`() async throws {
        let folder = try TemporaryFolder()
        let store = ArtifactStore(folder: folder.path)
        let values = (0..<8).map { Float($0) }
        try await withThrowingTaskGroup(of: Void.self) { writers in
            for value in values {
                writers.addTask {
                    let tensors = [(name: "a", value: Matrix(row: Array(repeating: value, count: 5000)))]
                    for _ in 0..<8 {
                        let hash = try store.store(tensors)
                        let stored = try store.load(hash)?["a"]
                        #expect(stored?.isIdentical(to: tensors[0].value) == true)
                    }
                }
            }
            try await writers.waitForAll()
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count == values.count, "\(files)")
    }
}

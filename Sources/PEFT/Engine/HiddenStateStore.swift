package import Experiments
import Foundation
package import LinearAlgebra

/// The hidden states of a study's splits below the first layer that a
/// configuration trains, in files: computed once by one canonical pass and
/// read by every epoch and trial, whichever slot of this machine it runs in.
///
/// Whether states are kept depends on configuration and study alone; a file
/// that is not here is made again, to the same bytes.
package struct HiddenStateStore: Sendable {
    private let folder: String
    private let budget: Int

    private static let sequencesPerPart = 64

    /// - Parameters:
    ///   - folder: made when it is needed.
    ///   - budget: bytes of all files; beyond it those that were used longest
    ///     ago go.
    package init(folder: String, budget: Int = KeptStates.budget) {
        self.folder = folder
        self.budget = budget
    }

    /// Where to take a split's batches from.
    ///
    /// - Parameter key: of everything that decides the states but the layer.
    /// - Throws: when the disk does not take the file.
    package func source(
        _ split: EncodedSplit, key: JSON, for network: Transformer, by products: any ProductLibrary
    ) throws(InputError) -> BatchSource {
        let layer = min(max(network.lowestTrainableBlock, 0), network.blocks.count)
        let offsets = split.stateOffsets(after: layer, of: network.blocks.count)
        let columns = network.embeddings.words.value.columns
        let rows = offsets.last ?? 0
        guard layer > 0, KeptStates.areKept(rows: rows, hidden: columns) else {
            return .tokens(split)
        }
        let path = "\(folder)/\(ContentHash.sha256(of: ["states": key, "layer": .integer(layer)])).f32"
        let file = try lookUp(path, rows: rows, columns: columns) { () throws(InputError) in
            try make(path, split, layer, network, products)
        }
        return .states(HiddenStateFile(file: file, layer: layer, offsets: offsets))
    }

    /// Opens the file, made by whoever comes first; the others wait for it.
    private func lookUp(
        _ path: String, rows: Int, columns: Int, make: () throws(InputError) -> Void
    ) throws(InputError) -> MatrixFile {
        if let file = MatrixFile(path: path, rows: rows, columns: columns) {
            // The time of the last use: now.
            utimes(path, nil)
            return file
        }
        let lock = try lock()
        defer { close(lock) }
        if let file = MatrixFile(path: path, rows: rows, columns: columns) { return file }
        makeRoom(for: rows * columns * MemoryLayout<Float>.stride)
        try make()
        guard let file = MatrixFile(path: path, rows: rows, columns: columns) else {
            throw InputError(path, reason: "does not hold what was just written to it")
        }
        return file
    }

    /// Waits until nobody else who uses the folder makes a file.
    /// - Returns: a descriptor; closing it lets the next one in.
    private func lock() throws(InputError) -> Int32 {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw InputError(folder, reason: "cannot be made: \(error.localizedDescription)")
        }
        let path = "\(folder)/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw InputError(path, reason: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        while flock(descriptor, LOCK_EX) != 0 {
            let cause = errno
            // A signal ends the wait, not the wish.
            if cause == EINTR { continue }
            close(descriptor)
            throw InputError(path, reason: "cannot be locked: \(String(cString: strerror(cause)))")
        }
        return descriptor
    }

    private func make(
        _ path: String, _ split: EncodedSplit, _ layer: Int, _ network: Transformer,
        _ products: any ProductLibrary
    ) throws(InputError) {
        let partial = path + ".partial"
        do {
            try write(to: partial, split, layer, network, products)
            try AtomicFile.move(partial, to: path)
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    private func write(
        to path: String, _ split: EncodedSplit, _ layer: Int, _ network: Transformer,
        _ products: any ProductLibrary
    ) throws(InputError) {
        var next = 0
        do {
            try MatrixFile.write(to: path) {
                guard next < split.count else { return nil }
                let end = min(next + Self.sequencesPerPart, split.count)
                defer { next = end }
                return network.states(of: split.batch(next..<end), after: layer, by: products).values
            }
        } catch {
            throw InputError(path, reason: "cannot be written: \(error.reason)")
        }
    }

    private func makeRoom(for bytes: Int) {
        let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey]
        let found =
            (try? FileManager.default.contentsOfDirectory(
                at: URL(fileURLWithPath: folder), includingPropertiesForKeys: Array(keys))) ?? []
        var files = found.compactMap { url -> (url: URL, size: Int, used: Date)? in
            guard let values = try? url.resourceValues(forKeys: keys), url.pathExtension == "f32"
            else { return nil }
            return (url, values.fileSize ?? 0, values.contentModificationDate ?? .distantPast)
        }
        // Whoever makes a file holds the lock, so what is partial now was left behind.
        for url in found where url.pathExtension == "partial" { try? FileManager.default.removeItem(at: url) }
        files.sort { $0.used > $1.used }
        var total = files.reduce(bytes) { $0 + $1.size }
        while total > budget, let oldest = files.popLast() {
            try? FileManager.default.removeItem(at: oldest.url)
            total -= oldest.size
        }
    }
}

extension EncodedSplit {
    /// Where each sequence's states begin: a row a token, and above the last
    /// block a row a sequence.
    fileprivate func stateOffsets(after layer: Int, of layers: Int) -> [Int] {
        layer == layers ? Array(0...count) : offsets
    }
}

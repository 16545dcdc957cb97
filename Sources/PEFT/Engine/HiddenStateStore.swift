import Experiments
import Foundation
import LinearAlgebra

/// The hidden states of a study's splits below the first layer that a
/// configuration trains, in files: computed once by one canonical pass and
/// read by every epoch and trial, whichever slot of this machine it runs in.
///
/// Whether states are kept depends on configuration and study alone; a file
/// that is not here is made again, to the same bytes.
struct HiddenStateStore {
    let folder: String
    /// Bytes of all files; beyond it those that were used longest ago go.
    var budget = KeptStates.budget

    private static let sequencesPerPart = 64

    /// Where to take a split's batches from.
    ///
    /// - Parameter key: of everything that decides the states but the layer.
    /// - Throws: when the disk does not take the file.
    func source(
        _ split: EncodedSplit, key: JSON, for network: Transformer, by products: any ProductLibrary
    ) throws -> BatchSource {
        let layer = min(max(network.lowestTrainableBlock, 0), network.blocks.count)
        let offsets = split.stateOffsets(after: layer, of: network.blocks.count)
        let columns = network.embeddings.words.value.columns
        let rows = offsets.last ?? 0
        guard layer > 0, KeptStates.areKept(rows: rows, hidden: columns) else {
            return .tokens(split)
        }
        let path = "\(folder)/\(ContentHash.sha256(of: ["states": key, "layer": .integer(layer)])).f32"
        let file = try lookUp(path, rows: rows, columns: columns) {
            try make(path, split, layer, network, products)
        }
        return .states(HiddenStateFile(file: file, layer: layer, offsets: offsets))
    }

    /// Opens the file, made by whoever comes first; the others wait for it.
    private func lookUp(_ path: String, rows: Int, columns: Int, make: () throws -> Void) throws -> MatrixFile
    {
        if let file = MatrixFile(path: path, rows: rows, columns: columns) {
            // The time of the last use: now.
            utimes(path, nil)
            return file
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lock = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else { throw CocoaError(.fileLocking) }
        defer { close(lock) }
        if let file = MatrixFile(path: path, rows: rows, columns: columns) { return file }
        makeRoom(for: rows * columns * MemoryLayout<Float>.stride)
        try make()
        guard let file = MatrixFile(path: path, rows: rows, columns: columns) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return file
    }

    private func make(
        _ path: String, _ split: EncodedSplit, _ layer: Int, _ network: Transformer,
        _ products: any ProductLibrary
    ) throws {
        let partial = path + ".partial"
        var next = 0
        do {
            try MatrixFile.write(to: partial) {
                guard next < split.count else { return nil }
                let end = min(next + Self.sequencesPerPart, split.count)
                defer { next = end }
                return network.states(of: split.batch(next..<end), after: layer, by: products).values
            }
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw InputError(partial, reason: "cannot be written: \(error.reason)")
        }
        try AtomicFile.move(partial, to: path)
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

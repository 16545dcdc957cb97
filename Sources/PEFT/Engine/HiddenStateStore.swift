package import Experiments
package import LinearAlgebra

/// The hidden states of a study's splits below the first layer that a
/// configuration trains, in files: computed once by one canonical pass and
/// read by every epoch and trial, whichever slot of this machine it runs in.
///
/// Whether states are kept depends on configuration and study alone; a file
/// that is not here is made again, to the same bytes. A store looks once at all
/// bytes of a file, which takes a tenth of a millisecond a MiB.
package struct HiddenStateStore: Sendable {
    let folder: String
    private let budget: Int
    private let verified = MatrixFile.Verified()

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
    /// - Parameters:
    ///   - key: of everything that decides the states but the layer.
    ///   - mayKeep: asked when states have been computed; if they may not be
    ///     kept, nothing is.
    /// - Throws: when the disk does not take the file.
    package func source(
        _ split: EncodedSplit, key: JSON, for network: Transformer, by products: any ProductLibrary,
        mayKeep: () -> Bool = { true }
    ) throws(InputError) -> BatchSource {
        let layer = network.lowestChangedBlock
        let isAboveAll = layer == network.blocks.count
        // Above the last block a row a sequence, where the head reads no other.
        let offsets =
            isAboveAll && network.readRows == .first ? Array(0...split.count) : split.offsets
        let columns = network.embeddings.width
        let rows = offsets.last ?? 0
        guard layer > 0, KeptStates.areKept(rows: rows, hidden: columns) else {
            return .tokens(split)
        }
        let name = ContentHash.sha256(of: ["states": key, "layer": .integer(layer)])
        let size = rows * columns * MemoryLayout<Float>.stride
        let file = try KeptFiles(folder: folder, kind: "f32", budget: budget).file(name, size: size) {
            MatrixFile(path: $0, rows: rows, columns: columns, verified: verified)
        } make: { path throws(InputError) in
            try make(path, split, layer, network, products)
            guard mayKeep() else {
                throw InputError(path, reason: "the model's files were written to meanwhile")
            }
        }
        return .states(HiddenStateFile(file: file, layer: layer, offsets: offsets))
    }

    private func make(
        _ path: String, _ split: EncodedSplit, _ layer: Int, _ network: Transformer,
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
}

import Experiments
import LinearAlgebra

extension ComponentSources {
    /// What a finished trial's bottleneck computes with, under the names of an
    /// ordinary one.
    /// - Throws: when the file is not here, is damaged, or holds no such
    ///   adapter.
    func tensors(
        of adapter: AdapterFusion.Adapter, for base: BaseModel
    ) throws(InputError) -> [String: Matrix] {
        let (path, stored) = try artifact(adapter.artifact)
        let parent = Configuration(
            components: [.bottleneck(adapter.bottleneck)], head: HeadSettings(pooler: .absent))
        let network = Attachment(parent, base: base, classes: 1, seed: 0).build(reading: .first)
        let head = ["weight", "bias"].map { "\(base.family.head.classifier).\($0)" }
        let names = network.trainable.map(\.name).filter { !head.contains($0) }
        var own: [String: Matrix] = [:]
        for name in names {
            guard let value = stored[name] else {
                throw InputError(
                    path, key: name,
                    reason: "is missing: the trial trained no such \(adapter.bottleneck.position)",
                    suggestion: "the bottleneck as the trial's configuration has it")
            }
            guard value.sumOfSquares().isFinite else {
                throw InputError(path, key: name, reason: "has a number that is not finite")
            }
            own[name] = value
        }
        for parameter in network.trainable where parameter.name.hasPrefix(adapter.bottleneck.sharedName) {
            own[parameter.name] = own[parameter.name].map { part(of: $0, for: parameter.value.rows) }
        }
        if let refused = network.setTrained(own).first {
            throw InputError(path, key: refused, reason: "has another shape than the configuration says")
        }
        let tensors = network.bottleneckTensors
        return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.value) })
    }

    /// A narrow adapter is made by the first rows of what makes the trial's
    /// widest, which this configuration need not have.
    private func part(of shared: Matrix, for rows: Int) -> Matrix {
        shared.rows > rows ? shared.firstRows(rows) : shared
    }

    private func artifact(_ hash: String) throws(InputError) -> (path: String, tensors: [String: Matrix]) {
        for folder in artifactFolders {
            let store = ArtifactStore(folder: folder)
            if let tensors = try store.read(hash) { return (store.path(hash), tensors) }
        }
        throw InputError(
            "configuration", key: "fusion.adapters",
            reason: "the artifact \(hash) is not here: "
                + artifactFolders.map { "\($0) does not have it" }.joined(separator: ", "),
            suggestion: "--data-dir with the folder in which the trials were run")
    }
}

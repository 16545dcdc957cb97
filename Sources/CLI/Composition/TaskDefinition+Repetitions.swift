import Experiments

extension TaskDefinition {
    /// What is worth a warning: splits with the same bytes, by their SHA-256.
    /// Quality on them is that on rows which were trained on, or selected by.
    var repetitions: [String] {
        var splits = [("train", train.sha256)]
        if case .file(let file) = validation { splits.append(("validation", file.sha256)) }
        if let test { splits.append(("test", test.sha256)) }
        return splits.indices.compactMap { index in
            let (name, hash) = splits[index]
            let first = splits[..<index].first { $0.1 == hash }
            return first.map { "\(name) is the same file as \($0.0)" }
        }
    }
}

import Experiments
import LinearAlgebra

extension AdapterHubReader {
    /// One folder of a set-up: an adapter, or the head.
    struct Adapter {
        let name: String
        let config: JSON
        let file: SafetensorsFile
        private let path: String

        init(
            folder: String, name: String, config: String = "adapter_config.json",
            tensors: String = "adapter.safetensors"
        ) throws(InputError) {
            self.name = name
            path = "\(folder)/\(config)"
            let json = try RegularFile(path: path).json(limit: 1 << 20)
            guard let members = json["config"], members.object != nil else {
                throw InputError(path, key: "config", reason: "is missing")
            }
            self.config = members
            file = try SafetensorsFile(path: "\(folder)/\(tensors)")
        }

        func error(_ key: String, _ reason: String) -> InputError {
            InputError(path, key: key, reason: reason)
        }

        /// Refuses a setting that is not as here; an absent one counts as null.
        func expect(_ settings: [String: JSON]) throws(InputError) {
            for (key, value) in settings.sorted(by: { $0.key < $1.key }) where config[key] ?? .null != value {
                throw error(key, "expected \(value.canonicalText); another value is not read")
            }
        }

        /// Refuses a setting that is none of these, and says something.
        func expectNone(but known: Set<String>) throws(InputError) {
            for (key, value) in (config.object ?? [:]).sorted(by: { $0.key < $1.key })
            where !known.contains(key) && value != .null && value != false && value != [] && value != [:] {
                throw error(
                    String(key.prefix(80)),
                    "\(value.canonicalText.prefix(60)) is not read, and may change what the adapter computes")
            }
        }

        /// The blocks that `leave_out` does not name; all without it.
        func layers(of shape: ModelShape) throws(InputError) -> [Int] {
            let left = config["leave_out"] ?? []
            let numbers = left.array?.map(\.integer) ?? [nil]
            guard !numbers.contains(nil), numbers.count <= 10_000 else {
                throw error("leave_out", "expected layers, counted from 0")
            }
            return (0..<shape.layers).filter { !numbers.contains($0) }
        }

        func matrix(_ name: String, _ shape: [Int]) throws(InputError) -> Matrix {
            guard let info = file[name], info.shape == shape else {
                throw InputError(
                    file.path, key: name,
                    reason: "expected the shape \(shape), found \(file[name]?.shape ?? [])")
            }
            return Matrix(
                rows: shape.count == 2 ? shape[0] : 1, columns: shape[shape.count - 1],
                values: try file.floats(name))
        }

        /// Where a bottleneck sits.
        var site: Bottleneck.Placement? {
            let flags = ["mh_adapter", "output_adapter", "is_parallel", "original_ln_before"].map {
                config[$0]?.bool
            }
            return switch flags {
            case [true, false, false, false]: .serialAttention
            case [false, true, false, false]: .serialFeedForward
            case [false, true, true, false]: .parallelFeedForward
            case [false, true, false, true]: .pfeiffer
            default: nil
            }
        }
    }
}

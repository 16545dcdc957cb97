import Glibc

extension TrialLimits {
    private static let keys: [(String, any WritableKeyPath<TrialLimits, Int?> & Sendable)] = [
        ("--memory=", \.memory), ("--processor=", \.processorSeconds), ("--file=", \.fileBytes),
        ("--open-files=", \.openFiles),
    ]

    /// As words before a command to guard.
    var words: [String] {
        Self.keys.compactMap { key, path in self[keyPath: path].map { key + String($0) } }
    }

    /// Takes the words of limits off the front of a command line.
    static func taken(from words: [String]) -> (limits: TrialLimits, command: [String]) {
        var limits = TrialLimits()
        var rest = words[...]
        while let word = rest.first, let (key, path) = keys.first(where: { word.hasPrefix($0.0) }) {
            limits[keyPath: path] = Int(word.dropFirst(key.count))
            rest = rest.dropFirst()
        }
        return (limits, Array(rest))
    }

    /// Makes them those of this process and of all that it starts; and none of
    /// them leaves its memory in a file when it crashes.
    func apply() {
        Self.lower(RLIMIT_CORE, to: 0)
        if let memory {
            Self.lower(RLIMIT_DATA, to: rlim_t(clamping: Self.reservable(within: memory)))
        }
        if let processorSeconds {
            // At the first SIGXCPU, which may be caught; then SIGKILL.
            Self.lower(RLIMIT_CPU, to: rlim_t(clamping: processorSeconds), grace: 5)
        }
        if let fileBytes { Self.lower(RLIMIT_FSIZE, to: rlim_t(clamping: fileBytes)) }
        if let openFiles { Self.lower(RLIMIT_NOFILE, to: rlim_t(clamping: openFiles)) }
    }

    /// Bytes that one process may reserve where all together may hold
    /// `memory`.
    ///
    /// What is reserved and never touched costs nothing, and is a lot: 2 GiB of
    /// a native slot that holds 0.4. So the guard watches what is held, and
    /// this limit is there for the one allocation that would take the machine
    /// down before the guard looks again. RLIMIT_AS would count mapped models
    /// too, and what drivers of GPUs reserve.
    static func reservable(within memory: Int) -> Int {
        let (twice, overflows) = memory.multipliedReportingOverflow(by: 2)
        return overflows ? .max : twice + min(4 << 30, .max - twice)
    }

    /// A limit that is lower already stays.
    private static func lower(_ resource: __rlimit_resource, to value: rlim_t, grace: rlim_t = 0) {
        let resource = __rlimit_resource_t(resource.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_max = min(limit.rlim_max, value + grace)
        limit.rlim_cur = min(limit.rlim_cur, value)
        setrlimit(resource, &limit)
    }
}

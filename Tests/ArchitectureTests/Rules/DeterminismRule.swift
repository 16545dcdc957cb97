/// Experiments, LinearAlgebra, PEFT and Search ask neither the system's clock
/// nor its random numbers: a study is a function of its seed.
///
/// A clock may come in as an argument, hence two forms are allowed: a parameter
/// whose default is `ContinuousClock()`, and `clock.now` on such a clock.
/// Random draws name their generator: `using:`.
enum DeterminismRule {
    static let targets: Set<String> = ["Experiments", "LinearAlgebra", "PEFT", "Search"]

    private static let defaultArgument =
        #"\w+: (?:any|some) Clock<Duration> = ContinuousClock\(\)(?=\s*[,)])"#
    private static let forbidden = [
        #"\bDate\s*\(\s*\)"#, #"\bDate\s*\(\s*timeIntervalSinceNow"#, #"(?<!\bclock)\.now\b"#,
        #"\b(?:ContinuousClock|SuspendingClock|DispatchTime|DispatchWallTime)\b"#,
        #"\b(?:clock_gettime|gettimeofday|CFAbsoluteTimeGetCurrent|systemUptime)\b"#, #"\btime\s*\(\s*nil"#,
        #"\bSystemRandomNumberGenerator\b"#, #"\bUUID\s*\(\s*\)"#,
        #"\b(?:arc4random\w*|drand48|rand|random)\s*\(\s*\)"#,
        #"\.random\s*\((?![^()]*(?:\([^()]*\)[^()]*)*\busing:)"#,
        #"\.(?:randomElement|shuffle|shuffled)\s*\(\s*\)"#,
    ]

    static func violations(in file: SourceFile) -> [String] {
        guard targets.contains(file.target) else { return [] }
        var code = file.swift.code
        for argument in Pattern.matches(of: defaultArgument, in: code).map(String.init) {
            code = code.replacing(argument, with: "")
        }
        return forbidden.flatMap { file.findings(of: $0, in: code) }
    }
}

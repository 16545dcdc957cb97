import Foundation
import Testing
import Yams

/// The files of deploy/kubernetes name commands, exit codes and limits of the
/// program, which nothing else checks.
struct KubernetesFilesTests {
    private typealias Object = [String: Any]
    private static let folder = Program.root + "/deploy/kubernetes"

    private static func objects() throws -> [Object] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        return try names.filter { $0.hasSuffix(".yaml") }.flatMap { name in
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            return try Array(Yams.load_all(yaml: text)).map { try #require($0 as? Object, "\(name)") }
        }
    }

    private static func at(_ path: String, in object: Any?) -> Any? {
        path.split(separator: ".").reduce(object) { ($0 as? Object)?[String($1)] }
    }

    private static func containers(of object: Object) -> [Object] {
        at("spec.template.spec.containers", in: object) as? [Object] ?? []
    }

    @Test func `there is a migration, a controller and an array of workers`() throws {
        let kinds = try Self.objects().map { "\($0["kind"] ?? "")" }
        #expect(kinds == ["Deployment", "Job", "Job"])
    }

    @Test func `every command is one of the program's, with its options`() async throws {
        let commands = try Self.objects().flatMap(Self.containers).map { $0["args"] as? [String] ?? [] }
        #expect(commands.count == 3)
        for words in commands {
            // Help is printed only after the options before it were understood.
            let ending = try await Program(folder: "/").run(words + ["--help"])
            let name = words.prefix { !$0.hasPrefix("-") }
            let usage = (["USAGE: peftsearch"] + name).joined(separator: " ") + " "
            #expect(ending.output.contains(usage), "\(words): \(ending.output.prefix(200))")
            for option in words where option.hasPrefix("--") {
                #expect(ending.output.contains("  \(option)"), "\(words): \(option)")
            }
        }
    }

    @Test func `nothing runs as root, writes to its image or gets more than it needs`() throws {
        for object in try Self.objects() {
            let pod = Self.at("spec.template.spec", in: object)
            #expect(Self.at("securityContext.runAsNonRoot", in: pod) as? Bool == true)
            #expect(Self.at("securityContext.runAsUser", in: pod) as? Int == 10001)
            #expect(Self.at("automountServiceAccountToken", in: pod) as? Bool == false)
            for container in Self.containers(of: object) {
                let context = Self.at("securityContext", in: container)
                #expect(Self.at("readOnlyRootFilesystem", in: context) as? Bool == true)
                #expect(Self.at("allowPrivilegeEscalation", in: context) as? Bool == false)
                #expect(Self.at("capabilities.drop", in: context) as? [String] == ["ALL"])
                #expect(Self.at("resources.requests.cpu", in: container) != nil)
                #expect(Self.at("resources.limits.memory", in: container) != nil)
            }
        }
    }

    @Test func `addresses come from a secret and stand nowhere`() throws {
        for container in try Self.objects().flatMap(Self.containers) {
            let variables = container["env"] as? [Object] ?? []
            let address = try #require(variables.first { $0["name"] as? String == "DATABASE_URL" })
            #expect(address["value"] == nil)
            #expect(
                Self.at("valueFrom.secretKeyRef.name", in: address) as? String == "peftsearch-database")
        }
    }

    @Test func `the policy of failed pods knows the program's exit codes`() throws {
        let jobs = try Self.objects().filter { $0["kind"] as? String == "Job" }
        for job in jobs {
            #expect(Self.at("spec.template.spec.restartPolicy", in: job) as? String == "Never")
            let names = Self.containers(of: job).map { $0["name"] as? String }
            let rules = Self.at("spec.podFailurePolicy.rules", in: job) as? [Object] ?? []
            #expect(rules.contains { $0["onPodConditions"] != nil && $0["action"] as? String == "Ignore" })
            for rule in rules {
                guard let codes = rule["onExitCodes"] as? Object else { continue }
                #expect(names.contains(codes["containerName"] as? String))
                let isIgnored = rule["action"] as? String == "Ignore"
                #expect(codes["values"] as? [Int] == (isIgnored ? [69, 75, 130, 143] : [64, 65]))
            }
        }
        let workers = try #require(jobs.first { Self.at("spec.completionMode", in: $0) != nil })
        #expect(Self.at("spec.completionMode", in: workers) as? String == "Indexed")
        #expect(Self.at("spec.backoffLimitPerIndex", in: workers) as? Int == 6)
        #expect(
            Self.at("spec.completions", in: workers) as? Int == Self.at("spec.parallelism", in: workers)
                as? Int)
    }
}

import Experiments
import Foundation
import Testing

/// The script of a job, run by a shell as Slurm runs it, and by Slurm itself.
@Suite(.needsPostgres, .timeLimit(.minutes(10)))
struct SlurmTests {
    /// Prints the script of two workers for a study on the place's store.
    private static func submission(_ study: String, in place: Workplace) async throws -> [String] {
        let address = try await place.output("database", "url").trimmingCharacters(
            in: .whitespacesAndNewlines)
        return [
            "workers", "submit", "--slurm", "--count", "2", "--database", address, "--data-dir",
            place.path("data"), "--logs", place.folder, "--", "--study", study, "--lease", "5",
        ]
    }

    private static func members(of front: JSON) -> [String] {
        (front["trials"]?.array ?? []).map(ComparableTrial.member)
    }

    @Test func `told that its time is up, a worker gives back and the task asks to be queued again`()
        async throws
    {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "requeued", trials: 1, before: ": > started; exec sleep 60")
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            var words = try await Self.submission("requeued", in: place)
            words.insert("--dry-run", at: 3)
            try place.write("job.sh", try await place.program.run(words).output)
            // Slurm's own part: the task's variables, its signal, and what queues it again.
            try place.write("bin/scontrol", "#!/bin/sh\necho \"$*\" > \(place.path("asked"))\n")
            chmod(place.path("bin/scontrol"), 0o755)
            async let controller = place.run("controller", "--study", "requeued") { line, process in
                if line.contains("never") { kill(process, SIGTERM) }
            }
            let task = try await place.shell(
                """
                PATH=$PWD/bin:$PATH; export SLURMD_NODENAME=n1 SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=2
                bash job.sh > log 2>&1 & task=$!
                until [ -e started ]; do sleep 0.1; done
                kill -USR1 $task; wait $task
                """)
            #expect(task.status == 0, "\(task.error)")
            #expect(try place.read("asked") == "requeue 7_2\n")
            #expect(try place.read("log").contains("trial 0 given back"))
            let trial = try await place.json("trial", "requeued", "0")
            #expect(trial["state"] == "ready")
            #expect(trial["attempt_history"]?.array?.map { $0["outcome"] } == ["given_back"])
            #expect(try await place.run("study", "delete", "requeued", "--yes").status == 0)
            #expect(try await controller.status == 65)
        }
    }

    @Test(.enabled("needs root and Slurm: apt-get install slurm-wlm munge") { Slurm.isInstalled })
    func `on a real Slurm workers that are told to go come back, and the front is the same`() async throws {
        try await Workplace.use { place in
            let slurm = Slurm(folder: place.path("slurm"))
            try await slurm.use { try await Self.compare(place, slurm) }
        }
    }

    private static func compare(_ place: Workplace, _ slurm: Slurm) async throws {
        // Trials that take a while, and the last of them until the worker has come back.
        let pace = #"sleep 0.3; [ "$number" -lt 25 ] || until [ -e back ]; do sleep 0.2; done"#
        try ScriptedStudy.write(to: place, name: "clustered", trials: 30, before: pace)
        #expect(try await place.run("study", "create", "study.yaml").status == 0)
        let environment = ["SLURM_CONF": slurm.configuration]
        let submitted = try await Program(folder: place.folder, environment: environment)
            .run(try await Self.submission("clustered", in: place))
        #expect(submitted.status == 0, "\(submitted.error)")
        let job = submitted.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let log = "peftsearch-\(job)_1.log"
        async let disturbed = Program(folder: place.folder, environment: environment).shell(
            """
            until grep -q 'slot 0' \(log); do sleep 0.2; done
            scancel --signal=USR1 --batch \(job)_1
            until [ "$(grep -c 'is ready' \(log))" = 2 ]; do sleep 0.2; done
            touch back
            """)
        #expect(try await place.run("controller", "--study", "clustered").status == 0)
        #expect(try await disturbed.status == 0)
        #expect(try place.read(log).contains("interrupted; everything is saved"))
        let cancelled = try await Program(folder: place.folder, environment: environment)
            .shell("scancel \(job); until [ -z \"$(squeue -h -j \(job))\" ]; do sleep 0.2; done")
        #expect(cancelled.status == 0)
        // Cancelled workers end as workers do that are told once.
        #expect(try place.read("peftsearch-\(job)_2.log").contains("interrupted; everything is saved"))
        let front = try await place.json("front", "clustered")
        let trials = try await place.output("trials", "clustered", "--format", "jsonl")
        try await Workplace.use(ownDatabase: true) { other in
            try ScriptedStudy.write(to: other, name: "clustered", trials: 30)
            try other.write("back", "")
            #expect(try await other.run("run", "study.yaml", "--workers", "2").status == 0)
            let otherFront = try await other.json("front", "clustered")
            #expect(Self.members(of: otherFront) == Self.members(of: front))
            let others = try await other.output("trials", "clustered", "--format", "jsonl")
            #expect(try ComparableTrial.texts(others) == ComparableTrial.texts(trials))
        }
    }
}

/// A Slurm of its own, with two virtual nodes.
private struct Slurm {
    let folder: String

    static var isInstalled: Bool {
        geteuid() == 0
            && ["/usr/bin/sbatch", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged"]
                .allSatisfy(FileManager.default.isExecutableFile(atPath:))
    }

    var configuration: String { folder + "/slurm.conf" }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts it, lends it to `body`, and stops it.
    func use(_ body: () async throws -> Void) async throws {
        let started = try await run("start")
        do {
            guard started.status == 0 else { throw Failure(description: started.output) }
            try await body()
        } catch {
            _ = try await run("stop")
            throw error
        }
        #expect(try await run("stop").status == 0)
    }

    /// Its daemons outlive the script, and would keep its output open.
    private func run(_ verb: String) async throws -> Program.Ending {
        let port = 20_000 + Int(getpid()) % 20_000
        let environment = [
            "SLURM_BASE": folder, "CTLD_PORT": "\(port)", "SLURMD_PORT0": "\(port + 1)",
            "SCRIPT": Program.root + "/tools/slurm_single_node.sh",
        ]
        return try await Program(folder: "/", environment: environment).shell(
            """
            PATH=$PATH:/usr/sbin:/sbin
            bash "$SCRIPT" \(verb) > "$SLURM_BASE.log" 2>&1 < /dev/null; status=$?
            cat "$SLURM_BASE.log"; exit $status
            """)
    }
}

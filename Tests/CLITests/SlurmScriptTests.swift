import Foundation
import Testing

/// What `workers submit` hands to sbatch, and what it refuses to.
struct SlurmScriptTests {
    private static let address = "postgresql://node1@db.example/peftsearch?sslmode=verify-full"

    private func submit(
        _ arguments: String..., environment: [String: String] = [:], in place: Workplace
    ) async throws -> Program.Ending {
        try await Program(folder: place.folder, environment: environment)
            .run(["workers", "submit", "--slurm"] + arguments)
    }

    @Test func `the script says what Slurm has to give, and how a worker gives back`() async throws {
        try await Workplace.use { place in
            let ending = try await submit(
                "--count", "8", "--slots", "4", "--partition", "cpu", "--time", "4h 30min", "--memory",
                "16GiB", "--sbatch", "account=vision", "--sbatch", "exclusive", "--database", Self.address,
                "--dry-run", "--", "--study", "it's", "--idle", "30min", in: place)
            #expect(ending.status == 0, "\(ending.error)")
            let lines = ending.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "#!/bin/bash")
            let expected = [
                "array=1-8", "cpus-per-task=4", "partition=cpu", "time=04:30:00", "mem=16384M",
                "account=vision", "exclusive", "requeue", "open-mode=append", "signal=B:USR1@90",
                "output=\"\(place.folder)/peftsearch-%A_%a.log\"",
            ]
            for option in expected { #expect(lines.contains("#SBATCH --\(option)"), "\(option)") }
            #expect(lines.contains("export DATABASE_URL='\(Self.address)'"))
            let command = try #require(lines.first { $0.contains(" worker --slots 4 ") })
            #expect(command.contains(#"--study 'it'\''s' --idle 30min --name "$name" &"#), "\(command)")
            #expect(!lines.contains { $0.hasPrefix("#SBATCH --export") && $0.contains("PG") })
            let checked = try place.write("job.sh", ending.output)
            #expect(try await place.program.shell("bash -n \(checked)").status == 0)
        }
    }

    @Test func `no secret gets into the script, and whoever has one is told where it belongs`() async throws {
        try await Workplace.use { place in
            let secret = "hunter2"
            let withPassword = "postgresql://node1:\(secret)@db.example/peftsearch"
            for (arguments, environment, subject) in [
                (["--database", withPassword], [:], "--database: holds a password"),
                ([], ["DATABASE_URL": withPassword], "DATABASE_URL: holds a password"),
                ([], ["PGHOST": "db", "PGPASSWORD": secret], "PGPASSWORD: is not handed to the job"),
                ([], [:], "--database: is missing"),
            ] {
                let ending = try await Program(folder: place.folder, environment: environment)
                    .run(["workers", "submit", "--slurm", "--dry-run"] + arguments)
                #expect(ending.status == 65)
                #expect(ending.error.contains(subject), "\(ending.error)")
                #expect(ending.error.contains("--environment-file"))
                #expect(!(ending.error + ending.output).contains(secret))
            }
            let file = try place.write("worker.env", "DATABASE_URL=\(withPassword)\n")
            chmod(file, 0o644)
            let open = try await submit("--environment-file", "worker.env", "--dry-run", in: place)
            #expect(open.status == 65)
            #expect(open.error.contains("may be read by others (mode 644)\n  try: chmod 600 worker.env"))
            chmod(file, 0o600)
            let closed = try await submit(
                "--environment-file", "worker.env", "--dry-run", environment: ["PGPASSWORD": secret],
                in: place)
            #expect(closed.status == 0, "\(closed.error)")
            #expect(closed.output.contains("set -a; . \(file) || exit 66; set +a"))
            #expect(!closed.output.contains(secret))
        }
    }

    @Test func `a service is named, and its password stays in its file`() async throws {
        try await Workplace.use { place in
            let ending = try await submit(
                "--dry-run", environment: ["PGSERVICE": "peft", "PGPASSFILE": "/home/a/.pgpass"], in: place)
            #expect(ending.status == 0, "\(ending.error)")
            #expect(ending.output.contains("export PGSERVICE=peft\nexport PGPASSFILE=/home/a/.pgpass\n"))
        }
    }

    @Test(arguments: [
        (["--count", "0"], "--count: expected a whole number from 1 to 10000, found 0"),
        (["--time", "2min"], "--time: expected a time from 3min, such as 4h, found '2min'"),
        (["--partition", "a b"], "--partition: expected a partition's name, found 'a b'"),
        (["--sbatch=--account=x"], "--sbatch: expected name or name=value, found '--account=x'"),
        (["--sbatch", "comment=a b"], "--sbatch: expected name or name=value, found 'comment=a b'"),
        (["--memory", "lots"], "--memory: expected a size from 1 MiB, such as 16GiB, found 'lots'"),
        (["--", "--studdy", "x"], "options of the workers: "),
        (["--", "--slots=4"], "--database and --slots stand before --"),
        (["--", "--lease", "0"], "options of the workers: "),
        (["--", "--database", "postgresql://a:b@c/d"], "--database and --slots stand before --"),
    ])
    func `what a worker or Slurm would refuse is refused before it waits in a queue`(
        arguments: [String], message: String
    ) async throws {
        let ending = try await Program(folder: "/").run(
            ["workers", "submit", "--slurm", "--dry-run", "--database", Self.address] + arguments)
        #expect(ending.status == 64)
        #expect(ending.error.contains(message), "\(ending.error)")
    }

    @Test func `by what to submit has to be said`() async throws {
        let ending = try await Program(folder: "/").run(["workers", "submit"])
        #expect(ending.status == 64)
        #expect(ending.error.contains("--slurm: say by what to submit"))
    }

    @Test func `where there is no sbatch the script can still be had`() async throws {
        try await Workplace.use { place in
            let ending = try await place.program.shell(
                "mkdir bin; ln -s $(command -v env) bin/env; PATH=$PWD/bin; export PATH; "
                    + "exec $PEFTSEARCH workers submit --slurm --database \(ShellText.quoted(Self.address))")
            #expect(ending.status == 65)
            #expect(ending.error.contains("sbatch: is not on this machine"), "\(ending.error)")
            #expect(ending.error.contains("--dry-run > job.sh"))
        }
    }
}

private enum ShellText {
    static func quoted(_ text: String) -> String { "'\(text)'" }
}

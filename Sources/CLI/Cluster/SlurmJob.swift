/// An array of workers as a job of Slurm.
///
/// Each task is one worker that lives until it is told to end. Neither the
/// job's number nor its count of restarts identifies an attempt: Slurm may
/// start a task twice under both. Workers are told apart by what the store
/// gives them; the name here is for people.
struct SlurmJob: Sendable {
    /// Of the array, from 1.
    var count: Int
    var slots: Int
    var partition: String?
    /// In seconds; nil is the partition's.
    var wallTime: Int?
    /// In bytes, of a task; nil is the partition's.
    var memory: Int?
    /// Further options of sbatch, without their dashes: `account=vision`.
    var options: [String] = []
    /// A folder for the tasks' logs.
    var logs: String
    /// What each task is given beside what `inherited` names; without secrets.
    var environment: [(name: String, value: String)] = []
    /// Read by the task's shell, for what nobody else may see.
    var environmentFile: String?
    /// The path of this program, and the arguments of its workers.
    var program: String
    var arguments: [String]

    /// Taken from the environment of whoever submits. All the rest stays
    /// there: Slurm would keep a password with the job.
    static let inherited = [
        "HOME", "USER", "LOGNAME", "LANG", "PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV",
        "CONDA_PREFIX", "HF_HOME",
    ]

    /// Seconds before its time is up that a task is told: a worker gives back
    /// in some of them.
    static let notice = 90

    /// For sbatch.
    var script: String {
        ["#!/bin/bash", header.joined(separator: "\n"), surroundings.joined(separator: "\n"), body]
            .joined(separator: "\n") + "\n"
    }

    private var header: [String] {
        var lines = [
            "job-name=peftsearch", "array=1-\(count)", "nodes=1", "ntasks=1", "cpus-per-task=\(slots)",
            "requeue", "open-mode=append", "signal=B:USR1@\(Self.notice)",
            "export=\(Self.inherited.joined(separator: ","))", "output=\"\(logs)/peftsearch-%A_%a.log\"",
        ]
        if let partition { lines.append("partition=\(partition)") }
        if let wallTime {
            let parts = [wallTime / 3600, wallTime / 60 % 60, wallTime % 60]
            lines.append("time=" + parts.map { ($0 < 10 ? "0" : "") + "\($0)" }.joined(separator: ":"))
        }
        if let memory { lines.append("mem=\((memory + (1 << 20) - 1) >> 20)M") }
        return (lines + options).map { "#SBATCH --\($0)" }
    }

    private var surroundings: [String] {
        environment.map { "export \($0.name)=\(ShellWord.quoted($0.value))" }
            + (environmentFile.map { ["set -a; . \(ShellWord.quoted($0)) || exit 66; set +a"] } ?? [])
    }

    private var body: String {
        let command = ([program, "worker", "--slots", "\(slots)"] + arguments).map(ShellWord.quoted)
        return """
            name=$SLURMD_NODENAME-$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID-${SLURM_RESTART_COUNT:-0}
            stop=
            # The time is nearly up: the worker gives back, and the task queues again.
            trap 'stop=requeue; kill -TERM "$worker" 2>/dev/null' USR1
            # Slurm told the worker, too, and a second signal would end it before it gave back.
            trap 'stop=end; { sleep 10; kill -TERM "$worker"; } 2>/dev/null &' TERM
            while [ -z "$stop" ]; do
              \(command.joined(separator: " ")) --name "$name" &
              worker=$!
              wait "$worker"; status=$?
              # A trapped signal ends the waiting and not the worker.
              while kill -0 "$worker" 2>/dev/null; do wait "$worker"; status=$?; done
              [ -z "$stop" ] || break
              # 0: nothing was left to do. 64, 65: another try would end the same.
              case $status in 0|64|65) exit "$status" ;; esac
              echo "the worker ended with status $status; another starts in 10 s"
              sleep 10 & wait $!
            done
            [ "$stop" != requeue ] || scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
            exit 0
            """
    }
}

import Experiments
import Foundation
import Subprocess

/// Runs one command so that it cannot outlive the worker, however the worker
/// ends.
///
/// The worker starts this program again as a guard, at the head of a process
/// group of its own with its output in a pipe to the worker. The guard starts
/// the command in that group, with the same standard streams, and then leaves
/// the group, so that the worker's signals reach the command and all that it
/// started, and never the guard: a paused command is still guarded. When the
/// worker is gone nobody reads the pipe any more. The guard sees that and
/// kills the group.
///
/// What leaves the process group by itself (`setsid`) is not followed.
///
/// `PR_SET_PDEATHSIG` would not do: it is bound to a thread of the worker and
/// does not reach what the command itself starts.
public enum Guard {
    /// Runs `command`, found through `PATH`, to its end.
    ///
    /// Returns the status to exit with: the command's own, 128 + n when signal
    /// n killed it, 127 when it was not found, 126 when it could not be run.
    /// What the command leaves running in its group is killed. Limits may stand
    /// before the command; when it was ended because it held too much memory,
    /// the guard says so to the worker in the words of a trainer.
    public static func run(_ arguments: [String]) async -> Int32 {
        let (limits, command) = TrialLimits.taken(from: arguments)
        // A guard that was started by hand leads no group yet.
        setpgid(0, 0)
        let group = getpid()
        limits.apply()
        let watch = GuardWatch(group: group, memory: limits.memory)
        watch.start()
        do {
            // POSIX has `env` look the command up, and say 126 or 127.
            let result = try await Subprocess.run(
                .name("env"), arguments: Arguments(command), input: .currentStandardInput,
                output: .currentStandardOutput, error: .currentStandardError
            ) { process in
                Priority.pass(to: process.processIdentifier.value)
                leaveGroup()
            }
            if getpgrp() != group { kill(-group, SIGKILL) }
            if let failure = watch.failure {
                say(failure)
                return 137
            }
            return Int32(ChildExit(result.terminationStatus).status)
        } catch {
            let reason = "cannot run \(command.first ?? ""): \(error)\n"
            try? FileHandle.standardError.write(contentsOf: Data(reason.utf8))
            return 126
        }
    }

    private static func say(_ failure: TrialFailure) {
        let message: JSON = [
            "failure": ["reason": .string(failure.reason.rawValue), "detail": .string(failure.detail)]
        ]
        // The command may have died within a line.
        let line = "\n\(message.canonicalText)\n"
        try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
    }

    /// Joins the worker's group, deaf to what a terminal sends there. Until
    /// now a signal to the group ends the guard with the command.
    private static func leaveGroup() {
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU] {
            signal(number, SIG_IGN)
        }
        setpgid(0, getpgid(getppid()))
    }
}

extension ChildExit {
    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self.init(status: Int(code))
        case .signaled(let number): self = .killed(signal: Int(number))
        }
    }
}

import Foundation
import Glibc
import Subprocess
import Synchronization

/// A guarded process with its own process group, spoken to in lines.
///
/// It lives on when the task that launched it is cancelled, because it is to
/// be stopped in order: whoever launches it stops it, and waits for `exit`.
package final class ChildProcess: Sendable {
    /// Where its output goes, line by line. The pipe is not read further
    /// before a call returns, so a flood of output takes no memory here.
    package struct Listener: Sendable {
        package var output: @Sendable (LineSplitter.Line) -> Void
        package var error: @Sendable (LineSplitter.Line) -> Void
        /// Once, after the last line.
        package var exit: @Sendable (ChildExit) -> Void

        package init(
            output: @escaping @Sendable (LineSplitter.Line) -> Void,
            error: @escaping @Sendable (LineSplitter.Line) -> Void,
            exit: @escaping @Sendable (ChildExit) -> Void
        ) {
            self.output = output
            self.error = error
            self.exit = exit
        }
    }

    /// The group while it may be signalled; nil before the start and from just
    /// before the process is reaped, when the number may come to name another.
    private let group = Mutex<Int32?>(nil)
    private let input: AsyncStream<[UInt8]>.Continuation
    private let pieces: AsyncStream<[UInt8]>
    private let running = Mutex<Task<ChildExit, Never>?>(nil)

    private init() {
        (pieces, input) = AsyncStream.makeStream()
    }

    /// Starts `command` under a guard, within `limits`.
    ///
    /// Returns when it runs and the guard is out of reach of its signals, or
    /// when it has already ended; `exit` says how.
    package static func launch(
        _ command: [String], limits: TrialLimits = TrialLimits(), commands: HiddenCommands,
        environment: [String: String], listener: Listener
    ) async -> ChildProcess {
        // A child that died leaves a pipe without a reader; that is no reason
        // for this process to end.
        Glibc.signal(SIGPIPE, SIG_IGN)
        let child = ChildProcess()
        let (started, start) = AsyncStream<Void>.makeStream()
        let task = Task {
            let exit = await child.run(
                commands.guardArguments + limits.words + command, environment: environment, listener: listener
            ) { start.finish() }
            start.finish()
            listener.exit(exit)
            return exit
        }
        child.running.withLock { $0 = task }
        await Uncancelled.run {
            for await _ in started {}
            await child.waitUntilGuarded()
        }
        return child
    }

    /// A guard that has started the command leaves its group. Nothing tells of
    /// that but the group itself.
    private func waitUntilGuarded() async {
        // A group of another process namespace cannot be joined.
        guard getpgrp() > 0 else { return }
        for _ in 0..<5000 {
            guard let processGroup, getpgid(processGroup) == processGroup else { return }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    /// How it ended; waits until it did.
    package var exit: ChildExit {
        get async { await running.withLock { $0 }?.value ?? .notStarted("never launched") }
    }

    /// The process group of the command, while there is one.
    package var processGroup: Int32? { group.withLock { $0 } }

    /// Sends a line to its standard input. What it does not read before its
    /// end is lost.
    package func send(_ line: String) {
        input.yield(Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    /// Ends its standard input.
    package func closeInput() {
        input.finish()
    }

    /// Sends a signal to the command and to all that it started.
    package func signal(_ number: Int32) {
        group.withLock { group in
            if let group { kill(-group, number) }
        }
    }

    /// Ends it: SIGTERM, and SIGKILL when it has not ended within `grace`.
    package func stop(grace: Duration) async {
        if grace > .zero {
            signal(SIGTERM)
            // A paused process gets no other signal before it is continued.
            signal(SIGCONT)
            let patience = Task {
                try await Task.sleep(for: grace)
                signal(SIGKILL)
            }
            _ = await exit
            patience.cancel()
        } else {
            signal(SIGKILL)
            _ = await exit
        }
    }

    private func run(
        _ arguments: [String], environment: [String: String], listener: Listener,
        onStart: @Sendable () -> Void
    ) async -> ChildExit {
        var options = PlatformOptions()
        // A group of its own: Ctrl-C at the terminal is the worker's to handle.
        options.processGroupID = 0
        do {
            let result = try await Subprocess.run(
                .name("env"), arguments: Arguments([HiddenCommands.thisProgram] + arguments),
                environment: .custom(environment.asKeys), platformOptions: options, input: .inputWriter,
                output: .sequence, error: .sequence
            ) { process in
                Priority.pass(to: process.processIdentifier.value)
                group.withLock { $0 = process.processIdentifier.value }
                onStart()
                await converse(
                    writer: process.standardInputWriter, output: process.standardOutput,
                    error: process.standardError, listener: listener)
                abandonGroup()
            }
            return ChildExit(result.terminationStatus)
        } catch {
            abandonGroup()
            return .notStarted("\(error)")
        }
    }

    private func converse(
        writer: StandardInputWriter, output: SubprocessOutputSequence, error: SubprocessOutputSequence,
        listener: Listener
    ) async {
        await withTaskGroup { streams in
            streams.addTask { await Self.read(output, each: listener.output) }
            streams.addTask { await Self.read(error, each: listener.error) }
            async let writing: Void = write(to: writer)
            await streams.waitForAll()
            input.finish()
            await writing
        }
    }

    private func write(to writer: StandardInputWriter) async {
        for await piece in pieces {
            guard (try? await writer.write(piece)) != nil else { break }
        }
        // It may have closed its end long before.
        try? await writer.finish()
    }

    private static func read(
        _ stream: SubprocessOutputSequence, each: @Sendable (LineSplitter.Line) -> Void
    ) async {
        var splitter = LineSplitter()
        var buffers = stream.makeAsyncIterator()
        // A pipe that fails to read has ended as far as we are concerned.
        while let buffer = try? await buffers.next() {
            splitter.append(Data(buffer: buffer)).forEach(each)
        }
        splitter.finish().map(each)
    }

    /// Kills what is left of the group, while its number is still its own.
    private func abandonGroup() {
        group.withLock { group in
            if let number = group { kill(-number, SIGKILL) }
            group = nil
        }
    }
}

extension [String: String] {
    fileprivate var asKeys: [Environment.Key: String] {
        reduce(into: [:]) { keys, variable in
            // One odd name that the worker inherited must not keep every child from starting.
            guard let first = variable.key.utf8.first, !(0x30...0x39).contains(first) else { return }
            if let key = Environment.Key(rawValue: variable.key) { keys[key] = variable.value }
        }
    }
}

import Foundation
import Testing
import Workers

@Suite(.timeLimit(.minutes(5))) struct ChildProcessTests {
    private let recorder = Recorder()

    @Test func `a child reads its input to the end and its lines arrive`() async {
        let child = await recorder.launch(script: "cat; echo oops >&2; echo last; exit 3")
        child.send("first")
        child.closeInput()
        #expect(await child.exit == .exited(3))
        #expect(recorder.output == ["first", "last"])
        #expect(recorder.error.contains("oops"))
    }

    @Test(arguments: [
        ("kill -SEGV $$", ChildExit.killed(signal: 11)), ("exit 137", .killed(signal: 9)), ("", .exited(0)),
    ])
    func `the exit is told as it was`(script: String, exit: ChildExit) async {
        #expect(await recorder.launch(script: script).exit == exit)
    }

    @Test func `a command that does not exist is not found`() async {
        let child = await ChildProcess.launch(
            ["/no/such/command"], commands: WorkersStandInProcess.commands,
            environment: ["PATH": "/usr/bin:/bin"],
            listener: recorder.listener)
        #expect(await child.exit == .exited(127))
        #expect(recorder.error.contains { $0.contains("/no/such/command") })
    }

    @Test func `a child that ends in time at SIGTERM may end as it likes`() async {
        let child = await recorder.launch(
            script: "trap 'echo saved; exit 7' TERM; echo ready; while :; do sleep 0.01; done")
        #expect(await eventually { recorder.output == ["ready"] })
        await child.stop(grace: .seconds(20))
        #expect(await child.exit == .exited(7))
        #expect(recorder.output == ["ready", "saved"])
    }

    @Test func `a child that ignores SIGTERM is killed after the grace`() async {
        let child = await recorder.launch(script: "trap '' TERM; echo ready; while :; do sleep 0.01; done")
        #expect(await eventually { recorder.output == ["ready"] })
        await child.stop(grace: .milliseconds(200))
        #expect(await child.exit == .killed(signal: 9))
    }

    @Test func `a child is stopped although it is paused`() async {
        let child = await recorder.launch(script: "echo ready; while :; do sleep 0.01; done")
        #expect(await eventually { recorder.output == ["ready"] })
        child.signal(SIGSTOP)
        await child.stop(grace: .seconds(20))
        #expect(await child.exit == .killed(signal: 15))
    }

    @Test func `what a child leaves running ends with it`() async throws {
        let child = await recorder.launch(script: "trap '' TERM; sleep 1000 & echo $!; exit 0")
        #expect(await child.exit == .exited(0))
        let grandchild = try #require(recorder.output.first.flatMap { Int($0) })
        #expect(await eventually { ProcessTable.state(of: grandchild) == nil })
    }

    @Test func `a stop reaches what the child started`() async throws {
        let child = await recorder.launch(script: "sleep 1000 & echo $!; wait")
        #expect(await eventually { recorder.output.count == 1 })
        await child.stop(grace: .zero)
        let grandchild = try #require(recorder.output.first.flatMap { Int($0) })
        #expect(await eventually { ProcessTable.state(of: grandchild) == nil })
    }

    @Test func `the command has a group of its own, and the guard is not in it`() async throws {
        let child = await recorder.launch(script: "echo $$; read line")
        #expect(await eventually { recorder.output.count == 1 })
        let command = try #require(recorder.output.first.flatMap { Int($0) })
        let group = try #require(child.processGroup.map(Int.init))
        #expect(ProcessTable.group(of: command) == group)
        #expect(await eventually { ProcessTable.group(of: group) == Int(getpgrp()) })
        child.closeInput()
        #expect(await child.exit == .exited(1))
        #expect(child.processGroup == nil)
    }

    @Test func `the command is as nice as its worker`() async throws {
        let before = Priority.niceness
        Priority.niceness = before + 1
        // Without privileges it stays so, which does no harm.
        defer { Priority.niceness = before }
        let child = await recorder.launch(script: "read line; cut -d ' ' -f 19 /proc/$$/stat")
        child.send("read it")
        _ = await child.exit
        #expect(recorder.output == ["\(before + 1)"])
    }

    @Test func `a flood without a line feed takes one line's memory`() async {
        let before = ProcessTable.kilobytes("VmHWM")
        let child = await recorder.launch(script: "head -c 200000000 /dev/zero")
        #expect(await child.exit == .exited(0))
        #expect(recorder.outputLines.map(\.bytes.count) == [1 << 20])
        #expect(recorder.outputLines.map(\.isCut) == [true])
        // Other tests of this process take memory meanwhile.
        #expect(ProcessTable.kilobytes("VmHWM") - before < 160_000)
    }

    @Test func `a child that does not read cannot block its worker`() async {
        let child = await recorder.launch(script: "exec <&-; exit 0")
        for _ in 0..<50 { child.send(String(repeating: "x", count: 100_000)) }
        child.closeInput()
        #expect(await child.exit == .exited(0))
    }

    @Test func `a child has the environment that it was given and no other`() async {
        setenv("WORKERS_TEST_PASSWORD", "secret", 1)
        let environment = ChildEnvironment.make(
            from: ProcessInfo.processInfo.environment.merging(["1BAD": "x"]) { first, _ in first },
            native: false,
            cpuFlags: [])
        let child = await recorder.launch(script: "env", environment: environment)
        #expect(await child.exit == .exited(0))
        #expect(!recorder.output.contains { $0.contains("secret") })
        #expect(recorder.output.contains { $0.hasPrefix("OPENBLAS_NUM_THREADS=") })
    }
}

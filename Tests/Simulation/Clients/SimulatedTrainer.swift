import Experiments
import Workers

/// A slot's engine in virtual time: it reports step by step, and ends with the
/// lines and the exit that a trainer's process would.
struct SimulatedTrainer: Trainer {
    /// How one attempt goes.
    struct Course {
        var steps: Int
        /// Of all steps.
        var duration: Duration
        /// After how many steps it crashes; nil if it does not.
        var crash: Int?
    }

    let process: SimulatedProcess
    let course: @Sendable (EngineRequest) -> Course

    func train(_ session: TrainerSession) async -> TrainerOutcome {
        await withTaskGroup(of: Void.self) { tasks in
            let course = course(session.request)
            tasks.addTask { await follow(course, session) }
            var ended: ChildExit?
            for await event in session.events {
                if case .stop = event { session.end(.killed(signal: 15)) }
                guard case .exited(let exit) = event else { continue }
                ended = exit
                break
            }
            tasks.cancelAll()
            return session.outcome(exit: ended)
        }
    }

    func close() async {}

    private func follow(_ course: Course, _ session: TrainerSession) async {
        for step in 0..<course.steps {
            if step == course.crash { return session.end(.killed(signal: 11)) }
            guard (try? await process.sleep(for: course.duration / course.steps)) != nil else { return }
            session.receive(output: line(#"{"report": {"step": \#(step + 1), "metrics": {"loss": 0.5}}}"#))
        }
        guard course.crash == nil else { return session.end(.killed(signal: 11)) }
        let seconds = course.duration / .seconds(1)
        let message = try? SimulatedTraining.message(of: session.request, seconds: seconds)
        if let message { session.receive(output: line(message.canonicalText)) }
        session.end(.exited(0))
    }

    private func line(_ text: String) -> LineSplitter.Line {
        var splitter = LineSplitter()
        return splitter.append((text + "\n").utf8)[0]
    }
}

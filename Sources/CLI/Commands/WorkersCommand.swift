import ArgumentParser

struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "Start workers on a cluster.",
        subcommands: [Submit.self])
}

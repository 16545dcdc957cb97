import ArgumentParser
import Experiments
import Foundation
import Workers

extension StudyCommand {
    struct Inputs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what a study reads, by content, and copy it to where workers find it.",
            discussion: "Ends with status 1 if something is not here.")

        @Argument(help: "The study's name.") var study: String
        @Option(
            help: ArgumentHelp(
                "Copy all of it into a folder for worker --inputs, by its hashes.", valueName: "DIR"))
        var copyTo: String?
        @Option(help: "How to print it.") var format = OutputFormat.table
        @OptionGroup var inputs: InputOptions
        @OptionGroup var database: DatabaseOptions

        /// Where an input lies here.
        private struct Finding {
            let input: StudyInput
            /// Nil if it does not.
            var folder: String?
        }

        func run() async throws {
            let folders = InputFolders(try inputs.folders(ProcessInfo.processInfo.environment))
            let store = try await database.open()
            let stored = try await store.study(study)
            let target = copyTo.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
            var findings: [Finding] = []
            var missing: [InputError] = []
            for input in stored.study.inputs {
                do throws(InputError) {
                    var folder = try folders.folder(of: input)
                    if let target {
                        folder = try InputCopy(to: target, known: folders).copy(input, from: folder)
                    }
                    findings.append(Finding(input: input, folder: folder))
                } catch {
                    findings.append(Finding(input: input))
                    missing.append(error)
                }
            }
            switch format {
            case .table: try Output.write(Self.table(findings).text)
            case .csv: try Output.write(Self.table(findings).csv)
            case .json: try Output.write(json(findings).indentedText)
            }
            for error in missing { Output.note("\(error)") }
            if !missing.isEmpty { throw AnswerIsNo(text: nil) }
        }

        private static func table(_ findings: [Finding]) -> TextTable {
            var table = TextTable(headings: ["input", "file", "sha256", "lies in"])
            for finding in findings {
                for (name, hash) in finding.input.files.sorted(by: { $0.key < $1.key }) {
                    table.rows.append([finding.input.role.rawValue, name, hash, finding.folder ?? "not here"])
                }
            }
            return table
        }

        private func json(_ findings: [Finding]) -> JSON {
            [
                "study": .string(study),
                "inputs": .array(
                    findings.map { finding in
                        [
                            "input": .string(finding.input.role.rawValue),
                            "hash": .string(finding.input.hash),
                            "files": .object(finding.input.files.mapValues(JSON.string)),
                            "recorded_folder": .string(finding.input.folder),
                            "folder": JSON(finding.folder),
                        ]
                    }),
            ]
        }
    }
}

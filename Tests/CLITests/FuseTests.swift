import Experiments
import Foundation
import Testing

/// `fuse`: from a finished study to a trained fusion of its trials.
@Suite(.needsPostgres)
struct FuseTests {
    @Test func `trials of a finished study are combined and trained`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            let text = TinyTask.study.replacing("study: sample", with: "study: fused")
                .replacing("space: hybrid", with: "space: mam").replacing("trials: 8", with: "trials: 14")
            try place.write("study.yaml", text)
            let run = try await place.run("run", "study.yaml", "--workers", "2")
            #expect(run.status == 0, "\(run.error)")
            let trials = try #require(try await place.json("trials", "fused")["trials"]?.array)
            let pair = try #require(Self.pair(of: trials))
            let fused = try await place.run("fuse", "fused", "--trials", "\(pair.0),\(pair.1)")
            #expect(fused.status == 0, "\(fused.error)")
            #expect(fused.error.contains("combines trials \(pair.0), \(pair.1)"))
            let configuration = try Configuration(json: JSON.parse(fused.output))
            #expect(configuration.components.map(\.method) == ["fusion"])
            try place.write("fusion.json", fused.output)
            let trained = try await place.json("train", "study.yaml", "--configuration", "fusion.json")
            #expect(trained["measurements"]?["accuracy"]?.number != nil)
            #expect(try JSONSchema(named: "train").errors(in: trained) == [])
            let best = try await place.run("fuse", "fused")
            #expect(best.status == 0 && best.error.hasPrefix("combines trials "), "\(best.error)")
            try await Self.checkRefusals(place)
        }
    }

    /// Two that have a bottleneck in one layer.
    private static func pair(of trials: [JSON]) -> (Int, Int)? {
        let parents = trials.compactMap { trial -> FusionParent? in
            guard let number = trial["number"]?.integer, let json = trial["configuration"],
                let configuration = try? Configuration(json: json)
            else { return nil }
            return FusionParent(number: number, artifact: "", configuration: configuration)
        }
        for (index, first) in parents.enumerated() {
            if let second = parents.dropFirst(index + 1).first(where: { $0.shares(with: first) }) {
                return (first.number, second.number)
            }
        }
        return nil
    }

    private static func checkRefusals(_ place: Workplace) async throws {
        let baseline = try await place.run("fuse", "fused", "--trials", "0,1")
        #expect(baseline.status == 65)
        #expect(baseline.error.contains("fused 0: is no finished trial with bottleneck adapters"))
        for numbers in ["", "-1,2", "a"] {
            let usage = try await place.run("fuse", "fused", "--trials=\(numbers)")
            #expect(usage.status == 64, "\(numbers): \(usage.error)")
        }
        let trials = try #require(try await place.json("trials", "fused")["trials"]?.array)
        let (number, _) = try #require(pair(of: trials))
        let twice = try await place.run("fuse", "fused", "--trials", "\(number),\(number)")
        #expect(twice.status == 65 && twice.error.contains("--trials: names trial \(number) twice"))
        let layers = try await place.run("fuse", "fused", "--layers", "1,1")
        #expect(layers.status == 65 && layers.error.contains("--layers: names layer 1 twice"))
        let out = try await place.run(
            "train", "study.yaml", "--configuration", "fusion.json", "--out", "handed")
        #expect(out.status == 65)
        #expect(out.error.contains("cannot be handed over in any format"))
    }
}

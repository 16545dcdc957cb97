import Experiments
import Foundation
import Testing

/// Hidden states of frozen layers, as processes of the program keep them.
@Suite struct KeptStatesTests {
    /// Trains in the top block alone, so that the states below it are kept.
    private func write(to place: Workplace) throws {
        try TinyTask.write(to: place)
        try place.write(
            "top.json", #"{"components": [{"lora": {"ranks": {"2.ffn_in": 4}}}], "training": {"epochs": 1}}"#)
    }

    private func states(_ place: Workplace) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: place.path("data/states"))) ?? []).sorted()
    }

    @Test func `a file that outgrows what the user may write is a crash with its reason, and leaves nothing`()
        async throws
    {
        try await Workplace.use { place in
            try write(to: place)
            // The states of 2,000 sentences, of more than a megabyte; blocks have 512 or 1024 bytes.
            try place.write("train.tsv", TinyTask.rows(2000))
            let ending = try await place.shell(
                "ulimit -f 256; $PEFTSEARCH train study.yaml --configuration top.json --data-dir data")
            #expect(ending.status == 65, "\(ending.error)")
            #expect(
                ending.error.hasPrefix(
                    "error: the trial failed (crashed): the hidden states of the frozen layers cannot be kept: "
                ),
                "\(ending.error)")
            #expect(ending.error.contains(".f32.partial: cannot be written: File too large"))
            #expect(states(place) == ["lock", "tokens"])
            #expect(
                try await place.shell(
                    "$PEFTSEARCH train study.yaml --configuration top.json --data-dir data"
                ).status == 0)
        }
    }

    @Test func `processes that start at once share a folder, and find the same`() async throws {
        try await Workplace.use { place in
            try write(to: place)
            let train = "$PEFTSEARCH train study.yaml --configuration top.json --format json --data-dir"
            let ending = try await place.shell(
                "\(train) data > 1 & \(train) data > 2 & \(train) data > 3 & wait; \(train) other > 4")
            #expect(ending.status == 0 && ending.error == "", "\(ending.error)")
            let losses = try (1...4).map { number in
                let text = try String(contentsOfFile: place.path("\(number)"), encoding: .utf8)
                return try JSON.parse(text)["measurements"]?["loss"]?.number
            }
            #expect(losses[0] != nil && Set(losses).count == 1)
            // Of train and validation.
            #expect(states(place).count { $0.hasSuffix(".f32") } == 2)
            #expect(!states(place).contains { $0.hasSuffix(".partial") })
        }
    }
}

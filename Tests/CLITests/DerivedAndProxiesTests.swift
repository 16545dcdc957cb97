import Experiments
import Testing

/// What `train --derive`, `train` with rungs and `proxies` print.
@Suite struct DerivedAndProxiesTests {
    private static let configuration = #"""
        {"components":[{"lora":{"ranks":{"1.query":4,"2.value":4}}},{"bias":{}}],"training":{"epochs":2,"batch_size":8}}
        """#

    @Test func `train prints its rungs and what was derived, as the schema says`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(
                to: place,
                study: TinyTask.study.replacing("parallelism: 4}", with: "parallelism: 4, rungs: 3}"))
            try place.write("configuration.json", Self.configuration)
            let json = try await place.json(
                "train", "study.yaml", "--configuration", "configuration.json", "--derive", "2")
            #expect(try JSONSchema(named: "train").errors(in: json) == [])
            #expect(json["rungs"]?.array?.map { $0["share"]?.number } == [1.0 / 9, 1.0 / 3])
            #expect(json["derived"]?.array?.count == 2)
            let table = try await place.output(
                "train", "study.yaml", "--configuration", "configuration.json", "--derive", "1")
            #expect(table.contains("low-rank updates cut to a quarter of their rank"))
        }
    }

    @Test func `proxies answers line by line, and a bad line spoils no other`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            try place.write("lines.jsonl", Self.configuration + "\n{\"components\": 3}\n{}\nno json\n")
            let output = try await place.output(
                "proxies", "study.yaml", "--configurations", "lines.jsonl", "--batches", "2")
            let lines = output.split(separator: "\n")
            #expect(lines.map { $0.hasPrefix("{\"proxies\":") } == [true, false, true, false])
            #expect(lines.count == 4 && lines[1].contains("line 2: ") && lines[3].contains("line 4: "))
            let missing = try await place.run("proxies", "study.yaml", "--configurations", "none.jsonl")
            #expect(missing.status == 65 && missing.error.contains("none.jsonl"))
        }
    }
}

import Foundation
import Testing

/// What `train --derive`, `train` with rungs and `proxies` print.
@Suite struct DerivedAndProxiesTests {
    private static let configuration = """
        {"components":[{"lora":{"ranks":{"1.query":4,"2.value":4}}},{"bias":{}}],"training":{"epochs":2,"batch_size":8}}
        """

    @Test func `train prints its rungs and what was derived, as the schema says`() throws {
        let place = try Workplace()
        try TinyTask.write(
            to: place, study: TinyTask.study.replacing("parallelism: 4}", with: "parallelism: 4, rungs: 3}"))
        try place.write("configuration.json", Self.configuration)
        let result = try place.run(
            "train", "study.yaml", "--configuration", "configuration.json", "--derive", "2", "--format", "json")
        #expect(result.status == 0, "\(result.error)")
        let json = try JSONSchema.validated(result.output, against: "train.json")
        let rungs = try #require(json["rungs"] as? [[String: Any]])
        #expect(rungs.compactMap { $0["share"] as? Double } == [1.0 / 9, 1.0 / 3])
        let derived = try #require(json["derived"] as? [[String: Any]])
        #expect(derived.count == 2)
        let table = try place.run(
            "train", "study.yaml", "--configuration", "configuration.json", "--derive", "1")
        #expect(table.output.contains("low-rank updates cut to a quarter of their rank"))
    }

    @Test func `proxies answers line by line, and a bad line spoils no other`() throws {
        let place = try Workplace()
        try TinyTask.write(to: place)
        try place.write("lines.jsonl", Self.configuration + "\n{\"components\": 3}\n{}\nno json\n")
        let result = try place.run("proxies", "study.yaml", "--configurations", "lines.jsonl", "--batches", "2")
        #expect(result.status == 0, "\(result.error)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.map { $0.hasPrefix("{\"proxies\":") } == [true, false, true, false])
        #expect(lines[1].contains("line 2: ") && lines[3].contains("line 4: "))
        let missing = try place.run("proxies", "study.yaml", "--configurations", "none.jsonl")
        #expect(missing.status == 65 && missing.error.contains("none.jsonl"))
    }
}

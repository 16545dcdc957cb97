import Experiments
import Testing
import Workers

@Suite struct EngineRequestTests {
    @Test func `a request reads back as it was written`() throws {
        var request = request(.native(version: 1, numerics: .float32), purpose: .test)
        request.artifact = "abc"
        request.validationLimit = 96
        for seed in [0, 42, 1 << 53, UInt64.max] {
            request.seed = seed
            #expect(try EngineRequest(json: JSON.parse(request.json.canonicalText)) == request)
        }
        for artifact in [nil, "abc"] {
            request.origin = TensorOrigin(configuration: ["x": 0.75], artifact: artifact)
            #expect(try EngineRequest(json: JSON.parse(request.json.canonicalText)) == request)
        }
    }

    @Test func `a command finds what the protocol promises`() {
        let json = request(.command(["train"])).json
        #expect(json["trial"]?["number"] == 3)
        #expect(json["trial"]?["attempt"] == 2)
        #expect(json["trial"]?["seed"] == 42)
        #expect(json["trial"]?["configuration"]?["x"] == 0.5)
        #expect(json["study"]?["study"] == "workers")
        #expect(json["workdir"] == "/nowhere")
        #expect(json["resume"] == false)
        #expect(json["budget"]?.number == 1)
    }

    @Test func `a member that is missing is named`() {
        var members = request(.command(["train"])).json.object ?? [:]
        members["budget"] = nil
        #expect {
            _ = try EngineRequest(json: .object(members))
        } throws: {
            ($0 as? InputError)?.key == "budget"
        }
    }
}

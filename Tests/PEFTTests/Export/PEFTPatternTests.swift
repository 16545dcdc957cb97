import Experiments
import Foundation
import PEFT
import Testing

/// The keys of `rank_pattern` under PEFT's own rule.
@Suite struct PEFTPatternTests {
    /// The linear maps of a model of 13 blocks, as transformers names them.
    private static let modules = (0..<13).flatMap { layer in
        [
            "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
            "intermediate.dense", "output.dense",
        ].map { "bert.encoder.layer.\(layer).\($0)" }
    }

    @Test func `each key finds its module and no other, by our matcher and by Foundation's`() throws {
        for module in Self.modules {
            let rule = PEFTPattern.rule(PEFTPattern.exact(module))
            let pattern = try ModulePattern(rule)
            #expect(Self.modules.filter(pattern.matches) == [module])
            // re.match(rf"(.*\.)?({key})$", name), as PEFT 0.21 writes it.
            let theirs = try NSRegularExpression(pattern: "^(?:\(rule))$")
            let found = Self.modules.filter {
                theirs.firstMatch(in: $0, range: NSRange($0.startIndex..., in: $0)) != nil
            }
            #expect(found == [module])
        }
    }

    @Test func `a plain name is no safe key`() throws {
        let pattern = try ModulePattern(PEFTPattern.rule("output.dense"))
        #expect(Self.modules.filter(pattern.matches).count == 26)
    }

    @Test func `ranks and scales of an exported adapter are those of its tensors`() throws {
        let exports = try ExportExample()
        let lora = LoRA(ranks: ConfigurationCase.allRanks, alphaOverRank: 0.7, variant: .rslora)
        let path = try exports.roundTrip(Configuration(components: [.lora(lora)]), as: .peft, named: "a").path
        let config = try JSON.parse(readFile("\(path)/adapter_config.json"))
        let file = try SafetensorsFile(path: "\(path)/adapter_model.safetensors")
        let ranks = try #require(config["rank_pattern"]?.object)
        let alphas = try #require(config["alpha_pattern"]?.object)
        #expect(ranks.count == 18 && alphas.count == 18)
        for (site, rank) in ConfigurationCase.allRanks {
            let module = "bert.encoder.layer.\(site.layer)." + Self.place(site.projection)
            let key = PEFTPattern.exact(module)
            #expect(ranks[key]?.integer == rank)
            let alpha = try #require(alphas[key]?.number)
            #expect(abs(alpha / Double(rank) - lora.scale(ofRank: rank)) < 1e-6)
            #expect(file["base_model.model.\(module).lora_A.weight"]?.shape[0] == rank)
            #expect(file["base_model.model.\(module).lora_B.weight"]?.shape[1] == rank)
        }
    }

    private static func place(_ projection: Projection) -> String {
        switch projection {
        case .query, .key, .value: "attention.self.\(projection.rawValue)"
        case .attentionOutput: "attention.output.dense"
        case .feedForwardIn: "intermediate.dense"
        case .feedForwardOut: "output.dense"
        }
    }
}

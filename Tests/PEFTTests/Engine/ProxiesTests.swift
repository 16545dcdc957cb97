import Experiments
import PEFT
import Testing

@Suite struct ProxiesTests {
    let example: EngineExample

    init() throws { example = try EngineExample() }

    private func proxies(_ components: [Component], rate: Double = 0.01, batches: Int = 3) throws -> [String:
        Double]
    {
        var training = EngineExample.configuration.training
        training.learningRate = rate
        let configuration = Configuration(components: components, training: training)
        let measurements = try example.engine().proxies(
            of: NativeEngine.Assignment(study: example.study, seed: 3, configuration: configuration),
            batches: batches)
        return Dictionary(uniqueKeysWithValues: measurements.map { ($0.name, $0.value) })
    }

    private let lora = Component.lora(LoRA(ranks: [Site(layer: 1, projection: .query): 2]))

    @Test func `one batch agrees with itself, several with less`() throws {
        let one = try proxies([lora], batches: 1)
        let coherence = try #require(one["proxy_coherence"])
        #expect(abs(coherence - 1) < 1e-6)
        let several = try #require(try proxies([lora])["proxy_coherence"])
        #expect(several > 0 && several < 0.999)
        #expect(try proxies([lora], batches: 1000) == (try proxies([lora], batches: 6)))
    }

    @Test func `a step gains in proportion to the rate, the gradients do not know it`() throws {
        let (slow, fast) = (try proxies([lora], rate: 0.001), try proxies([lora], rate: 0.004))
        let ratio = try #require(fast["proxy_first_step_gain"]) / #require(slow["proxy_first_step_gain"])
        #expect(abs(ratio - 4) < 1e-9)
        #expect(fast["proxy_fisher"] == slow["proxy_fisher"])
    }

    @Test func `a fresh LoRA adds no saliency, for its B is 0, and what trains weights does`() throws {
        let head = try proxies([])
        let adapted = try proxies([lora])
        #expect(adapted["proxy_saliency"] == head["proxy_saliency"])
        #expect(try #require(adapted["proxy_fisher"]) > #require(head["proxy_fisher"]))
        let unfrozen = try proxies([.unfreeze(Unfreezing(layers: [2]))])
        #expect(try #require(unfrozen["proxy_saliency"]) > #require(head["proxy_saliency"]))
    }
}

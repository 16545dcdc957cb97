import Foundation
import Testing

/// What `train --configuration` refuses.
struct ConfigurationFileTests {
    @Test(arguments: [
        bad(
            "an unknown component", #"{"components": [{"lorra": {}}]}"#,
            "configuration.json: components[0].lorra: is not a component; known are nf4, lora, adalora, vera, "
                + "miss, hira, shira, ia3, bottleneck, fusion, prefix, prefix_plus, prompt, bias, layernorm, unfreeze\n  try: lora"
        ),
        bad(
            "a layer that the model lacks",
            #"{"components": [{"lora": {"ranks": {"7.query": 4}}}]}"#,
            "configuration.json: components: layer 7 does not exist: the model has layers 0 to 2"),
        bad(
            "a learning rate of zero", #"{"training": {"learning_rate": 0}}"#,
            "configuration.json: training.learning_rate: expected a number above 0 and up to 10, found 0"),
        bad(
            "an unknown setting", #"{"training": {"learning_rates": 0.1}}"#,
            "configuration.json: training.learning_rates: is not a key here; known are batch_size, epochs, "
                + "gradient_clipping, learning_rate, sampling, schedule, warmup, weight_decay\n  try: learning_rate"
        ),
        bad(
            "a projection that does not exist",
            #"{"components": [{"lora": {"ranks": {"0.querry": 4}}}]}"#,
            "configuration.json: components[0].lora.ranks.0.querry: expected layer.projection, such as "
                + "3.query (query, key, value, attention_output, ffn_in, ffn_out)"),
        bad(
            "not JSON", "{components: []}",
            "configuration.json: is not JSON: expected a name in double quotes at byte 1"),
        BadInput(
            "missing", says: "configuration.json: there is no such file; expected a configuration in JSON"
        ) { _ in },
    ])
    func `a configuration that cannot be trained is refused`(_ bad: BadInput) async throws {
        try await bad.check([
            "train", "study.yaml", "--configuration", "configuration.json", "--data-dir", "store",
        ])
    }

    private static func bad(_ description: String, _ text: String, _ message: String) -> BadInput {
        BadInput(description, says: message) { try $0.write("configuration.json", text) }
    }
}

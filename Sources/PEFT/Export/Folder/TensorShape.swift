import LinearAlgebra

/// Which matrices are vectors on disk: all but weights of two dimensions, told
/// by the names that Hugging Face's libraries give them.
enum TensorShape {
    private static let matrices = [
        "lora_A", "lora_B", "ia3_l", "hira_A", "hira_B", "miss_block", "shira_indices", "vera_A", "vera_B",
    ]

    static func onDisk(of value: Matrix, named name: String) -> [Int] {
        isMatrix(name) ? [value.rows, value.columns] : [value.count]
    }

    private static func isMatrix(_ name: String) -> Bool {
        let isNamed = name == "prompt_embeddings" || matrices.contains { name.hasSuffix(".\($0)") }
        return isNamed || TensorNames.isMatrix(name) && !name.hasSuffix(".lora_magnitude_vector.weight")
    }
}

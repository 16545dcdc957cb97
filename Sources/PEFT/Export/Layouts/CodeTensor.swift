/// A trained tensor that stands in the weights of a folder with code.
struct CodeTensor {
    /// In a network of this program.
    let ours: NamedTensor
    /// The name in Python.
    let theirs: String

    /// One that stands beside the maps of a block's attention.
    init(besideAttention tensor: NamedTensor, in layer: Int, of family: ModelFamily) {
        let block = family.names.block(layer)
        ours = NamedTensor("\(block).attention.self.\(tensor.name)", tensor.rows, tensor.columns)
        theirs = family.transformersName(of: "\(block).\(PythonModel(of: family).prefixes).\(tensor.name)")
    }

    init(ours: NamedTensor, theirs: String) {
        self.ours = ours
        self.theirs = theirs
    }

    var shape: [Int] { theirs.hasSuffix(".bias") ? [ours.columns] : [ours.rows, ours.columns] }
}

extension NamedTensor {
    /// The two of a gate of what has this width.
    static func gate(_ name: String, of width: Int) -> [NamedTensor] {
        [NamedTensor("\(name).weight", 1, width), NamedTensor("\(name).bias", 1, 1)]
    }
}

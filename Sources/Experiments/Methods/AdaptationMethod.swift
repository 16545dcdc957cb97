/// One way to adapt a base model: what it adds to the network or trains of it,
/// its sizes by place, and its settings.
///
/// A method is one value type that conforms to this, and its pieces in the
/// engine. Everything that spaces, strategies, costs and JSON know of it stands
/// here; most requirements have a default.
package protocol AdaptationMethod: Sendable, Hashable, DefaultConstructible {
    /// In JSON and in the parameters of a space.
    static var name: String { get }
    /// One sentence for the documentation, with the paper.
    static var summary: String { get }
    static var settings: [Setting<Self>] { get }

    // Sizes

    /// What a size is: `rank`, `width`, `length`.
    static var sizeName: String { get }
    static var largestSize: Int { get }
    /// What a space tries unless a study says otherwise, 0 first.
    static var searchedSizes: [Int] { get }
    /// Where it can have a size in a model, in order.
    static func places(in shape: ModelShape) -> [Parameter.Place]
    /// Whether a space has a size there although no study names it.
    static func isSearched(_ place: Parameter.Place) -> Bool
    /// The name of the parameter that sizes a place: `lora.4.query`.
    static func parameterName(of place: Parameter.Place) -> String
    /// The name under which the sizes of all layers are overridden together:
    /// `lora.rank`.
    static func groupName(of place: Parameter.Place) -> String
    /// The learning rate around which a search begins.
    static var typicalLearningRate: Double { get }

    /// Not 0.
    var sizes: [Parameter.Place: Int] { get set }
    /// Itself without sizes: two of one prototype differ in their sizes alone.
    var prototype: Self { get }
    /// The components that have these sizes and the prototype's settings.
    static func components(of sizes: [Parameter.Place: Int], like prototype: Self) -> [Self]

    // JSON

    /// Reads the sizes; settings come after.
    init(sizes reader: inout JSONObjectReader) throws(InputError)
    var sizesJSON: [String: JSON] { get }
    /// Changes nothing.
    var isEmpty: Bool { get }
    /// What stands once in a configuration, or once a place: the name, with the
    /// site where a method has several.
    var position: String { get }
    /// Whether it may stand there again with other settings, at other places.
    static var standsRepeatedly: Bool { get }
    /// For tables.
    var title: String { get }
    /// Among those of one method.
    var order: Int { get }
    /// Why it cannot be in one configuration with another component; nil if it
    /// can.
    func conflict(with other: any AdaptationMethod) -> String?

    /// Why its sizes and settings make no sense together, in any model; nil if
    /// they do.
    var contradiction: String? { get }

    /// Why it makes no sense in a model of this shape; nil if it does.
    func contradiction(in shape: ModelShape) -> String?

    // What it does

    /// The blocks that it names, whatever their size.
    var namedLayers: [Int] { get }
    /// The lowest block in which it trains something, -1 for the embeddings;
    /// nil for none.
    var lowestLayer: Int? { get }
    /// The lowest block whose states it changes, trained or not.
    var lowestChangedLayer: Int? { get }
    /// Adds the base's own tensors that it trains.
    func select(in selection: inout TensorSelection, shape: ModelShape)
    /// Numbers of the tensors that it adds for itself.
    func addedParameters(in shape: ModelShape) -> Int
    /// Numbers of the tensors that it adds and shares with every component that
    /// has the same name here; where they differ, the largest has room for all.
    func sharedParameters(in shape: ModelShape) -> [String: Int]
    /// Whether it adds something that trains to a map.
    func edits(_ site: Site) -> Bool
    /// Whether it scales a map's input by something that trains, which costs the
    /// gradient of that input.
    func scalesInput(of site: Site) -> Bool
    /// Whether a map's input is kept for its way back.
    func keepsInput(of site: Site) -> Bool
    /// Matrices of width d that it keeps in a block beside those of maps.
    func keptInputs(in layer: Int) -> Int
    /// Whether it trains something between the attention's output and the
    /// feed-forward part.
    func trainsAttentionOutput(in layer: Int) -> Bool
    /// Whether it needs all tokens of a block's maps, even above the last block,
    /// where only the first is read.
    func readsWholeSequences(in layer: Int) -> Bool
    /// Virtual tokens that a block's queries attend to beside their sequence.
    func prefixLength(in layer: Int) -> Int
    /// Virtual tokens of every sequence.
    var promptLength: Int { get }
    /// By how much the positions of tokens move.
    var positionOffset: Int { get }
    /// Whether it trains something of a block's attention that is no map.
    func trainsAttention(in layer: Int) -> Bool
    /// Over each batch in a step.
    var trainingPasses: Int { get }
    /// Products of a block, for one example and pass; what is done once a step
    /// is shared by its passes.
    func products(in layer: Int, of pass: PassCount) -> DirectedProducts
    /// Elements that dropout looks at in a block, for one example.
    func droppedElements(in layer: Int, of pass: PassCount) -> Double

    // Hand-over

    /// Why a format cannot hold it, continuing "because"; nil where it can.
    /// - Parameter family: of the base model: `bert`.
    func obstacle(to format: ExportFormat, for family: String) -> String?
    /// Whether AdapterHub's library has an adapter for a part of it; what it
    /// has none for is folded into the weights of the base.
    var isAdapterHubAdapter: Bool { get }
}

/// Operations of one example in each direction.
package struct DirectedProducts: Sendable, Hashable {
    package var forward: Double
    package var backward: Double

    package init(forward: Double = 0, backward: Double = 0) {
        self.forward = forward
        self.backward = backward
    }

    static func + (a: Self, b: Self) -> Self {
        Self(forward: a.forward + b.forward, backward: a.backward + b.backward)
    }
}

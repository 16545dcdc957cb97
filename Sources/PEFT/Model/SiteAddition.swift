import LinearAlgebra

/// What a block adds at one of the sites of adapters.
protocol SiteAddition: AnyObject {
    /// Whether passes go by as if it were not there.
    var isLeftOut: Bool { get }
    /// Whether it looks at tokens that are not read.
    var readsWholeSequences: Bool { get }
    /// x (T, d) to the contribution (T, d).
    func pass(_ x: Operand, mode: ForwardMode) -> (y: Matrix, pass: any SiteAdditionPass)
}

/// One pass through what a block adds.
protocol SiteAdditionPass {
    /// Accumulates the gradients of what trains.
    /// - Returns: the gradient of x through the addition alone.
    func backward(_ dy: Matrix, products: any ProductLibrary) -> Matrix
}

/// One coordinate of the vectors over which densities are estimated.
enum DensityAxis: Sendable, Hashable {
    /// A position from 0 to 1, values at least `cell` apart.
    case scale(cell: Double)
    /// 0, 1, ... below `count`, without an order.
    case choice(count: Int)
}

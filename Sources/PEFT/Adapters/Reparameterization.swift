/// Tensors of a network that are computed from trained ones: the network sees
/// plain parameters, whatever makes them.
///
/// The pieces that read a computed parameter accumulate its gradient as if it
/// trained; `backward` takes it from there to the trained ones.
protocol Reparameterization: AnyObject {
    /// What is computed, each `isTrainable` and none of it in the optimizer.
    var computed: [Parameter] { get }
    /// Computes them anew if what they are made of has changed.
    func refresh()
    /// Accumulates the gradients of what they are made of; a computed one
    /// without a gradient has none to give.
    func backward()
}

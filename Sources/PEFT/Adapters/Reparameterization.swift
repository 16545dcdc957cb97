/// Tensors of a network that are computed from trained ones: the network sees
/// plain parameters, whatever makes them.
///
/// The pieces that read a computed parameter accumulate its gradient as if it
/// trained; `backward` takes it from there to the trained ones.
protocol Reparameterization: AnyObject {
    /// What is computed, each `isTrainable` and none of it in the optimizer.
    var computed: [Parameter] { get }
    /// What they are made of now: nothing is computed again before one of these
    /// has changed, or others take their place.
    var sources: [Parameter] { get }
    /// Computes them anew.
    func compute()
    /// Accumulates the gradients of what they are made of; a computed one
    /// without a gradient has none to give.
    func backward()
}

extension ProductShape {
    /// A piece of a product, with what its pointers are moved by, in bytes.
    struct Part: Equatable {
        var shape: ProductShape
        var aOffset = 0
        var bOffset = 0
        var cOffset = 0
    }

    /// The product cut along its tokens into pieces of 256, one of a multiple
    /// of 16 and one of the rest: whatever the number of tokens, there are 31
    /// sizes. Pieces are large enough to run at full speed.
    func forEachPartOfRecurringSize(_ body: (Part) -> Void) {
        guard batch == 1 else { return body(Part(shape: self)) }
        var start = 0
        let count = sumsOverTokens ? k : m
        while start < count {
            let left = count - start
            let size = left >= 256 ? 256 : left >= 16 ? left - left % 16 : left
            body(part(from: start, count: size))
            start += size
        }
    }

    private func part(from start: Int, count: Int) -> Part {
        var shape = self
        guard sumsOverTokens else {
            shape.m = count
            return Part(
                shape: shape, aOffset: start * a.rowStride * a.type.size,
                cOffset: start * c.rowStride * c.type.size)
        }
        shape.k = count
        shape.hasBias = hasBias && start == 0
        shape.accumulates = accumulates || start > 0
        return Part(
            shape: shape, aOffset: start * a.columnStride * a.type.size,
            bOffset: start * b!.rowStride * b!.type.size)
    }
}

extension ProductCall {
    /// A product's tokens, cut into pieces of few different sizes, large enough
    /// to run at full speed: pieces of 256, and one of a multiple of 16 that
    /// may reach beyond the tokens, where there is room; otherwise one of a
    /// multiple of 16 and one of the rest. Whatever the number of tokens,
    /// there are 31 sizes.
    var partsOfRecurringSize: [Range<Int>] {
        let count = shape.sumsOverTokens ? shape.k : rows
        var parts: [Range<Int>] = []
        var start = 0
        while start < count {
            let left = count - start
            let size = left >= 256 ? 256 : left >= 16 ? left - left % 16 : left
            parts.append(start..<start + size)
            start += size
        }
        return parts
    }

    /// The same for some of its tokens.
    func part(_ tokens: Range<Int>) -> ProductCall {
        var part = self
        let start = tokens.lowerBound
        if shape.sumsOverTokens {
            part.shape.k = tokens.count
            part.shape.hasBias = shape.hasBias && start == 0
            part.shape.accumulates = shape.accumulates || start > 0
            part.a += start * shape.a.columnStride * shape.a.type.size
            part.b += start * shape.b!.rowStride * shape.b!.type.size
        } else {
            part.shape.m = tokens.count
            part.a += start * shape.a.rowStride * shape.a.type.size
            part.c += start * shape.c.rowStride * shape.c.type.size
        }
        return part
    }
}

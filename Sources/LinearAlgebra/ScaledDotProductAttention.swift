/// Multi-head attention within each of several sequences that lie one after
/// the other (Vaswani et al. 2017, arXiv 1706.03762): no padding, no mask.
///
/// T tokens in all, d = heads · headSize columns; sequence s has the keys and
/// values of the rows `offsets[s] ..< offsets[s + 1]`. The queries may be
/// fewer: where only some rows of a layer are read, only those ask.
package enum ScaledDotProductAttention {
    /// The attention probabilities, for each sequence of n keys and m queries
    /// and each head an (m, n) block, one after the other; rows are padded to
    /// whole lanes.
    package struct Cache: Sendable {
        let probabilities: Matrix
    }

    /// Where the sequences lie.
    package struct Layout: Sendable {
        let queryOffsets: [Int]
        let offsets: [Int]
        let heads: Int

        /// - Parameter queryOffsets: as many as `offsets`.
        package init(queryOffsets: [Int]? = nil, offsets: [Int], heads: Int) {
            self.queryOffsets = queryOffsets ?? offsets
            self.offsets = offsets
            self.heads = heads
            precondition(self.queryOffsets.count == offsets.count, "queries of other sequences than the keys")
        }
    }

    /// `softmax(q·kᵀ/√headSize)·v` by sequence and head: query (Q, d), key and
    /// value (T, d) to a context (Q, d).
    package static func forward(
        query: Matrix, key: Matrix, value: Matrix, layout: Layout, products: any ProductLibrary
    ) -> (context: Matrix, cache: Cache) {
        let blocks = Blocks(query, key, layout)
        var context = Matrix(uninitializedRows: query.rows, columns: query.columns)
        var probabilities = Matrix(uninitializedRows: 1, columns: blocks.probabilityCount)
        query.read { q in
            key.read { k in
                value.read { v in
                    context.write { output in
                        probabilities.write { p in
                            blocks.forEach { block in
                                let p = p + block.probabilities
                                blocks.scores(block, products, q + block.query, k + block.key, p)
                                for row in 0..<blocks.heads * block.queries {
                                    softmax(p + row * block.stride, block.keys, scale: blocks.scale)
                                }
                                blocks.mix(block, products, p, v + block.key, output + block.query)
                            }
                        }
                    }
                }
            }
        }
        return (context, Cache(probabilities: probabilities))
    }

    /// The gradients of query, key and value from that of the context.
    package static func backward(
        _ dContext: Matrix, query: Matrix, key: Matrix, value: Matrix, layout: Layout, cache: Cache,
        products: any ProductLibrary
    ) -> (dQuery: Matrix, dKey: Matrix, dValue: Matrix) {
        let blocks = Blocks(query, key, layout)
        var dQuery = Matrix(uninitializedRows: query.rows, columns: query.columns)
        var dKey = Matrix(uninitializedRows: key.rows, columns: key.columns)
        var dValue = Matrix(uninitializedRows: key.rows, columns: key.columns)
        var scratch = Matrix(uninitializedRows: 1, columns: blocks.largestBlock)
        dContext.read { dO in
            query.read { q in
                key.read { k in
                    value.read { v in
                        cache.probabilities.read { p in
                            dQuery.write { dQ in
                                dKey.write { dK in
                                    dValue.write { dV in
                                        scratch.write { dS in
                                            blocks.forEach { block in
                                                let p = p + block.probabilities
                                                let (dO, dQ) = (dO + block.query, dQ + block.query)
                                                blocks.gather(block, products, p, dO, dV + block.key)
                                                blocks.scores(block, products, dO, v + block.key, dS)
                                                for row in 0..<blocks.heads * block.queries {
                                                    let start = row * block.stride
                                                    softmaxBackward(
                                                        dS + start, p + start, block.keys,
                                                        scale: blocks.scale)
                                                }
                                                blocks.mix(block, products, dS, k + block.key, dQ)
                                                blocks.gather(
                                                    block, products, dS, q + block.query, dK + block.key)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return (dQuery, dKey, dValue)
    }

    /// `softmax(scale·row)` in place; scale is positive, and the row has room
    /// for a whole number of lanes.
    @inline(__always)
    private static func softmax(_ row: UnsafeMutablePointer<Float>, _ count: Int, scale: Float) {
        let largest = largest(row, count)
        var sum = Lanes.zero
        forEachWhole(of: count) { offset, isInside in
            let depth = (whole(row + offset) - largest) * scale
            // depth - depth is 0, or NaN where a score is not finite: it must not pass for a small one.
            let value = VectorMath.exp(-VectorMath.magnitude(depth, limit: 87)) + (depth - depth)
            let inside = VectorMath.float(VectorMath.bits(value) & isInside)
            store(inside, to: row + offset, Lanes.scalarCount)
            sum += inside
        }
        let inverse = 1 / sum.sum()
        forEachWhole(of: count) { offset, _ in
            store(whole(row + offset) * inverse, to: row + offset, Lanes.scalarCount)
        }
    }

    /// Four at a time: one chain of comparisons would wait for each.
    @inline(__always)
    private static func largest(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
        var (a, b, c, d) = (row[0], row[0], row[0], row[0])
        var index = 0
        while index + 4 <= count {
            a = row[index] > a ? row[index] : a
            b = row[index + 1] > b ? row[index + 1] : b
            c = row[index + 2] > c ? row[index + 2] : c
            d = row[index + 3] > d ? row[index + 3] : d
            index += 4
        }
        while index < count {
            a = row[index] > a ? row[index] : a
            index += 1
        }
        return max(max(a, b), max(c, d))
    }

    /// `dS = scale·P·(dP - Σ dP·P)` for one row, in place of dP.
    @inline(__always)
    private static func softmaxBackward(
        _ gradient: UnsafeMutablePointer<Float>, _ probability: UnsafePointer<Float>, _ count: Int,
        scale: Float
    ) {
        var sum = Lanes.zero
        forEachWhole(of: count) { offset, isInside in
            let product = whole(gradient + offset) * whole(probability + offset)
            sum += VectorMath.float(VectorMath.bits(product) & isInside)
        }
        let mean = sum.sum()
        forEachWhole(of: count) { offset, _ in
            let centred = whole(gradient + offset) - mean
            store(whole(probability + offset) * centred * scale, to: gradient + offset, Lanes.scalarCount)
        }
    }

    /// Calls `body` for each sixteen of a row, the last of which may reach
    /// beyond it, with ones in the bits of the lanes inside.
    @inline(__always)
    private static func forEachWhole(
        of count: Int, _ body: (_ offset: Int, _ isInside: SIMD16<UInt32>) -> Void
    ) {
        var offset = 0
        while offset < count {
            // Negative, hence all ones after the shift, where the lane's index is below what is left.
            let distance = laneIndices &- Int32(truncatingIfNeeded: count - offset)
            body(offset, SIMD16<UInt32>(truncatingIfNeeded: distance &>> 31))
            offset += Lanes.scalarCount
        }
    }

    @inline(__always)
    private static func whole(_ pointer: UnsafePointer<Float>) -> Lanes { load(pointer, Lanes.scalarCount) }

    private static let laneIndices = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}

extension ScaledDotProductAttention {
    /// The products of attention, all heads of a sequence in one call.
    private struct Blocks {
        let layout: Layout
        let width: Int
        let headSize: Int
        let scale: Float

        /// One sequence: element offsets of its first row in queries and keys,
        /// and of its probabilities.
        struct Block {
            let query: Int
            let key: Int
            let probabilities: Int
            let queries: Int
            let keys: Int

            /// Of a row of probabilities.
            var stride: Int { Self.stride(keys) }

            static func stride(_ keys: Int) -> Int {
                (keys + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
            }
        }

        init(_ query: Matrix, _ key: Matrix, _ layout: Layout) {
            precondition(
                query.columns % layout.heads == 0, "\(query.columns) columns for \(layout.heads) heads")
            precondition(
                layout.offsets.last == key.rows && layout.queryOffsets.last == query.rows,
                "sequences end at \(layout.offsets.last ?? 0) of \(key.rows) rows")
            self.layout = layout
            width = query.columns
            headSize = query.columns / layout.heads
            scale = 1 / Float(headSize).squareRoot()
        }

        var heads: Int { layout.heads }
        private var sizes: [Int] {
            layout.offsets.indices.dropLast().map { index in
                Block.stride(layout.offsets[index + 1] - layout.offsets[index])
                    * (layout.queryOffsets[index + 1] - layout.queryOffsets[index]) * heads
            }
        }
        var largestBlock: Int { sizes.max() ?? 0 }
        var probabilityCount: Int { sizes.reduce(0, +) }

        func forEach(_ body: (Block) -> Void) {
            var probabilities = 0
            for index in layout.offsets.indices.dropLast() {
                let (query, key) = (layout.queryOffsets[index], layout.offsets[index])
                let block = Block(
                    query: query * width, key: key * width, probabilities: probabilities,
                    queries: layout.queryOffsets[index + 1] - query, keys: layout.offsets[index + 1] - key)
                body(block)
                probabilities += block.queries * block.stride * heads
            }
        }

        /// `s = q·kᵀ`, (m, n) by head.
        func scores(
            _ block: Block, _ products: any ProductLibrary, _ q: UnsafePointer<Float>,
            _ k: UnsafePointer<Float>, _ s: UnsafeMutablePointer<Float>
        ) {
            run(
                products, q, k, s, m: block.queries, n: block.keys, k: headSize, a: rows, b: columns,
                c: square(block, isTransposed: false))
        }

        /// `o = p·v`, (m, headSize) by head.
        func mix(
            _ block: Block, _ products: any ProductLibrary, _ p: UnsafePointer<Float>,
            _ v: UnsafePointer<Float>, _ o: UnsafeMutablePointer<Float>
        ) {
            run(
                products, p, v, o, m: block.queries, n: headSize, k: block.keys,
                a: square(block, isTransposed: false), b: rows, c: rows)
        }

        /// `d = pᵀ·o`, (n, headSize) by head.
        func gather(
            _ block: Block, _ products: any ProductLibrary, _ p: UnsafePointer<Float>,
            _ o: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>
        ) {
            run(
                products, p, o, d, m: block.keys, n: headSize, k: block.queries,
                a: square(block, isTransposed: true), b: rows, c: rows)
        }

        private func run(
            _ products: any ProductLibrary, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
            _ c: UnsafeMutablePointer<Float>, m: Int, n: Int, k: Int, a aLayout: ProductShape.Factor,
            b bLayout: ProductShape.Factor, c cLayout: ProductShape.Factor
        ) {
            let shape = ProductShape(batch: heads, m: m, n: n, k: k, a: aLayout, b: bLayout, c: cLayout)
            guard !shape.isEmpty else { return }
            products.run(
                shape, a: UnsafeRawPointer(a), b: UnsafeRawPointer(b), bias: nil,
                c: UnsafeMutableRawPointer(c))
        }

        /// A head's columns of all tokens.
        private var rows: ProductShape.Factor {
            .init(type: .float32, rowStride: width, columnStride: 1, batchStride: headSize)
        }

        private var columns: ProductShape.Factor {
            .init(type: .float32, rowStride: 1, columnStride: width, batchStride: headSize)
        }

        private func square(_ block: Block, isTransposed: Bool) -> ProductShape.Factor {
            .init(
                type: .float32, rowStride: isTransposed ? 1 : block.stride,
                columnStride: isTransposed ? block.stride : 1, batchStride: block.queries * block.stride)
        }
    }
}

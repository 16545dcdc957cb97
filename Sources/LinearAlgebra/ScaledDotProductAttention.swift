import CVectorKernels

/// Multi-head attention within each of several sequences that lie one after
/// the other (Vaswani et al. 2017, arXiv 1706.03762): no padding, no mask.
///
/// T tokens in all, d = heads · headSize columns; sequence s has the keys and
/// values of the rows `offsets[s] ..< offsets[s + 1]`. The queries may be
/// fewer: where only some rows of a layer are read, only those ask.
package enum ScaledDotProductAttention {
    /// The attention probabilities: for each sequence and head a row of each
    /// query's, padded to whole vectors.
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
    /// value (T, d) to a context (Q, d) of the element type.
    package static func forward(
        query: Matrix, key: Matrix, value: Matrix, layout: Layout, as type: ElementType,
        kernels: VectorKernels = .best
    ) -> (context: Operand, cache: Cache) {
        let sequences = Sequences(query, key, layout)
        let context = Operand(uninitializedRows: query.rows, columns: query.columns, type: type)
        var probabilities = Matrix(uninitializedRows: 1, columns: sequences.probabilities)
        var scratch = Matrix(uninitializedRows: 1, columns: sequences.scratch)
        query.read { q in
            key.read { k in
                value.read { v in
                    context.initialize { context in
                        probabilities.write { p in
                            scratch.write { scratch in
                                sequences.forEach { place in
                                    kernels.table.attention(
                                        place.shape, q + place.query, k + place.key, v + place.key,
                                        p + place.probabilities, scratch, context + place.query * type.size,
                                        type.kernelType)
                                }
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
        as type: ElementType, kernels: VectorKernels = .best
    ) -> (dQuery: Operand, dKey: Operand, dValue: Operand) {
        let sequences = Sequences(query, key, layout)
        let dQuery = Operand(uninitializedRows: query.rows, columns: query.columns, type: type)
        let dKey = Operand(uninitializedRows: key.rows, columns: key.columns, type: type)
        let dValue = Operand(uninitializedRows: key.rows, columns: key.columns, type: type)
        var scratch = Matrix(uninitializedRows: 1, columns: sequences.scratch)
        dContext.read { dContext in
            query.read { q in
                key.read { k in
                    value.read { v in
                        cache.probabilities.read { p in
                            dQuery.initialize { dQ in
                                dKey.initialize { dK in
                                    dValue.initialize { dV in
                                        scratch.write { scratch in
                                            sequences.forEach { place in
                                                let (query, key) = (place.query, place.key)
                                                kernels.table.attention_backward(
                                                    place.shape, dContext + query, q + query, k + key,
                                                    v + key,
                                                    p + place.probabilities, scratch, dQ + query * type.size,
                                                    dK + key * type.size, dV + key * type.size,
                                                    type.kernelType)
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

    /// Where each sequence's part of the matrices begins.
    private struct Sequences {
        let layout: Layout
        let width: Int
        private(set) var probabilities = 0
        /// Floats that the largest sequence needs to be worked on.
        private(set) var scratch = 0

        /// Element offsets of one sequence's first row in queries and keys,
        /// and of its probabilities.
        struct Place {
            let shape: attention_shape
            let query: Int
            let key: Int
            let probabilities: Int
        }

        init(_ query: Matrix, _ key: Matrix, _ layout: Layout) {
            precondition(
                query.columns % layout.heads == 0, "\(query.columns) columns for \(layout.heads) heads")
            precondition(
                layout.offsets.last == key.rows && layout.queryOffsets.last == query.rows,
                "sequences end at \(layout.offsets.last ?? 0) of \(key.rows) rows")
            self.layout = layout
            width = query.columns
            var (probabilities, scratch) = (0, 0)
            forEach { place in
                probabilities = place.probabilities + Self.probabilities(place.shape)
                scratch = max(scratch, attention_scratch(place.shape))
            }
            (self.probabilities, self.scratch) = (probabilities, scratch)
        }

        /// A sequence with neither queries nor keys is left out.
        func forEach(_ body: (Place) -> Void) {
            var probabilities = 0
            let headSize = width / layout.heads
            for index in layout.offsets.indices.dropLast() {
                let (query, key) = (layout.queryOffsets[index], layout.offsets[index])
                let shape = attention_shape(
                    heads: layout.heads, head_size: headSize, width: width,
                    queries: layout.queryOffsets[index + 1] - query, keys: layout.offsets[index + 1] - key,
                    scale: 1 / Float(headSize).squareRoot())
                guard shape.queries > 0 || shape.keys > 0 else { continue }
                precondition(
                    shape.queries > 0 && shape.keys > 0, "queries without keys, or keys without queries")
                body(
                    Place(shape: shape, query: query * width, key: key * width, probabilities: probabilities))
                probabilities += Self.probabilities(shape)
            }
        }

        private static func probabilities(_ shape: attention_shape) -> Int {
            shape.heads * shape.queries * attention_stride(shape)
        }
    }
}

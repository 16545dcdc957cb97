import COneDNN
import Foundation

extension OneDNNProducts {
    /// oneDNN's engine and stream, and the code made so far.
    struct Context {
        private let engine: dnnl_engine_t
        private let stream: dnnl_stream_t
        private var products: [ProductShape: Kernel] = [:]
        private var packedLayouts: [PackedShape: onednn_layout] = [:]

        /// Bounds the memory of made code; beyond it all is made anew.
        private static let largestCount = 8192
        /// What one job leaves to the next: about 30 MB.
        private static let keptCount = 512

        private struct PackedShape: Hashable {
            let k: Int
            let n: Int
            let type: ElementType
        }

        /// Made code and the memory objects it is called with.
        private struct Kernel {
            let primitive: dnnl_primitive_t
            /// In the order of `arguments`.
            let memories: [(argument: Int32, memory: dnnl_memory_t)]

            /// - Parameters: pointers to the arguments in their order; one
            ///   that the kernel does not have is not looked at.
            func run(
                on stream: dnnl_stream_t, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer,
                _ third: UnsafeRawPointer? = nil, _ fourth: UnsafeRawPointer? = nil
            ) {
                withUnsafeTemporaryAllocation(of: dnnl_exec_arg_t.self, capacity: memories.count) {
                    arguments in
                    for index in memories.indices {
                        let (argument, memory) = memories[index]
                        let handle =
                            switch index {
                            case 0: first
                            case 1: second
                            case 2: third
                            default: fourth
                            }
                        check(dnnl_memory_set_data_handle(memory, UnsafeMutableRawPointer(mutating: handle)))
                        arguments[index] = dnnl_exec_arg_t(arg: argument, memory: memory)
                    }
                    check(
                        dnnl_primitive_execute(
                            primitive, stream, Int32(memories.count), arguments.baseAddress))
                }
            }

            func destroy() {
                for entry in memories { dnnl_memory_destroy(entry.memory) }
                dnnl_primitive_destroy(primitive)
            }
        }

        init?() {
            OneDNNProducts.useOneThread()
            var engine: dnnl_engine_t?
            var stream: dnnl_stream_t?
            guard dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success, let engine,
                dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue))
                    == dnnl_success,
                let stream
            else { return nil }
            self.engine = engine
            self.stream = stream
        }

        /// Whether this CPU multiplies the type by instructions of its own.
        func canMultiply(_ type: ElementType) -> Bool {
            let bfloat16 = dnnl_cpu_isa_avx512_core_bf16.rawValue
            // Without the instruction oneDNN computes the same, many times slower.
            guard type == .float32 || dnnl_get_effective_cpu_isa().rawValue & bfloat16 == bfloat16
            else { return false }
            var layout = onednn_layout()
            let status = onednn_packed_layout(&layout, engine, 16, 16, 16, Self.type(type))
            if status == dnnl_success { onednn_layout_destroy(layout) }
            return status == dnnl_success
        }

        mutating func multiply(_ call: ProductCall) {
            (products[call.shape] ?? make(call.shape)).run(
                on: stream, call.a, call.b, UnsafeRawPointer(call.c), call.bias.map { UnsafeRawPointer($0) })
        }

        mutating func pack(
            _ source: UnsafeRawPointer, _ k: Int, _ n: Int, _ layout: ProductShape.Factor
        ) -> PackedFactor {
            let packed = packedLayout(PackedShape(k: k, n: n, type: layout.type))
            let plain = Self.layout(layout, rows: k, columns: n)
            defer { onednn_layout_destroy(plain) }
            let factor = PackedFactor(byteCount: onednn_layout_bytes(packed))
            let kernel = kernel([plain, packed], [DNNL_ARG_FROM, DNNL_ARG_TO]) { primitive in
                onednn_reorder_create(&primitive, engine, plain, packed)
            }
            kernel.run(on: stream, source, UnsafeRawPointer(factor.bytes))
            kernel.destroy()
            return factor
        }

        /// Ranks differ from trial to trial, and with them the shapes.
        mutating func forgetCode() {
            if products.count > Self.keptCount { forgetAll() }
        }

        private mutating func forgetAll() {
            for kernel in products.values { kernel.destroy() }
            products = [:]
        }

        private mutating func make(_ shape: ProductShape) -> Kernel {
            if products.count >= Self.largestCount { forgetAll() }
            let a = Self.layout(shape.a, rows: shape.m, columns: shape.k)
            let c = Self.layout(shape.c, rows: shape.m, columns: shape.n)
            let b =
                shape.b.map { Self.layout($0, rows: shape.k, columns: shape.n) }
                ?? packedLayout(PackedShape(k: shape.k, n: shape.n, type: shape.a.type))
            var bias = Self.layout(
                .init(type: .float32, rowStride: shape.n, columnStride: 1), rows: 1, columns: shape.n)
            defer {
                onednn_layout_destroy(a)
                onednn_layout_destroy(c)
                onednn_layout_destroy(bias)
                if shape.b != nil { onednn_layout_destroy(b) }
            }
            let made = kernel(
                [a, b, c] + (shape.hasBias ? [bias] : []),
                [DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST] + (shape.hasBias ? [DNNL_ARG_BIAS] : [])
            ) { primitive in
                withUnsafePointer(to: &bias) {
                    onednn_matmul_create(
                        &primitive, engine, a, b, shape.hasBias ? $0 : nil, c, shape.accumulates)
                }
            }
            products[shape] = made
            return made
        }

        private mutating func packedLayout(_ shape: PackedShape) -> onednn_layout {
            if let layout = packedLayouts[shape] { return layout }
            var layout = onednn_layout()
            // Any number of rows gives the same arrangement; this one stands for a batch.
            check(
                onednn_packed_layout(
                    &layout, engine, 256, dnnl_dim_t(shape.k), dnnl_dim_t(shape.n), Self.type(shape.type)))
            packedLayouts[shape] = layout
            return layout
        }

        private func kernel(
            _ layouts: [onednn_layout], _ arguments: [Int32],
            _ create: (inout dnnl_primitive_t?) -> dnnl_status_t
        ) -> Kernel {
            var primitive: dnnl_primitive_t?
            check(create(&primitive))
            let memories = zip(arguments, layouts).map { argument, layout in
                var memory: dnnl_memory_t?
                check(onednn_memory_create(&memory, layout, engine))
                return (argument, memory!)
            }
            return Kernel(primitive: primitive!, memories: memories)
        }

        private static func layout(_ factor: ProductShape.Factor, rows: Int, columns: Int) -> onednn_layout {
            var layout = onednn_layout()
            check(
                onednn_layout_create(
                    &layout, 2, [dnnl_dim_t(rows), dnnl_dim_t(columns)], Self.type(factor.type),
                    [dnnl_dim_t(factor.rowStride), dnnl_dim_t(factor.columnStride)]))
            return layout
        }

        private static func type(_ type: ElementType) -> dnnl_data_type_t {
            type == .float32 ? dnnl_f32 : dnnl_bf16
        }
    }

    /// oneDNN fails for want of memory or by a defect of ours, never by input.
    private static func check(_ status: dnnl_status_t) {
        precondition(status == dnnl_success, "oneDNN refused a call with status \(status.rawValue)")
    }

    /// Debian's oneDNN is built on OpenMP; other builds have no such function.
    private static func useOneThread() {
        typealias SetThreads = @convention(c) (Int32) -> Void
        guard let symbol = dlsym(nil, "omp_set_num_threads") else { return }
        unsafeBitCast(symbol, to: SetThreads.self)(1)
    }
}

/// One sequence's attention (Vaswani et al. 2017), head by head, in products
/// that stay in registers and the first cache.

/// `rows` rows of c = a·b, in one or two vectors of columns, the last of which
/// has `width` columns. Rows, vectors and type are constants where it is used.
INLINE void tile(
    size_t rows, size_t vectors, size_t width, const float *a, size_t a_row, size_t a_column,
    const float *b, size_t b_row, void *c, element_type type, size_t c_at, size_t c_row, size_t depth
) {
    lanes sums[ROWS][2] = {};
    for (size_t k = 0; k < depth; k++) {
        lanes first = load_floats(b + k * b_row, vectors == 2 ? WIDTH : width);
        lanes second = vectors == 2 ? load_floats(b + k * b_row + WIDTH, width) : first;
#pragma clang loop unroll(full)
        for (size_t row = 0; row < rows; row++) {
            float factor = a[row * a_row + k * a_column];
            sums[row][0] += factor * first;
            if (vectors == 2) sums[row][1] += factor * second;
        }
    }
#pragma clang loop unroll(full)
    for (size_t row = 0; row < rows; row++) {
        store(sums[row][0], c, type, c_at + row * c_row, vectors == 2 ? WIDTH : width);
        if (vectors == 2) store(sums[row][1], c, type, c_at + row * c_row + WIDTH, width);
    }
}

/// c (m, n) = a (m, depth) · b (depth, n), from element `c_at` of c.
INLINE void product(
    size_t m, size_t n, size_t depth, const float *a, size_t a_row, size_t a_column, const float *b,
    size_t b_row, void *c, element_type type, size_t c_at, size_t c_row
) {
    // Blocks of nearly equal size: one of few rows would wait for each of its sums.
    size_t blocks = (m + ROWS - 1) / ROWS;
    for (size_t row = 0, rows; row < m; row += rows, blocks--) {
        rows = (m - row + blocks - 1) / blocks;
        for (size_t column = 0; column < n;) {
            size_t left = n - column;
            size_t vectors = left >= 2 * WIDTH ? 2 : 1;
            size_t width = left >= WIDTH ? WIDTH : left;
#define TILE(rows, vectors, width)                                                                   \
    tile(                                                                                            \
        rows, vectors, width, a + row * a_row, a_row, a_column, b + column, b_row, c, type,          \
        c_at + row * c_row + column, c_row, depth)
#define TILES(rows)                      \
    case rows:                           \
        if (vectors == 2)                \
            TILE(rows, 2, WIDTH);        \
        else if (width == WIDTH)         \
            TILE(rows, 1, WIDTH);        \
        else                             \
            TILE(rows, 1, width);        \
        break;
            switch (rows) {
                TILES(1)
                TILES(2)
#if ROWS > 2
                TILES(3)
                TILES(4)
                TILES(5)
                TILES(6)
                TILES(7)
                TILES(8)
#endif
            }
#undef TILES
#undef TILE
            column += vectors == 2 ? 2 * WIDTH : width;
        }
    }
}

static void float_product(
    size_t m, size_t n, size_t depth, const float *a, size_t a_row, size_t a_column, const float *b,
    size_t b_row, float *c, size_t c_row
) {
    product(m, n, depth, a, a_row, a_column, b, b_row, c, element_float32, 0, c_row);
}

static void typed_product(
    size_t m, size_t n, size_t depth, const float *a, size_t a_row, size_t a_column, const float *b,
    size_t b_row, void *c, element_type type, size_t c_at, size_t c_row
) {
    if (type == element_float32) {
        product(m, n, depth, a, a_row, a_column, b, b_row, c, element_float32, c_at, c_row);
    } else {
        product(m, n, depth, a, a_row, a_column, b, b_row, c, element_bfloat16, c_at, c_row);
    }
}

/// One step of the transposition of sixteen vectors: swaps the blocks of size
/// `s` that lie beside the diagonal.
#define KEPT(s, l) ((l) & (s) ? WIDTH + (l) - (s) : (l))
#define MOVED(s, l) ((l) & (s) ? WIDTH + (l) : (l) + (s))
#define EACH_LANE(f, s)                                                                              \
    f(s, 0), f(s, 1), f(s, 2), f(s, 3), f(s, 4), f(s, 5), f(s, 6), f(s, 7), f(s, 8), f(s, 9),        \
        f(s, 10), f(s, 11), f(s, 12), f(s, 13), f(s, 14), f(s, 15)
#define SWAP_BLOCKS(x, s)                                                                            \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < WIDTH; i++) {                             \
        if (i & (s)) continue;                                                                       \
        lanes upper = x[i], lower = x[i + (s)];                                                      \
        x[i] = __builtin_shufflevector(upper, lower, EACH_LANE(KEPT, s));                            \
        x[i + (s)] = __builtin_shufflevector(upper, lower, EACH_LANE(MOVED, s));                     \
    }

INLINE lanes load_part(const float *p, size_t width) {
    return width == WIDTH ? load_floats(p, WIDTH) : load_floats(p, width);
}

/// y (columns, stride) from x (rows, columns), with 0 in the columns of y
/// beyond `rows`.
static void transpose(const float *x, size_t x_row, size_t rows, size_t columns, float *y, size_t stride) {
    for (size_t row = 0; row < stride; row += WIDTH) {
        size_t found = rows - row < WIDTH ? rows - row : WIDTH;
        for (size_t column = 0; column < columns; column += WIDTH) {
            size_t width = columns - column < WIDTH ? columns - column : WIDTH;
            lanes block[WIDTH] = {};
            const float *from = x + row * x_row + column;
            // Unrolled, so that the block stays in registers.
#pragma clang loop unroll(full)
            for (size_t i = 0; i < WIDTH; i++) {
                if (i < found) block[i] = load_part(from + i * x_row, width);
            }
            SWAP_BLOCKS(block, 1)
            SWAP_BLOCKS(block, 2)
            SWAP_BLOCKS(block, 4)
            SWAP_BLOCKS(block, 8)
            float *to = y + column * stride + row;
#pragma clang loop unroll(full)
            for (size_t i = 0; i < WIDTH; i++) {
                if (i < width) store_floats(block[i], to + i * stride, WIDTH);
            }
        }
    }
}

/// All ones in the lanes below `count`.
INLINE words lanes_below(size_t count) {
    const words index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return (words)(index < (int32_t)(count < WIDTH ? count : WIDTH));
}

INLINE lanes chosen(words mask, lanes yes, lanes no) {
    return as_lanes((as_words(yes) & mask) | (as_words(no) & ~mask));
}

/// softmax(scale·row) in place; 0 beyond `count`.
INLINE void softmax(float *row, size_t count, float scale) {
    lanes largest = all(row[0]);
    for (size_t at = 0; at < count; at += WIDTH) {
        lanes scores = chosen(lanes_below(count - at), load_floats(row + at, WIDTH), largest);
        largest = chosen((words)(scores > largest), scores, largest);
    }
    float maximum = __builtin_reduce_max(largest);
    lanes sum = {};
    for (size_t at = 0; at < count; at += WIDTH) {
        lanes depth = (load_floats(row + at, WIDTH) - maximum) * scale;
        // depth - depth is 0, or NaN where a score is not finite: it must not pass for a small one.
        lanes value = exponential(-magnitude(depth, 87)) + (depth - depth);
        lanes inside = as_lanes(as_words(value) & lanes_below(count - at));
        store_floats(inside, row + at, WIDTH);
        sum += inside;
    }
    float inverse = 1 / sum_of(sum);
    for (size_t at = 0; at < count; at += WIDTH) {
        store_floats(load_floats(row + at, WIDTH) * inverse, row + at, WIDTH);
    }
}

/// dS = scale·P·(dP - Σ dP·P) for one row, in place of dP: 0 where P is.
INLINE void softmax_backward(float *gradient, const float *probability, size_t count, float scale) {
    lanes sum = {};
    for (size_t at = 0; at < count; at += WIDTH) {
        sum += load_floats(gradient + at, WIDTH) * load_floats(probability + at, WIDTH);
    }
    float mean = sum_of(sum);
    for (size_t at = 0; at < count; at += WIDTH) {
        lanes centred = load_floats(gradient + at, WIDTH) - mean;
        store_floats(load_floats(probability + at, WIDTH) * centred * scale, gradient + at, WIDTH);
    }
}

static void attention(
    attention_shape shape, const float *q, const float *k, const float *v, float *probabilities,
    float *scratch, void *context, element_type type
) {
    size_t stride = attention_stride(shape), width = shape.width, size = shape.head_size;
    for (size_t head = 0; head < shape.heads; head++) {
        size_t column = head * size;
        float *p = probabilities + head * shape.queries * stride;
        transpose(k + column, width, shape.keys, size, scratch, stride);
        float_product(shape.queries, stride, size, q + column, width, 1, scratch, stride, p, stride);
        for (size_t row = 0; row < shape.queries; row++) softmax(p + row * stride, shape.keys, shape.scale);
        typed_product(
            shape.queries, size, shape.keys, p, stride, 1, v + column, width, context, type, column, width);
    }
}

static void attention_backward(
    attention_shape shape, const float *d_context, const float *q, const float *k, const float *v,
    const float *probabilities, float *scratch, void *dq, void *dk, void *dv, element_type type
) {
    size_t stride = attention_stride(shape), width = shape.width, size = shape.head_size;
    float *ds = scratch + size * stride;
    for (size_t head = 0; head < shape.heads; head++) {
        size_t column = head * size;
        const float *p = probabilities + head * shape.queries * stride;
        typed_product(
            shape.keys, size, shape.queries, p, 1, stride, d_context + column, width, dv, type, column,
            width);
        transpose(v + column, width, shape.keys, size, scratch, stride);
        float_product(
            shape.queries, stride, size, d_context + column, width, 1, scratch, stride, ds, stride);
        for (size_t row = 0; row < shape.queries; row++) {
            softmax_backward(ds + row * stride, p + row * stride, shape.keys, shape.scale);
        }
        typed_product(
            shape.queries, size, shape.keys, ds, stride, 1, k + column, width, dq, type, column, width);
        typed_product(
            shape.keys, size, shape.queries, ds, 1, stride, q + column, width, dk, type, column, width);
    }
}

static void round_lanes(const float *x, uint16_t *y, size_t count) {
    FOR_EACH_CHUNK(count, at, width, {
        store(load_floats(x + at, width), y, element_bfloat16, at, width);
    });
}

static void widen(const uint16_t *x, float *y, size_t count) {
    FOR_EACH_CHUNK(count, at, width, {
        store_floats(load(x, element_bfloat16, at, width), y + at, width);
    });
}

static void add(float *y, const float *x, float scale, size_t count) {
    FOR_EACH_CHUNK(count, at, width, {
        store_floats(load_floats(y + at, width) + scale * load_floats(x + at, width), y + at, width);
    });
}

static void scale_lanes(float *y, float scale, size_t count) {
    FOR_EACH_CHUNK(count, at, width, { store_floats(scale * load_floats(y + at, width), y + at, width); });
}

INLINE void multiply_typed(
    const void *x, element_type x_type, const void *y, void *z, element_type type, size_t count
) {
    FOR_EACH_CHUNK(count, at, width, {
        store(load(x, x_type, at, width) * load(y, type, at, width), z, type, at, width);
    });
}

static void multiply(
    const void *x, element_type x_type, const void *y, void *z, element_type type, size_t count
) {
    if (type == element_float32) {
        multiply_typed(x, element_float32, y, z, element_float32, count);
    } else if (x_type == element_float32) {
        multiply_typed(x, element_float32, y, z, element_bfloat16, count);
    } else {
        multiply_typed(x, element_bfloat16, y, z, element_bfloat16, count);
    }
}

static void dropout_mask(
    const uint16_t *draws, uint32_t threshold, float keep, float *mask, size_t count
) {
    FOR_EACH_CHUNK(count, at, width, {
        halves chosen = {};
        memcpy(&chosen, draws + at, width * sizeof(uint16_t));
        words is_kept = (words)(__builtin_convertvector(chosen, words) >= (int32_t)threshold);
        store_floats(as_lanes(as_words(all(keep)) & is_kept), mask + at, width);
    });
}

static void multiply_rows(const float *x, const float *factors, float *y, size_t rows, size_t columns) {
    for (size_t row = 0; row < rows; row++) {
        const float *from = x + row * columns;
        float *to = y + row * columns;
        FOR_EACH_CHUNK(columns, at, width, {
            store_floats(load_floats(from + at, width) * load_floats(factors + at, width), to + at, width);
        });
    }
}

static void sum_rows(const float *x, float *y, size_t rows, size_t columns) {
    FOR_EACH_CHUNK(columns, at, width, {
        lanes sum = {};
        for (size_t row = 0; row < rows; row++) sum += load_floats(x + row * columns + at, width);
        store_floats(sum, y + at, width);
    });
}

static double sum_of_squares(const float *x, size_t count) {
    doubles sum = {};
    FOR_EACH_CHUNK(count, at, width, {
        doubles value = __builtin_convertvector(load_floats(x + at, width), doubles);
        sum += value * value;
    });
    double total = 0;
    for (int lane = 0; lane < WIDTH; lane++) total += sum[lane];
    return total;
}

static void adamw(
    float *parameter, float *first, float *second, const float *gradient, float gradient_scale, float beta1,
    float beta2, float keep, float step_size, float root_correction, float epsilon, size_t count
) {
    FOR_EACH_CHUNK(count, at, width, {
        lanes g = load_floats(gradient + at, width) * gradient_scale;
        lanes m = beta1 * load_floats(first + at, width) + (1 - beta1) * g;
        lanes v = beta2 * load_floats(second + at, width) + (1 - beta2) * (g * g);
        store_floats(m, first + at, width);
        store_floats(v, second + at, width);
        lanes denominator = __builtin_elementwise_sqrt(v) / root_correction + epsilon;
        lanes value = load_floats(parameter + at, width) * keep - step_size * m / denominator;
        store_floats(value, parameter + at, width);
    });
}

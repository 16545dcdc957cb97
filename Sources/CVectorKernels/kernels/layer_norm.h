INLINE lanes row_lanes(const float *x, const float *residual, size_t at, size_t width) {
    lanes value = load_floats(x + at, width);
    return residual ? value + load_floats(residual + at, width) : value;
}

static void layer_norm(
    const float *x, const float *residual, const float *weight, const float *bias, float epsilon, float *y,
    float *normalized, float *inverse_deviations, size_t rows, size_t columns
) {
    for (size_t row = 0; row < rows; row++) {
        const float *from = x + row * columns;
        const float *beside = residual ? residual + row * columns : 0;
        lanes sum = {};
        FOR_EACH_CHUNK(columns, at, width, { sum += row_lanes(from, beside, at, width); });
        float mean = sum_of(sum) / (float)columns;
        lanes squares = {};
        FOR_EACH_CHUNK(columns, at, width, {
            lanes deviation = row_lanes(from, beside, at, width) - mean;
            // What lies beyond the row is no element of it.
            for (size_t lane = width; lane < WIDTH; lane++) deviation[lane] = 0;
            squares += deviation * deviation;
        });
        float inverse = 1 / __builtin_sqrtf(sum_of(squares) / (float)columns + epsilon);
        inverse_deviations[row] = inverse;
        FOR_EACH_CHUNK(columns, at, width, {
            lanes unit = (row_lanes(from, beside, at, width) - mean) * inverse;
            store_floats(unit, normalized + row * columns + at, width);
            lanes value = unit * load_floats(weight + at, width) + load_floats(bias + at, width);
            store_floats(value, y + row * columns + at, width);
        });
    }
}

static void layer_norm_backward(
    const float *dy, const float *weight, const float *normalized, const float *inverse_deviations,
    float *dx, size_t rows, size_t columns
) {
    for (size_t row = 0; row < rows; row++) {
        const float *gradient = dy + row * columns;
        const float *unit = normalized + row * columns;
        lanes sum = {};
        lanes projection = {};
        FOR_EACH_CHUNK(columns, at, width, {
            lanes scaled = load_floats(gradient + at, width) * load_floats(weight + at, width);
            sum += scaled;
            projection += scaled * load_floats(unit + at, width);
        });
        float mean = sum_of(sum) / (float)columns;
        float along = sum_of(projection) / (float)columns;
        float inverse = inverse_deviations[row];
        FOR_EACH_CHUNK(columns, at, width, {
            lanes scaled = load_floats(gradient + at, width) * load_floats(weight + at, width);
            lanes value = inverse * (scaled - mean - load_floats(unit + at, width) * along);
            store_floats(value, dx + row * columns + at, width);
        });
    }
}

/// An activation for each pair of types that occurs, with and without its
/// slope.
#define ACTIVATION(name)                                                                        \
    static void name(                                                                           \
        const void *x, element_type x_type, void *y, void *slope, element_type type, size_t count \
    ) {                                                                                         \
        if (type == element_float32) {                                                          \
            name##_typed(x, element_float32, y, slope, element_float32, count);                 \
        } else if (x_type == element_float32) {                                                 \
            name##_typed(x, element_float32, y, slope, element_bfloat16, count);                \
        } else {                                                                                \
            name##_typed(x, element_bfloat16, y, slope, element_bfloat16, count);               \
        }                                                                                       \
    }

/// GELU with the exact normal distribution (Hendrycks and Gimpel 2016), Φ by
/// formula 26.2.17 of Abramowitz and Stegun (absolute error below 7.5e-8),
/// which shares its exponential with the density that the slope needs. Beyond
/// |x| = 13 both are what they are there, 0 or 1 to float precision.
INLINE void gelu_typed(
    const void *x, element_type x_type, void *y, void *slope, element_type type, size_t count
) {
    FOR_EACH_CHUNK(count, at, width, {
        lanes value = load(x, x_type, at, width);
        lanes size = magnitude(value, 13);
        lanes density = 0.39894228f * exponential(size * size * -0.5f);
        lanes t = 1 / (1 + 0.2316419f * size);
        lanes p = all(1.330274429f);
        p = p * t - 1.821255978f;
        p = p * t + 1.781477937f;
        p = p * t - 0.356563782f;
        p = p * t + 0.319381530f;
        lanes from_centre = 0.5f - density * p * t;
        words sign = as_words(value) & (int32_t)0x80000000;
        lanes distribution = 0.5f + as_lanes(as_words(from_centre) | sign);
        store(value * distribution, y, type, at, width);
        if (slope) store(distribution + value * density, slope, type, at, width);
    });
}

ACTIVATION(gelu)

INLINE void relu_typed(
    const void *x, element_type x_type, void *y, void *slope, element_type type, size_t count
) {
    FOR_EACH_CHUNK(count, at, width, {
        lanes value = load(x, x_type, at, width);
        // Of NaN too: it must not pass for 0.
        words is_kept = ~(words)(value <= 0);
        store(as_lanes(as_words(value) & is_kept), y, type, at, width);
        if (slope) store(as_lanes(as_words(all(1)) & is_kept), slope, type, at, width);
    });
}

ACTIVATION(relu)

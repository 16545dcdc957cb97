/// Sixteen elements: one register of AVX-512, two of AVX2, four of SSE.
#include <stdint.h>
#include <string.h>

// Vectors pass between functions that are inlined always: no call's ABI is in question.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))
#define WIDTH 16

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t words __attribute__((vector_size(64)));
typedef uint32_t unsigned_words __attribute__((vector_size(64)));
typedef uint16_t halves __attribute__((vector_size(32)));
typedef double doubles __attribute__((vector_size(128)));

INLINE lanes all(float x) { return (lanes){} + x; }
INLINE lanes as_lanes(words x) { return (lanes)x; }
INLINE words as_words(lanes x) { return (words)x; }

/// Sixteen, or the first `width` and zeros.
INLINE lanes load_floats(const float *p, size_t width) {
    lanes x = {};
    memcpy(&x, p, (width == WIDTH ? WIDTH : width) * sizeof(float));
    return x;
}

INLINE void store_floats(lanes x, float *p, size_t width) {
    memcpy(p, &x, (width == WIDTH ? WIDTH : width) * sizeof(float));
}

INLINE lanes widened(halves x) {
    return (lanes)(__builtin_convertvector(x, unsigned_words) << 16);
}

#ifdef HAS_BFLOAT16
/// The CPU's own instruction takes denormals for 0.
INLINE halves rounded(lanes x) {
    typedef __bf16 bfloats __attribute__((vector_size(32)));
    return (halves)__builtin_convertvector(x, bfloats);
}
#else
INLINE halves rounded(lanes x) {
    unsigned_words bits = (unsigned_words)x;
    unsigned_words nearest = bits + 0x7FFF + ((bits >> 16) & 1);
    unsigned_words is_nan = (unsigned_words)((bits & 0x7FFFFFFF) > 0x7F800000);
    unsigned_words quiet = bits | 0x400000;
    return __builtin_convertvector(((is_nan & quiet) | (~is_nan & nearest)) >> 16, halves);
}
#endif

INLINE lanes load(const void *p, element_type type, size_t at, size_t width) {
    if (type == element_float32) return load_floats((const float *)p + at, width);
    halves x = {};
    memcpy(&x, (const uint16_t *)p + at, (width == WIDTH ? WIDTH : width) * sizeof(uint16_t));
    return widened(x);
}

INLINE void store(lanes x, void *p, element_type type, size_t at, size_t width) {
    if (type == element_float32) {
        store_floats(x, (float *)p + at, width);
    } else {
        halves y = rounded(x);
        memcpy((uint16_t *)p + at, &y, (width == WIDTH ? WIDTH : width) * sizeof(uint16_t));
    }
}

/// Runs a statement for every sixteen of `count` with the constant width, and
/// once for what is left over.
#define FOR_EACH_CHUNK(count, at, width, ...)                          \
    do {                                                               \
        size_t at = 0;                                                 \
        for (; at + WIDTH <= (count); at += WIDTH) {                   \
            const size_t width = WIDTH;                                \
            __VA_ARGS__                                                \
        }                                                              \
        if (at < (count)) {                                            \
            const size_t width = (count) - at;                         \
            __VA_ARGS__                                                \
        }                                                              \
    } while (0)

INLINE float sum_of(lanes x) {
    typedef float eight __attribute__((vector_size(32)));
    typedef float four __attribute__((vector_size(16)));
    eight a = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7)
        + __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    four b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}

/// e^x for x in -87 ... 88, to 2 units in the last place: x = n·ln 2 + r, a
/// Taylor polynomial of degree 7 in r, and 2^n by its exponent bits.
INLINE lanes exponential(lanes x) {
    // Adding 1.5·2²³ rounds to a whole number and leaves it in the low bits.
    const float magic = 12582912;
    lanes shifted = x * 1.44269504f + magic;
    lanes n = shifted - magic;
    lanes r = (x - n * 0.693359375f) + n * 2.1219444e-4f;
    lanes p = all(1.0f / 5040);
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1;
    p = p * r + 1;
    return p * (lanes)((as_words(shifted) + 127) << 23);
}

/// min(|x|, limit), the limit for NaN: positive floats are ordered as their
/// bits are.
INLINE lanes magnitude(lanes x, float limit) {
    words bound = as_words(all(limit));
    words bits = as_words(x) & 0x7FFFFFFF;
    words is_within = bits < bound;
    return as_lanes((bits & is_within) | (bound & ~is_within));
}

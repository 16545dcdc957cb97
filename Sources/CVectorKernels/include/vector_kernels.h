/// Inner loops over float32 and bfloat16, sixteen elements at a time, compiled
/// once for each instruction set of the table below.
///
/// Matrices are row-major and dense unless a stride is given; counts are of
/// elements. Nothing here allocates, and no pointer is kept.
#ifndef VECTOR_KERNELS_H
#define VECTOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef enum { element_float32, element_bfloat16 } element_type;

/// One sequence of multi-head attention. Head h has the columns
/// `h * head_size ..< (h + 1) * head_size` of rows that are `width` apart.
typedef struct {
    size_t heads;
    size_t head_size;
    size_t width;
    size_t queries;
    size_t keys;
    /// Multiplies the scores, positive.
    float scale;
} attention_shape;

/// A row of attention probabilities: `keys`, rounded up to whole vectors.
static inline size_t attention_stride(attention_shape shape) { return (shape.keys + 15) / 16 * 16; }

/// Floats that the attention kernels need to work in.
static inline size_t attention_scratch(attention_shape shape) {
    return (shape.head_size + shape.queries) * attention_stride(shape);
}

typedef struct {
    /// To the nearest, ties to even; NaN stays NaN.
    void (*round)(const float *x, uint16_t *y, size_t count);
    void (*widen)(const uint16_t *x, float *y, size_t count);

    /// `y += scale * x`.
    void (*add)(float *y, const float *x, float scale, size_t count);
    void (*scale)(float *y, float scale, size_t count);
    /// `z = x * y`; y and z are of one type.
    void (*multiply)(
        const void *x, element_type x_type, const void *y, void *z, element_type type, size_t count);
    /// 0 where a draw is below the threshold, else `keep`.
    void (*dropout_mask)(const uint16_t *draws, uint32_t threshold, float keep, float *mask, size_t count);
    /// Every row of x times `factors`.
    void (*multiply_rows)(const float *x, const float *factors, float *y, size_t rows, size_t columns);
    /// The sum of all rows, in their order.
    void (*sum_rows)(const float *x, float *y, size_t rows, size_t columns);
    /// In double precision.
    double (*sum_of_squares)(const float *x, size_t count);

    /// y = x·Φ(x), and its derivative in x if `slope` is given. y and slope
    /// are of one type, float32 only if x is.
    void (*gelu)(
        const void *x, element_type x_type, void *y, void *_Nullable slope, element_type type, size_t count);
    /// y = max(x, 0), likewise; 0 has the slope 0.
    void (*relu)(
        const void *x, element_type x_type, void *y, void *_Nullable slope, element_type type, size_t count);

    /// y = weight·n + bias with n the rows of x (+ residual), less their mean,
    /// over their deviation; keeps n and 1/deviation.
    void (*layer_norm)(
        const float *x, const float *_Nullable residual, const float *weight, const float *bias,
        float epsilon, float *y, float *normalized, float *inverse_deviations,
        size_t rows, size_t columns);
    void (*layer_norm_backward)(
        const float *dy, const float *weight, const float *normalized, const float *inverse_deviations,
        float *dx, size_t rows, size_t columns);

    /// The context of all heads, and their probabilities: by head, then query,
    /// rows of `attention_stride`, 0 beyond the keys.
    void (*attention)(
        attention_shape shape, const float *q, const float *k, const float *v, float *probabilities,
        float *scratch, void *context, element_type type);
    void (*attention_backward)(
        attention_shape shape, const float *d_context, const float *q, const float *k, const float *v,
        const float *probabilities, float *scratch, void *dq, void *dk, void *dv, element_type type);

    /// One step of AdamW; see the caller for the terms.
    void (*adamw)(
        float *parameter, float *first, float *second, const float *gradient, float gradient_scale,
        float beta1, float beta2, float keep, float step_size, float root_correction, float epsilon,
        size_t count);
} vector_kernels;

typedef enum {
    instructions_baseline,
    instructions_avx2,
    instructions_avx512,
    instructions_avx512_bf16
} instruction_set;

/// The kernels for an instruction set, or null where this CPU lacks it.
const vector_kernels *_Nullable vector_kernels_for(instruction_set set);

#pragma clang assume_nonnull end

#endif

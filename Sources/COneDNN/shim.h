#pragma once

// oneDNN changed its C interface between 2 and 3. These few functions are what
// LinearAlgebra calls, in the terms of both.

#include <dnnl.h>
#include <stdbool.h>

/// Shape, element type and arrangement of a tensor.
typedef struct {
    dnnl_memory_desc_t description;
} onednn_layout;

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t onednn_layout_ref;
#define ONEDNN_REF(layout) ((layout).description)
#else
typedef const dnnl_memory_desc_t *onednn_layout_ref;
#define ONEDNN_REF(layout) (&(layout).description)
#endif

static inline dnnl_status_t onednn_layout_create(
    onednn_layout *layout, int count, const dnnl_dim_t *sizes, dnnl_data_type_t type,
    const dnnl_dim_t *strides) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_create_with_strides(&layout->description, count, sizes, type, strides);
#else
    return dnnl_memory_desc_init_by_strides(&layout->description, count, sizes, type, strides);
#endif
}

static inline void onednn_layout_destroy(onednn_layout layout) {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_memory_desc_destroy(layout.description);
#else
    (void)layout;
#endif
}

static inline size_t onednn_layout_bytes(onednn_layout layout) {
    return dnnl_memory_desc_get_size(ONEDNN_REF(layout));
}

static inline dnnl_status_t onednn_memory_create(
    dnnl_memory_t *memory, onednn_layout layout, dnnl_engine_t engine) {
    return dnnl_memory_create(memory, ONEDNN_REF(layout), engine, DNNL_MEMORY_NONE);
}

static inline dnnl_status_t onednn_matmul_description(
    dnnl_primitive_desc_t *description, dnnl_engine_t engine, onednn_layout a, onednn_layout b,
    const onednn_layout *bias, onednn_layout c, bool accumulates) {
    dnnl_primitive_attr_t attributes;
    dnnl_status_t status = dnnl_primitive_attr_create(&attributes);
    if (status != dnnl_success) return status;
    dnnl_post_ops_t operations = NULL;
    if (accumulates) {
        status = dnnl_post_ops_create(&operations);
#if DNNL_VERSION_MAJOR >= 3
        if (status == dnnl_success)
            status = dnnl_post_ops_append_sum(operations, 1.0f, 0, dnnl_data_type_undef);
#else
        if (status == dnnl_success) status = dnnl_post_ops_append_sum(operations, 1.0f);
#endif
        if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, operations);
    }
#if DNNL_VERSION_MAJOR >= 3
    if (status == dnnl_success)
        status = dnnl_matmul_primitive_desc_create(
            description, engine, a.description, b.description, bias ? bias->description : NULL, c.description,
            attributes);
#else
    dnnl_matmul_desc_t operation;
    if (status == dnnl_success) status = dnnl_matmul_desc_init(
            &operation, &a.description, &b.description, bias ? &bias->description : NULL, &c.description);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(description, &operation, attributes, engine, NULL);
#endif
    if (operations) dnnl_post_ops_destroy(operations);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

/// The arrangement of a (k, n) factor that oneDNN multiplies fastest.
static inline dnnl_status_t onednn_packed_layout(
    onednn_layout *packed, dnnl_engine_t engine, dnnl_dim_t m, dnnl_dim_t k, dnnl_dim_t n,
    dnnl_data_type_t type) {
    const dnnl_dim_t a_sizes[2] = {m, k}, b_sizes[2] = {k, n}, c_sizes[2] = {m, n};
    const dnnl_dim_t a_strides[2] = {k, 1}, c_strides[2] = {n, 1};
    onednn_layout a, b, c;
    dnnl_status_t status = onednn_layout_create(&a, 2, a_sizes, type, a_strides);
    if (status != dnnl_success) return status;
    status = onednn_layout_create(&c, 2, c_sizes, dnnl_f32, c_strides);
    if (status != dnnl_success) return status;
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_memory_desc_create_with_tag(&b.description, 2, b_sizes, type, dnnl_format_tag_any);
#else
    status = dnnl_memory_desc_init_by_tag(&b.description, 2, b_sizes, type, dnnl_format_tag_any);
#endif
    if (status != dnnl_success) return status;
    dnnl_primitive_desc_t description;
    status = onednn_matmul_description(&description, engine, a, b, NULL, c, false);
    if (status != dnnl_success) return status;
    onednn_layout_ref found = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_memory_desc_clone(&packed->description, found);
#else
    packed->description = *found;
#endif
    dnnl_primitive_desc_destroy(description);
    onednn_layout_destroy(a);
    onednn_layout_destroy(b);
    onednn_layout_destroy(c);
    return status;
}

/// Makes the code of a description, which is used up.
static inline dnnl_status_t onednn_primitive_create(
    dnnl_primitive_t *primitive, dnnl_primitive_desc_t description) {
    dnnl_status_t status = dnnl_primitive_create(primitive, description);
    dnnl_primitive_desc_destroy(description);
    return status;
}

static inline dnnl_status_t onednn_matmul_create(
    dnnl_primitive_t *primitive, dnnl_engine_t engine, onednn_layout a, onednn_layout b,
    const onednn_layout *bias, onednn_layout c, bool accumulates) {
    dnnl_primitive_desc_t description;
    dnnl_status_t status = onednn_matmul_description(&description, engine, a, b, bias, c, accumulates);
    return status == dnnl_success ? onednn_primitive_create(primitive, description) : status;
}

static inline dnnl_status_t onednn_reorder_create(
    dnnl_primitive_t *primitive, dnnl_engine_t engine, onednn_layout from, onednn_layout to) {
    dnnl_primitive_desc_t description;
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(
        &description, ONEDNN_REF(from), engine, ONEDNN_REF(to), engine, NULL);
    return status == dnnl_success ? onednn_primitive_create(primitive, description) : status;
}

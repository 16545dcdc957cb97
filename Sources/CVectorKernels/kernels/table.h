/// All kernels, for the instruction set that the including file has chosen.
#include "vector_kernels.h"

#include "lanes.h"

#include "activations.h"
#include "attention.h"
#include "elementwise.h"
#include "layer_norm.h"

const vector_kernels TABLE = {
    .round = round_lanes,
    .widen = widen,
    .add = add,
    .scale = scale_lanes,
    .multiply = multiply,
    .dropout_mask = dropout_mask,
    .multiply_rows = multiply_rows,
    .sum_rows = sum_rows,
    .sum_of_squares = sum_of_squares,
    .gelu = gelu,
    .relu = relu,
    .layer_norm = layer_norm,
    .layer_norm_backward = layer_norm_backward,
    .attention = attention,
    .attention_backward = attention_backward,
    .adamw = adamw,
};

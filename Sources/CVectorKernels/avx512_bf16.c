#if defined(__x86_64__)
#include "vector_kernels.h"
#include <string.h>
#define TABLE vector_kernels_avx512_bf16
#define ROWS 8
#define HAS_BFLOAT16
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))), \
    apply_to = function)
#include "kernels/table.h"
#pragma clang attribute pop
#endif

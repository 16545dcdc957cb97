#if defined(__x86_64__)
#include "vector_kernels.h"
#include <string.h>
#define TABLE vector_kernels_avx512
#define ROWS 8
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#include "kernels/table.h"
#pragma clang attribute pop
#endif

#if defined(__x86_64__)
#include "vector_kernels.h"
#include <string.h>
#define TABLE vector_kernels_avx2
#define ROWS 2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels/table.h"
#pragma clang attribute pop
#endif

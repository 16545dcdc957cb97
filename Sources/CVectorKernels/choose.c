#include "vector_kernels.h"

extern const vector_kernels vector_kernels_baseline;
#if defined(__x86_64__)
extern const vector_kernels vector_kernels_avx2;
extern const vector_kernels vector_kernels_avx512;
extern const vector_kernels vector_kernels_avx512_bf16;
#endif

#if defined(__x86_64__)
static int has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

const vector_kernels *vector_kernels_for(instruction_set set) {
    switch (set) {
    case instructions_baseline:
        return &vector_kernels_baseline;
#if defined(__x86_64__)
    case instructions_avx2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &vector_kernels_avx2 : 0;
    case instructions_avx512:
        return has_avx512() ? &vector_kernels_avx512 : 0;
    case instructions_avx512_bf16:
        return has_avx512() && __builtin_cpu_supports("avx512bf16") ? &vector_kernels_avx512_bf16 : 0;
#endif
    default:
        return 0;
    }
}

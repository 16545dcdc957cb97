// Whatever the compiler takes for granted: SSE2 on x86-64, NEON on arm64.
#define TABLE vector_kernels_baseline
// Rows of a product whose sums fit the registers.
#define ROWS 2
#include "kernels/table.h"

#include <cblas.h>
/* mallopt, malloc_trim: Swift's C library overlay does not import this header. */
#include <malloc.h>

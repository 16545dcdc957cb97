#include <cblas.h>
/* mallopt: Swift's C library overlay does not import this header. */
#include <malloc.h>

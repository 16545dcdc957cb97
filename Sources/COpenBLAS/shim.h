#include <cblas.h>
/* mallopt, malloc_trim: Swift's C library overlay does not import this header. */
#include <malloc.h>

/* LAPACK's divide-and-conquer singular value decomposition, which OpenBLAS has
   without a C header; matrices are column-major. */
extern void sgesdd_(const char *jobz, const int *m, const int *n, float *a, const int *lda, float *s,
                    float *u, const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork,
                    int *iwork, int *info);

#include <cblas.h>
/* mallopt, malloc_trim: Swift's C library overlay does not import this header. */
#include <malloc.h>

/* LAPACK's divide-and-conquer singular value decomposition, which OpenBLAS has
   without a C header; matrices are column-major. */
extern void sgesdd_(const char *jobz, const int *m, const int *n, float *a, const int *lda, float *s,
                    float *u, const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork,
                    int *iwork, int *info);

/* LAPACK's Cholesky factorisation in double precision, and the inverse from it. */
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
extern void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);

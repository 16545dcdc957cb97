#include <libpq-fe.h>

// Swift does not import character constants.
enum {
    PeftSearchFieldSQLState = PG_DIAG_SQLSTATE,
    PeftSearchFieldMessage = PG_DIAG_MESSAGE_PRIMARY
};

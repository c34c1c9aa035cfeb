#pragma once
#include <libpq-fe.h>

// Swift does not import character macros as the int that PQresultErrorField takes.
enum {
  CPQ_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED,
  CPQ_DIAG_SQLSTATE = PG_DIAG_SQLSTATE,
  CPQ_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY,
  CPQ_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME,
  CPQ_DIAG_COLUMN = PG_DIAG_COLUMN_NAME,
};

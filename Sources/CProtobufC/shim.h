#pragma once
#include <protobuf-c/protobuf-c.h>

/* The library's own empty string: what an absent string field points to. An array without a
   length is not imported into Swift, its address is. */
static inline const char *protobuf_c_absent_string(void) { return protobuf_c_empty_string; }

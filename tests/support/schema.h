#ifndef TESTS_SUPPORT_SCHEMA_H
#define TESTS_SUPPORT_SCHEMA_H

// Checks a JSON document against a JSON schema (draft 2020-12): the keywords type, enum,
// minimum, maximum, minLength, maxLength, required, properties, additionalProperties, items and
// $ref to #/$defs. A schema with another keyword that would say something is refused, so none is
// passed over in silence.

#include <stdbool.h>
#include <stddef.h>

#include "tests/support/json.h"

// False with the place and what is wrong there in `why`.
bool schema_check(const struct json_document *schema, const struct json_document *document,
                  char *why, size_t room);

#endif

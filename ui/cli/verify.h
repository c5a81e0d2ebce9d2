#ifndef UI_CLI_VERIFY_H
#define UI_CLI_VERIFY_H

// The parts of convoy verify.

#include <stdbool.h>

#include "labs/kit/verify.h"
#include "ui/cli/cli.h"

// Writes the report as a page of HTML; false when the file could not be written, which then is
// as it was.
bool ui_verify_html(const char *file, const struct lab_report *r);

// Published figures: the files are "published" and families of them.
enum ui_status ui_verify_published(const struct ui_options *o);

// Says what a report comes to: as text, JSON or a page, and as a status.
enum ui_status ui_verify_tell(const struct ui_options *o, const struct lab_report *r);

#endif

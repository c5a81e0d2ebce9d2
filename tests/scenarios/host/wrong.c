#include "tests/scenarios/host/wrong.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

static bool is_refused(const char *text, const struct wrong *w)
{
    struct scn_error e;
    char shown[4096];
    if (script_builds(text, &e)) {
        print_error("built: %s\n", w->piece);
        return false;
    }
    script_error_text(&e, shown, sizeof shown);
    bool ok = strcmp(e.file, "test.lua") == 0 && e.line == 2 &&
              strncmp(e.excerpt, w->piece, 20) == 0 && strstr(shown, w->says) &&
              (!w->advises || strstr(shown, w->advises));
    if (!ok)
        print_error("%s\nexpected: %s | %s\n%s\n", w->piece, w->says,
                    w->advises ? w->advises : "", shown);
    return ok;
}

bool piece_is_refused(const struct wrong *w)
{
    char text[2048];
    snprintf(text, sizeof text,
             "scenario(\"t\", {duration = 2*s}) local db = service(\"db\", {handler = "
             "{a = io(1*ms), b = io(1*ms)}}) local k = knob(\"k\", 1)\n%s\n"
             "client(\"u\", {target = db, arrivals = constant(10)})\n",
             w->piece);
    return is_refused(text, w);
}

void all_are_refused(const struct wrong *list, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++)
        wrong += !piece_is_refused(&list[i]);
    assert_int_equal(wrong, 0);
}

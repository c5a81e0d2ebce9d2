#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/drawn.h"
#include "tests/support/films.h"
#include "ui/view/view.h"

// A long run on film: ten minutes of a thousand requests a second, through a GIL, a line and retries.

#define RECORDS (1u << 20)

static const char *const ten_minutes =
    "scenario('Ten minutes', { duration = 600*s })\n"
    "local db = service('db', { cores = 16, executor = threads(48, { queue = 200 }),\n"
    "  handler = { native(lognormal { median = 6*ms, p99 = 30*ms }) } })\n"
    "local api = service('api', { replicas = 4, cores = 2, runtime = cpython '3.12',\n"
    "  executor = threads(32), handler = { python(0.8*ms),\n"
    "    call(db, { retry { max_attempts = 4, base = 20*ms, cap = 1*s, jitter = 'full' },\n"
    "      timeout(80*ms) }), python(0.4*ms) } })\n"
    "client('users', { target = api, arrivals = poisson(1000), timeout(1*s) })\n"
    "between(200*s, 230*s, db:slow(8))\n";

static void expect_same_picture(const struct ui_film *a, const struct ui_film *b,
                                double at_s)
{
    struct ui_look look;
    ui_look_default(&look);
    look.at = (sim_time)(at_s * SIM_S);
    char *x = drawn_text(a, &look), *y = drawn_text(b, &look);
    assert_true(strlen(x) > 10000);
    assert_string_equal(x, y);
    free(x);
    free(y);
}

// Any moment of it is drawn from what is on film; a run that keeps only what one picture shows draws
// the same, and is the same run.
static void ten_minutes_lie_in_256_mib(void **state)
{
    (void)state;
    static const double moments[] = { 31, 215.3, 599.5 };
    struct film_run whole = { 0 }, late;
    film_shoot_text(&whole, ten_minutes, RECORDS);
    assert_true(sim_run_books(whole.result.run).arrived > 590000);
    assert_true(ui_film_bytes(&whole.film) < (uint64_t)256 << 20);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        late = (struct film_run){ .keep_from = (sim_time)((moments[i] - 31) * SIM_S) };
        film_shoot_text(&late, ten_minutes, RECORDS);
        assert_true(sim_run_digest(late.result.run) == sim_run_digest(whole.result.run));
        expect_same_picture(&late.film, &whole.film, moments[i]);
        film_close(&late);
    }
    film_close(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_minutes_lie_in_256_mib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

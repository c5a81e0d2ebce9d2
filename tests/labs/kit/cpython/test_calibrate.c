#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/kit/cpython/calibrate.h"

// The interpreter is a fake that prints what a file beside its program says.
struct place {
    char root[64], folder[96], figures[128];
};

static void open_place(struct place *p, const char *figures)
{
    snprintf(p->root, sizeof p->root, "/tmp/convoy-calibrate-XXXXXX");
    assert_non_null(mkdtemp(p->root));
    snprintf(p->folder, sizeof p->folder, "%s/cpython", p->root);
    assert_int_equal(mkdir(p->folder, 0700), 0);
    snprintf(p->figures, sizeof p->figures, "%s/%s", p->folder,
             figures ? "figures" : "fails");
    FILE *f = fopen(p->figures, "w");
    assert_non_null(f);
    fputs(figures ? figures : "", f);
    fclose(f);
}

static void close_place(struct place *p)
{
    remove(p->figures);
    rmdir(p->folder);
    rmdir(p->root);
}

static bool calibrate(const struct place *p, struct lab_calibration *c)
{
    struct lab_calibrate_def def;
    lab_calibrate_default(&def);
    def.labs = p->root;
    def.python = FAKE_PYTHON;
    def.budget_s = 0.2;
    return lab_calibrate(&def, c);
}

static void costs_are_known_by_their_keys(void **state)
{
    struct lab_calibration c;
    struct place p;
    (void)state;
    open_place(&p, "thread_start 0.000125\nno_such_cost 7\npickle_bytes 2e9\nnot a line\n");
    assert_true(calibrate(&p, &c));
    close_place(&p);
    assert_string_equal(c.version, "3.12");
    assert_string_equal(c.preset, "3.12");
    assert_int_equal(c.count, 2);
    assert_string_equal(c.costs[0].of->key, "thread_start");
    assert_true(c.costs[0].median == 0.000125 && c.costs[0].p10 == 0.000125);
    assert_string_equal(c.costs[1].of->key, "pickle_bytes");
    assert_true(c.costs[1].p90 == 2e9);
    assert_int_equal(c.costs[1].rounds, c.rounds);
    assert_true(c.rounds >= 1);
}

static void rounds_that_fail_are_told_with_their_reason(void **state)
{
    struct lab_calibration c;
    struct place p;
    (void)state;
    open_place(&p, NULL);
    assert_false(calibrate(&p, &c));
    close_place(&p);
    assert_int_equal(c.rounds, 0);
    assert_true(c.failed > 0);
    assert_string_equal(c.reason, "something is wrong");
}

static void machine_without_an_interpreter_has_no_costs(void **state)
{
    struct lab_calibrate_def def;
    struct lab_calibration c;
    (void)state;
    lab_calibrate_default(&def);
    def.labs = "/nowhere";
    def.python = "/nowhere/python3";
    assert_false(lab_calibrate(&def, &c));
    assert_string_equal(c.version, "");
    assert_true(c.reason[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_are_known_by_their_keys),
        cmocka_unit_test(rounds_that_fail_are_told_with_their_reason),
        cmocka_unit_test(machine_without_an_interpreter_has_no_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/kit/child.h"

static void run_shell(struct lab_child *c, const char *script, double limit_s,
                      bool (*goes_on)(void *ctx))
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    const struct lab_child_def def = { argv, limit_s, goes_on, NULL, -1 };
    lab_child_run(&def, c);
}

static void what_it_prints_is_read(void **state)
{
    struct lab_child c;
    (void)state;
    run_shell(&c, "echo one 1; echo two 2 >&2", 60, NULL);
    assert_int_equal(c.end, LAB_CHILD_WELL);
    assert_string_equal(c.output, "one 1\ntwo 2\n");
    assert_string_equal(lab_child_last_line(&c), "two 2");
}

static void failure_is_told_with_its_last_line(void **state)
{
    struct lab_child c;
    (void)state;
    run_shell(&c, "echo first; echo the reason; exit 3", 60, NULL);
    assert_int_equal(c.end, LAB_CHILD_FAILED);
    assert_string_equal(lab_child_last_line(&c), "the reason");
}

static void program_that_is_not_there_fails(void **state)
{
    struct lab_child c;
    const char *const argv[] = { "/nowhere/python3", NULL };
    const struct lab_child_def def = { argv, 60, NULL, NULL, -1 };
    (void)state;
    lab_child_run(&def, &c);
    assert_int_equal(c.end, LAB_CHILD_FAILED);
}

// A process that somebody began and that is told of in the output, is gone: it was killed, and
// its zombie, if there still is one, is nobody's that runs.
static bool is_running(const char *output)
{
    char path[64], state = 'X';
    snprintf(path, sizeof path, "/proc/%d/stat", atoi(output));
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    bool is_read = fscanf(f, "%*d %*s %c", &state) == 1;
    fclose(f);
    return is_read && state != 'Z' && state != 'X';
}

static void wait_until_gone(const char *output)
{
    for (int i = 0; i < 1000 && is_running(output); i++) {
        struct lab_child c;
        run_shell(&c, "sleep 0.01", 60, NULL);
    }
    assert_false(is_running(output));
}

static void program_that_takes_too_long_is_killed_with_all_that_it_began(void **state)
{
    struct lab_child c;
    (void)state;
    run_shell(&c, "sleep 1000 & echo $!; wait", 0.3, NULL);
    assert_int_equal(c.end, LAB_CHILD_LATE);
    assert_true(atoi(c.output) > 0);
    wait_until_gone(c.output);
}

// Its pipe is closed in it, so that its parent's end is the end.
static void what_outlives_the_program_is_killed(void **state)
{
    struct lab_child c;
    (void)state;
    run_shell(&c, "sleep 1000 >/dev/null 2>&1 & echo $!", 60, NULL);
    assert_int_equal(c.end, LAB_CHILD_WELL);
    wait_until_gone(c.output);
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static void caller_may_stop_it(void **state)
{
    struct lab_child c;
    (void)state;
    run_shell(&c, "sleep 1000", 1000, never);
    assert_int_equal(c.end, LAB_CHILD_STOPPED);
}

static void environment_of_the_caller_is_not_passed_on(void **state)
{
    struct lab_child c;
    (void)state;
    setenv("PYTHONPATH", "/nowhere", 1);
    run_shell(&c, "echo \"[$PYTHONPATH]\"", 60, NULL);
    assert_string_equal(c.output, "[]\n");
}

// The companion says who it has begun, and lives until it is ended.
static void companion_lives_until_it_is_ended_with_all_that_it_began(void **state)
{
    struct lab_companion c;
    char output[32] = "";
    const char *const argv[] = { "/bin/sh", "-c", "sleep 1000 & echo $!; wait", NULL };
    (void)state;
    assert_true(lab_companion_begin(&c, argv));
    assert_true(read(c.out, output, sizeof output - 1) > 0);
    assert_true(lab_companion_lives(&c));
    lab_companion_end(&c);
    assert_false(lab_companion_lives(&c));
    wait_until_gone(output);
    lab_companion_end(&c);
}

// The companion asks for nothing: who began it did, before it was there.
static void companion_of_a_caller_that_is_killed_ends(void **state)
{
    char output[32] = "";
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t caller = fork();
    if (caller == 0) {
        struct lab_companion c;
        const char *const argv[] = { "/bin/sh", "-c", "echo $$; exec sleep 1000", NULL };
        if (lab_companion_begin(&c, argv)) {
            ssize_t n = read(c.out, output, sizeof output - 1);
            n = n > 0 ? write(ends[1], output, (size_t)n) : n;
        }
        kill(getpid(), SIGKILL);
    }
    close(ends[1]);
    assert_true(read(ends[0], output, sizeof output - 1) > 0);
    close(ends[0]);
    assert_int_equal(waitpid(caller, NULL, 0), caller);
    wait_until_gone(output);
}

static void companion_that_ended_by_itself_lives_no_more(void **state)
{
    struct lab_companion c;
    char output[32];
    const char *const argv[] = { "/bin/true", NULL };
    (void)state;
    assert_true(lab_companion_begin(&c, argv));
    while (read(c.out, output, sizeof output) > 0)
        continue;
    for (int i = 0; i < 1000 && lab_companion_lives(&c); i++) {
        struct lab_child pause;
        run_shell(&pause, "sleep 0.01", 60, NULL);
    }
    assert_false(lab_companion_lives(&c));
    lab_companion_end(&c);
}

static void companion_that_is_not_there_is_none(void **state)
{
    struct lab_companion c;
    const char *const argv[] = { "/nowhere/python3", NULL };
    (void)state;
    assert_false(lab_companion_begin(&c, argv));
    assert_false(lab_companion_lives(&c));
    lab_companion_end(&c);
}

static void long_output_is_cut(void **state)
{
    struct lab_child c;
    (void)state;
    run_shell(&c, "i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done", 60,
              NULL);
    assert_int_equal(c.end, LAB_CHILD_WELL);
    assert_int_equal(c.length, LAB_CHILD_OUTPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_prints_is_read),
        cmocka_unit_test(failure_is_told_with_its_last_line),
        cmocka_unit_test(program_that_is_not_there_fails),
        cmocka_unit_test(program_that_takes_too_long_is_killed_with_all_that_it_began),
        cmocka_unit_test(what_outlives_the_program_is_killed),
        cmocka_unit_test(caller_may_stop_it),
        cmocka_unit_test(environment_of_the_caller_is_not_passed_on),
        cmocka_unit_test(companion_lives_until_it_is_ended_with_all_that_it_began),
        cmocka_unit_test(companion_of_a_caller_that_is_killed_ends),
        cmocka_unit_test(companion_that_ended_by_itself_lives_no_more),
        cmocka_unit_test(companion_that_is_not_there_is_none),
        cmocka_unit_test(long_output_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#define _POSIX_C_SOURCE 200809L // mkfifo
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/kit/impl/impl.h"
#include "labs/kit/policies/verify_rate_limit.h"
#include "labs/kit/policies/verify_steps.h"

// Implementations from outside: what is right is found right, and what does anything but
// answer is told apart by what it did. None of them decides about its own verdict.

struct judged {
    enum lab_impl_end end;
    struct lab_report report;
    char why[256];
};

static bool goes_on(void *ctx)
{
    return !ctx;
}

static struct judged judge_as(const char *pattern, const char *file, void *stopped)
{
    static struct judged j;
    struct lab_verify_def def;
    struct lab_impl_def impl;
    lab_verify_default(&def);
    def.random_scripts = 4;
    lab_impl_default(&impl);
    impl.pattern = pattern;
    impl.file = file;
    impl.host = HOST;
    impl.cpu_s = 1;
    impl.idle_s = 1;
    impl.goes_on = goes_on;
    impl.ctx = stopped;
    j = (struct judged){ .end = LAB_IMPL_RUNS };
    j.end = lab_impl_verify(&impl, &def, &j.report, j.why, sizeof j.why);
    return j;
}

static struct judged judge_file(const char *file)
{
    return judge_as("rate_limit", file, NULL);
}

static struct judged judge_named(const char *pattern, const char *name)
{
    char file[1024];
    snprintf(file, sizeof file, "%s/lib%s.so", LIBRARIES, name);
    return judge_as(pattern, file, NULL);
}

static struct judged judge(const char *name)
{
    return judge_named("rate_limit", name);
}

static void the_shipped_one_agrees(void **state)
{
    (void)state;
    struct judged j = judge("impl_right");
    assert_int_equal(j.end, LAB_IMPL_RUNS);
    assert_int_equal(j.report.count, LAB_LIMIT_ALGORITHMS);
    for (uint32_t i = 0; i < j.report.count; i++)
        if (j.report.checks[i].verdict != LAB_AGREE)
            fail_msg("%s: %s", j.report.checks[i].name, j.report.checks[i].detail);
}

// Which attack is answered by which words, inside a call; and while it is loaded.
static const struct {
    int attack;
    const char *says, *loading;
} attacks[] = {
    { 1, "forbidden", "forbidden" },
    { 2, "forbidden", "forbidden" },
    { 3, "forbidden", "forbidden" },
    { 4, "forbidden", "forbidden" },
    { 5, "forbidden", "forbidden" },
    { 6, "forbidden", "forbidden" },
    { 7, "forbidden", "forbidden" },
    { 8, "forbidden", "forbidden" },
    { 9, "forbidden", "forbidden" },
    { 10, "forbidden", "forbidden" },
    { 11, "forbidden", "forbidden" },
    { 12, "by itself, with status 0", "by itself, with status 0" },
    { 13, "by itself, with status 0", "by itself, with status 0" },
    { 14, "more than 1 s", "more than 1 s" },
    { 15, "did not answer", "did not answer" },
    { 16, "crashed", "crashed" },
    { 17, "more than 64 KB", "more than 64 KB" },
    { 18, "crashed: Segmentation fault", "crashed: Segmentation fault" },
    { 19, "crashed: Aborted", "crashed: Aborted" },
    { 20, "crashed", "crashed" },
    { 21, "crashed: Segmentation fault", "crashed: Segmentation fault" },
    { 22, "what it said is no answer", "what it said is no answer" },
    { 23, "what it said is no answer", "what it said is no answer" },
    { 24, "did not answer", "did not answer" },
    { 25, "forbidden", "forbidden" },
    { 26, "more than 1 s", "more than 1 s" },
    { 27, "forbidden", "forbidden" },
    { 29, "not implemented: open() returned NULL",
      "not implemented: open() returned NULL" },
    { 30, "forbidden", "forbidden" },
    { 31, "did not answer", "did not answer" },
};

static void check_attack_on(const char *pattern, int attack, const char *kind,
                            const char *says)
{
    char name[64];
    snprintf(name, sizeof name, "impl_%s_%d", kind, attack);
    struct judged j = judge_named(pattern, name);
    if (j.end != LAB_IMPL_RUNS)
        fail_msg("%s: %s", name, j.why);
    assert_true(j.report.count > 0);
    assert_int_equal(j.report.verdicts[LAB_AGREE], 0);
    assert_int_equal(j.report.verdicts[LAB_DIFFER], j.report.count);
    if (!strstr(j.report.checks[0].detail, says))
        fail_msg("%s: \"%s\" does not say %s", name, j.report.checks[0].detail, says);
}

static void check_attack(int attack, const char *kind, const char *says)
{
    check_attack_on("rate_limit", attack, kind, says);
}

static bool waits(const char *says)
{
    return strstr(says, "did not answer") || strstr(says, "more than 1 s");
}

static void what_it_does_when_it_is_asked_is_a_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (!waits(attacks[i].says) || attacks[i].attack < 16)
            check_attack(attacks[i].attack, "attack", attacks[i].says);
}

static void what_it_does_when_it_is_loaded_is_one_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (!waits(attacks[i].loading))
            check_attack(attacks[i].attack, "loaded", attacks[i].loading);
}

static void a_breaker_is_shut_in_as_well(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (!waits(attacks[i].says))
            check_attack_on("breaker", attacks[i].attack, "attack", attacks[i].says);
}

// By pattern: how many kinds there are, and those in which each wrong turn shows; "": in all.
static const struct {
    const char *pattern;
    uint32_t kinds;
    const char *differ[3];
} brought[] = {
    // Half open too late, and a state that is none, in all; a share that has to be exceeded in those
    // that have one.
    { "breaker", 5, { "", "count time hystrix polly", "" } },
    // A reserve is Finagle's and Envoy's; a success matters to a bucket, gRPC and AWS; that a retry
    // has ended matters to Envoy.
    { "budget", 7, { "finagle envoy", "bucket grpc aws", "envoy" } },
    // That waits begin anew shows where they grow.
    { "retry",
      14,
      { "",
        "capped, full, equal, decorrelated, tenacity, random, grpc, grpc-legacy, envoy, "
        "resilience4j, polly, linear, polly, exponential, celery",
        "" } },
    // A timeout that is reached is AIMD's; a drop is AIMD's and Vegas'; one more is let through by all.
    { "concurrency_limit", 4, { "aimd", "aimd vegas", "" } },
    // A target is CoDel's and the controlled delay's, and so is that somebody was dropped; from when on
    // the newest is first is the other's.
    { "shed", 3, { "codel controlled_delay", "adaptive_lifo", "codel controlled_delay" } },
    { "bulkhead", 2, { "", "", "" } },
    // A delay is waited for where there is one; after failures there is nobody to cancel.
    { "hedge", 5, { "delay grpc", "", "delay, all at once, grpc, tied" } },
    { "cache", 2, { "", "", "" } },
    // Weights that grow are of those that have any; loads that are looked at, of those that look.
    { "balance",
      6,
      { "weighted random least_requests p2c", "least_requests p2c peak_ewma", "" } },
#ifdef LAB_HAS_SQLITE
    { "idempotency", 1, { "", "", "" } },
#endif
};
#define BROUGHT (sizeof brought / sizeof *brought)

static struct judged judge_brought(const char *pattern, int wrong)
{
    char name[48];
    snprintf(name, sizeof name, "impl_%s_%d", pattern, wrong);
    struct judged j = judge_named(pattern, name);
    if (j.end != LAB_IMPL_RUNS)
        fail_msg("%s: %s", name, j.why);
    return j;
}

static void the_shipped_patterns_agree(void **state)
{
    (void)state;
    for (size_t p = 0; p < BROUGHT; p++) {
        struct judged j = judge_brought(brought[p].pattern, 0);
        assert_int_equal(j.report.count, brought[p].kinds);
        for (uint32_t i = 0; i < j.report.count; i++)
            if (j.report.checks[i].verdict != LAB_AGREE)
                fail_msg("%s: %s", j.report.checks[i].name, j.report.checks[i].detail);
    }
}

static void check_wrong_turn(size_t p, int wrong)
{
    struct judged j = judge_brought(brought[p].pattern, wrong);
    const char *where = brought[p].differ[wrong - 1];
    for (uint32_t i = 0; i < j.report.count; i++) {
        const struct lab_check *c = &j.report.checks[i];
        bool differs = c->verdict == LAB_DIFFER;
        if (differs != (!where[0] || strstr(where, strchr(c->name, '/') + 1) != NULL))
            fail_msg("wrong turn %d, %s: %d", wrong, c->name, differs);
        if (differs && !strstr(c->detail, ": expected "))
            fail_msg("wrong turn %d, %s: %s", wrong, c->name, c->detail);
    }
}

static void wrong_turns_are_found(void **state)
{
    (void)state;
    for (size_t p = 0; p < BROUGHT; p++)
        for (int wrong = 1; wrong <= 3; wrong++)
            check_wrong_turn(p, wrong);
}

// ---- What is said over the wire by who is no implementation at all ----

static enum lab_steps_played say_anything(void *ctx, const struct lab_steps *s,
                                          int64_t *answers)
{
    for (uint32_t i = 0; i < s->count; i++)
        answers[i] = *(const int64_t *)ctx;
    return LAB_STEPS_PLAYED;
}

static const char *goes_on_for_ever(void *ctx)
{
    (void)ctx;
    return "";
}

static void any_number_is_told_as_a_difference(void **state)
{
    const struct lab_steps_pattern *const patterns[] = {
        &lab_retry_pattern,
        &lab_budget_pattern,
        &lab_breaker_pattern,
        &lab_cache_pattern,
        &lab_hedge_pattern,
        &lab_shed_pattern,
        &lab_concurrency_limit_pattern,
        &lab_bulkhead_pattern,
        &lab_balance_pattern,
#ifdef LAB_HAS_SQLITE
        &lab_idempotency_pattern,
#endif
    };
    int64_t numbers[] = { INT64_MIN, INT64_MIN + 1, INT64_MIN / 2 + 1, -77777, INT64_MAX };
    struct lab_verify_def def;
    struct lab_report report = { .count = 0 };
    (void)state;
    lab_verify_default(&def);
    def.random_scripts = 1;
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++)
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
            struct lab_steps_outside outside = { say_anything, goes_on_for_ever,
                                                 &numbers[n] };
            report.count = 0;
            lab_verify_outside(&def, patterns[p], &outside, &report);
            for (uint32_t i = 0; i < report.count; i++)
                if (!strstr(report.checks[i].detail, ": expected "))
                    fail_msg("%s: %s", report.checks[i].name, report.checks[i].detail);
        }
}

static void a_library_without_the_breaker_is_not_judged(void **state)
{
    (void)state;
    struct judged j = judge_named("breaker", "impl_right");
    assert_int_equal(j.end, LAB_IMPL_NOT_LOADABLE);
    assert_non_null(strstr(j.why, "convoy_breaker"));
}

static void what_takes_long_is_one_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (waits(attacks[i].loading)) {
            check_attack(attacks[i].attack, "attack", attacks[i].says);
            check_attack(attacks[i].attack, "loaded", attacks[i].loading);
        }
}

static void a_crash_is_told_with_the_shortest_script(void **state)
{
    (void)state;
    struct judged j = judge("impl_attack_18");
    const char *calls = strstr(j.report.checks[0].detail, " cost ");
    assert_non_null(calls);
    assert_null(strstr(calls + 1, " cost "));
}

static void another_version_is_not_judged(void **state)
{
    (void)state;
    struct judged j = judge("impl_attack_28");
    assert_int_equal(j.end, LAB_IMPL_OTHER_VERSION);
    assert_non_null(strstr(j.why, "version 2 of the interface, this is 1"));
}

static void what_cannot_be_loaded_is_not_judged(void **state)
{
    (void)state;
    struct judged j = judge("impl_chooses");
    assert_int_equal(j.end, LAB_IMPL_NOT_LOADABLE);
    assert_non_null(strstr(j.why, "ifunc"));
    j = judge_file("/nonexistent.so");
    assert_int_equal(j.end, LAB_IMPL_NOT_LOADABLE);
    assert_non_null(strstr(j.why, "no such file"));
    char fifo[64];
    snprintf(fifo, sizeof fifo, "/tmp/convoy-test-impl-%ld", (long)getpid());
    assert_int_equal(mkfifo(fifo, 0600), 0);
    j = judge_file(fifo);
    unlink(fifo);
    assert_int_equal(j.end, LAB_IMPL_NOT_LOADABLE);
    assert_non_null(strstr(j.why, "cannot be read"));
    j = judge_file(HOST); // a program
    assert_int_equal(j.end, LAB_IMPL_NOT_LOADABLE);
    j = judge_file(A_TEXT);
    assert_int_equal(j.end, LAB_IMPL_NOT_LOADABLE);
    assert_non_null(strstr(j.why, "no shared library"));
    j = judge("impl_empty");
    assert_int_equal(j.end, LAB_IMPL_NOT_LOADABLE);
    assert_non_null(strstr(j.why, "convoy_rate_limit"));
}

// It would spend its second otherwise.
static void who_asks_may_stop_waiting(void **state)
{
    (void)state;
    struct judged j = judge_as("rate_limit", LIBRARIES "/libimpl_attack_14.so", &j);
    assert_int_equal(j.report.verdicts[LAB_DIFFER], j.report.count);
    assert_non_null(strstr(j.report.checks[0].detail, "interrupted"));
}

// Others may have such folders at the same time, so it is its own that is looked for.
static bool leaves_a_folder(const char *file)
{
    struct lab_impl i;
    struct lab_impl_def impl;
    const int64_t in[] = { LAB_TOKEN_BUCKET, 1, 1000, 1, 0, 1 };
    int64_t out[2];
    lab_impl_default(&impl);
    impl.pattern = "rate_limit";
    impl.file = file;
    impl.host = HOST;
    if (lab_impl_open(&i, &impl))
        lab_impl_ask(&i, in, 6, out, 2);
    lab_impl_close(&i);
    return i.folder[0] == '\0' || access(i.folder, F_OK) == 0;
}

static void its_folder_is_gone_afterwards(void **state)
{
    (void)state;
    assert_false(leaves_a_folder(LIBRARIES "/libimpl_attack_4.so"));
    assert_false(leaves_a_folder(LIBRARIES "/libimpl_loaded_4.so"));
    assert_false(leaves_a_folder(LIBRARIES "/libimpl_right.so"));
}

int main(int argc, char **argv)
{
    (void)argv;
    const struct CMUnitTest slow[] = {
        cmocka_unit_test(what_takes_long_is_one_too),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_one_agrees),
        cmocka_unit_test(what_it_does_when_it_is_asked_is_a_verdict),
        cmocka_unit_test(what_it_does_when_it_is_loaded_is_one_too),
        cmocka_unit_test(a_crash_is_told_with_the_shortest_script),
        cmocka_unit_test(another_version_is_not_judged),
        cmocka_unit_test(what_cannot_be_loaded_is_not_judged),
        cmocka_unit_test(who_asks_may_stop_waiting),
        cmocka_unit_test(its_folder_is_gone_afterwards),
        cmocka_unit_test(a_breaker_is_shut_in_as_well),
        cmocka_unit_test(the_shipped_patterns_agree),
        cmocka_unit_test(wrong_turns_are_found),
        cmocka_unit_test(any_number_is_told_as_a_difference),
        cmocka_unit_test(a_library_without_the_breaker_is_not_judged),
    };
    if (argc > 1)
        return cmocka_run_group_tests(slow, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

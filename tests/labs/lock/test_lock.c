#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "labs/lock/lock_script.h"

// What is wanted follows from the rules of CPython's locks by hand, never from a run: at
// microseconds, who goes on as the owner (+), waits (w), released (-), was handed the lock (h)
// or told that it is free (!), gave up (x).

#define US       1000
#define COUNT(a) (sizeof(a) / sizeof *(a))

static void wants(const struct lab_lock_script *script, const char *wanted)
{
    static const char marks[] = { '+', 'w', '-', 'h', '!', 'x' };
    struct lab_lock_event e[64];
    char text[64 * 16] = "";
    int64_t n = lab_lock_script_play(script, e, COUNT(e));
    assert_in_range(n, 1, COUNT(e));
    for (int64_t i = 0; i < n; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%lld%c%c", i ? " " : "",
                 (long long)(e[i].at_ns / US), marks[e[i].kind], 'A' + (int)e[i].thread);
    }
    assert_string_equal(text, wanted);
}

// One that holds the lock for 2 ms, lets go and wants it again at once, for 2 ms more.
static const struct lab_lock_act greedy[] = { { LAB_LOCK_DO_ACQUIRE, LAB_LOCK_FOREVER },
                                              { LAB_LOCK_DO_PASS, 2000 * US },
                                              { LAB_LOCK_DO_RELEASE, 0 },
                                              { LAB_LOCK_DO_ACQUIRE, LAB_LOCK_FOREVER },
                                              { LAB_LOCK_DO_PASS, 2000 * US },
                                              { LAB_LOCK_DO_RELEASE, 0 } };
static const struct lab_lock_act modest[] = { { LAB_LOCK_DO_ACQUIRE, LAB_LOCK_FOREVER },
                                              { LAB_LOCK_DO_PASS, 500 * US },
                                              { LAB_LOCK_DO_RELEASE, 0 } };
static const struct lab_lock_act hundred[] = { { LAB_LOCK_DO_ACQUIRE, LAB_LOCK_FOREVER },
                                               { LAB_LOCK_DO_PASS, 100 * US },
                                               { LAB_LOCK_DO_RELEASE, 0 } };
static const struct lab_lock_act thousand[] = { { LAB_LOCK_DO_ACQUIRE, LAB_LOCK_FOREVER },
                                                { LAB_LOCK_DO_PASS, 1000 * US },
                                                { LAB_LOCK_DO_RELEASE, 0 } };

static void semaphore_goes_to_whoever_is_awake(void **state)
{
    const struct lab_lock_part parts[] = { { 0, greedy, 6 }, { 1 * US, modest, 3 } };
    const struct lab_lock_script s = {
        .kind = LAB_LOCK_SEMAPHORE, .wake_ns = 50 * US, .parts = parts, .count = 2
    };
    (void)state;
    wants(&s, "0+A 1wB 2000-A 2000!B 2000+A 2050wB 4000-A 4000!B 4050+B 4550-B");
}

static void pymutex_is_handed_to_who_waited_for_over_a_millisecond(void **state)
{
    const struct lab_lock_part parts[] = { { 0, greedy, 6 }, { 999 * US, modest, 3 } };
    const struct lab_lock_script s = {
        .kind = LAB_LOCK_PYMUTEX, .wake_ns = 50 * US, .parts = parts, .count = 2
    };
    (void)state;
    // B owns the lock from 2000 on, and A, who waits half a millisecond, is only woken.
    wants(&s, "0+A 999wB 2000-A 2000hB 2000wA 2050+B 2550-B 2550!A 2600+A 4600-A");
}

static void millisecond_counts_from_the_first_wish_and_must_be_over(void **state)
{
    const struct lab_lock_part parts[] = { { 0, greedy, 6 }, { 1000 * US, modest, 3 } };
    const struct lab_lock_script s = {
        .kind = LAB_LOCK_PYMUTEX, .wake_ns = 3000 * US, .parts = parts, .count = 2
    };
    const struct lab_lock_script quick = {
        .kind = LAB_LOCK_PYMUTEX, .wake_ns = 1500 * US, .parts = parts, .count = 2
    };
    (void)state;
    // Woken at 2000, B finds the lock free again only at 5000.
    wants(&s, "0+A 1000wB 2000-A 2000!B 2000+A 4000-A 5000+B 5500-B");
    // Awake at 3500, B sleeps for 0.5 ms more; that it first wanted the lock at 1000 counts.
    wants(&quick, "0+A 1000wB 2000-A 2000!B 2000+A 3500wB 4000-A 4000hB 5500+B 6000-B");
}

static void who_was_woken_in_vain_goes_to_the_end_of_the_line(void **state)
{
    const struct lab_lock_part parts[] = { { 0, greedy, 6 },
                                           { 100 * US, hundred, 3 },
                                           { 200 * US, hundred, 3 } };
    const struct lab_lock_script s = {
        .kind = LAB_LOCK_SEMAPHORE, .wake_ns = 50 * US, .parts = parts, .count = 3
    };
    (void)state;
    wants(&s,
          "0+A 100wB 200wC 2000-A 2000!B 2000+A 2050wB 4000-A 4000!C 4050+C 4150-C 4150!B "
          "4200+B 4300-B");
}

static void newcomer_takes_a_free_lock_before_who_was_woken_for_it(void **state)
{
    const struct lab_lock_part parts[] = { { 0, thousand, 3 },
                                           { 500 * US, hundred, 3 },
                                           { 1020 * US, hundred, 3 } };
    const struct lab_lock_script s = {
        .kind = LAB_LOCK_PYMUTEX, .wake_ns = 50 * US, .parts = parts, .count = 3
    };
    (void)state;
    wants(&s, "0+A 500wB 1000-A 1000!B 1020+C 1050wB 1120-C 1120!B 1170+B 1270-B");
}

static void sleeper_leaves_the_line_at_its_deadline(void **state)
{
    const struct lab_lock_act impatient[] = { { LAB_LOCK_DO_ACQUIRE, 300 * US },
                                              { LAB_LOCK_DO_RELEASE, 0 } };
    const struct lab_lock_part parts[] = { { 0, thousand, 3 },
                                           { 100 * US, impatient, 2 },
                                           { 200 * US, hundred, 3 },
                                           { 2000 * US, hundred, 3 } };
    const struct lab_lock_script s = {
        .kind = LAB_LOCK_SEMAPHORE, .slack_ns = 60 * US, .parts = parts, .count = 4
    };
    const struct lab_lock_part last_one[] = { { 0, thousand, 3 },
                                              { 100 * US, hundred, 3 },
                                              { 200 * US, impatient, 2 },
                                              { 700 * US, hundred, 3 } };
    const struct lab_lock_script last = {
        .kind = LAB_LOCK_SEMAPHORE, .slack_ns = 60 * US, .parts = last_one, .count = 4
    };
    const struct lab_lock_script alone = {
        .kind = LAB_LOCK_SEMAPHORE, .slack_ns = 60 * US, .parts = parts, .count = 2
    };
    (void)state;
    wants(&s, "0+A 100wB 200wC 460xB 1000-A 1000!C 1000+C 1100-C 2000+D 2100-D");
    wants(&alone, "0+A 100wB 460xB 1000-A");
    wants(&last, "0+A 100wB 200wC 560xC 700wD 1000-A 1000!B 1000+B 1100-B 1100!D 1100+D "
                 "1200-D");
}

static void release_before_a_late_deadline_was_seen_counts(void **state)
{
    const struct lab_lock_act impatient[] = { { LAB_LOCK_DO_ACQUIRE, 900 * US },
                                              { LAB_LOCK_DO_RELEASE, 0 } };
    const struct lab_lock_part parts[] = { { 0, thousand, 3 }, { 80 * US, impatient, 2 } };
    const struct lab_lock_script s = { .kind = LAB_LOCK_SEMAPHORE,
                                       .slack_ns = 60 * US,
                                       .wake_ns = 50 * US,
                                       .parts = parts,
                                       .count = 2 };
    (void)state;
    wants(&s, "0+A 80wB 1000-A 1000!B 1050+B 1050-B");
}

static void woken_in_vain_after_its_deadline_it_gives_up(void **state)
{
    const struct lab_lock_act impatient[] = { { LAB_LOCK_DO_ACQUIRE, 1010 * US },
                                              { LAB_LOCK_DO_RELEASE, 0 } };
    const struct lab_lock_part parts[] = { { 0, greedy, 6 }, { 1000 * US, impatient, 2 } };
    const struct lab_lock_script s = {
        .kind = LAB_LOCK_SEMAPHORE, .wake_ns = 50 * US, .parts = parts, .count = 2
    };
    (void)state;
    wants(&s, "0+A 1000wB 2000-A 2000!B 2000+A 2050xB 4000-A");
}

static void try_fails_at_once_and_waits_for_nothing(void **state)
{
    const struct lab_lock_act shy[] = { { LAB_LOCK_DO_ACQUIRE, 0 },
                                        { LAB_LOCK_DO_PASS, 10000 * US },
                                        { LAB_LOCK_DO_RELEASE, 0 },
                                        { LAB_LOCK_DO_PASS, 1000 * US },
                                        { LAB_LOCK_DO_ACQUIRE, LAB_LOCK_FOREVER },
                                        { LAB_LOCK_DO_RELEASE, 0 } };
    const struct lab_lock_part parts[] = { { 0, thousand, 3 }, { 500 * US, shy, 6 } };
    const struct lab_lock_script s = { .kind = LAB_LOCK_PYMUTEX,
                                       .parts = parts,
                                       .count = 2 };
    (void)state;
    wants(&s, "0+A 1000-A 1500+B 1500-B");
}

static void it_spins_only_while_nobody_sleeps(void **state)
{
    const struct lab_lock_part parts[] = { { 0, thousand, 3 },
                                           { 100 * US, hundred, 3 },
                                           { 150 * US, hundred, 3 } };
    const struct lab_lock_part soon[] = { { 0, thousand, 3 }, { 981 * US, hundred, 3 } };
    const struct lab_lock_script s = { .kind = LAB_LOCK_PYMUTEX,
                                       .spins = 4,
                                       .yield_ns = 10 * US,
                                       .parts = parts,
                                       .count = 3 };
    const struct lab_lock_script quick = {
        .kind = LAB_LOCK_PYMUTEX, .spins = 4, .yield_ns = 10 * US, .parts = soon, .count = 2
    };
    (void)state;
    wants(&s, "0+A 140wB 150wC 1000-A 1000!B 1000+B 1100-B 1100!C 1100+C 1200-C");
    wants(&quick, "0+A 1000-A 1001+B 1101-B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(semaphore_goes_to_whoever_is_awake),
        cmocka_unit_test(pymutex_is_handed_to_who_waited_for_over_a_millisecond),
        cmocka_unit_test(millisecond_counts_from_the_first_wish_and_must_be_over),
        cmocka_unit_test(who_was_woken_in_vain_goes_to_the_end_of_the_line),
        cmocka_unit_test(newcomer_takes_a_free_lock_before_who_was_woken_for_it),
        cmocka_unit_test(sleeper_leaves_the_line_at_its_deadline),
        cmocka_unit_test(release_before_a_late_deadline_was_seen_counts),
        cmocka_unit_test(woken_in_vain_after_its_deadline_it_gives_up),
        cmocka_unit_test(try_fails_at_once_and_waits_for_nothing),
        cmocka_unit_test(it_spins_only_while_nobody_sleeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

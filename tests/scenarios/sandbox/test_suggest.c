#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenarios/sandbox/suggest.h"

static void distance_counts_letters(void **state)
{
    (void)state;
    assert_int_equal(scn_suggest_distance("threads", "threads", 3), 0);
    assert_int_equal(scn_suggest_distance("treads", "threads", 3), 1);
    assert_int_equal(scn_suggest_distance("threads", "treads", 3), 1);
    assert_int_equal(scn_suggest_distance("thraeds", "threads", 3), 1);
    assert_int_equal(scn_suggest_distance("cat", "cut", 3), 1);
    assert_int_equal(scn_suggest_distance("kitten", "sitting", 3), 3);
    assert_int_equal(scn_suggest_distance("", "abc", 3), 3);
    assert_int_equal(scn_suggest_distance("ca", "abc", 3), 3);
    assert_int_equal(scn_suggest_distance("kitten", "retry", 3), 4);
}

static void nearest_is_found_and_far_is_none(void **state)
{
    (void)state;
    const char *const known[] = { "base", "max_attempts", "jitter", "cap", NULL };
    assert_string_equal(scn_suggest("max_attempt", known), "max_attempts");
    assert_string_equal(scn_suggest("jiter", known), "jitter");
    assert_string_equal(scn_suggest("cpa", known), "cap");
    assert_null(scn_suggest("timeout", known));
    assert_null(scn_suggest("x", known));
    assert_null(scn_suggest("", known));
}

static void order_of_offering_does_not_matter(void **state)
{
    (void)state;
    const char *const forth[] = { "bat", "cat", "hat", NULL };
    const char *const back[] = { "hat", "cat", "bat", NULL };
    assert_string_equal(scn_suggest("xat", forth), "bat");
    assert_string_equal(scn_suggest("xat", back), "bat");
}

static void long_words_are_left_alone(void **state)
{
    (void)state;
    char word[SCN_SUGGEST_LENGTH + 1];
    for (int i = 0; i < SCN_SUGGEST_LENGTH; i++)
        word[i] = 'a';
    word[SCN_SUGGEST_LENGTH] = '\0';
    const char *const known[] = { word, NULL };
    assert_null(scn_suggest(word, known));
}

static void text_asks_only_when_there_is_something(void **state)
{
    (void)state;
    struct scn_suggestion s;
    char text[80];
    scn_suggest_init(&s, "treads");
    assert_string_equal(scn_suggest_text(&s, text, sizeof text), "");
    scn_suggest_offer(&s, "threads");
    assert_string_equal(scn_suggest_text(&s, text, sizeof text),
                        "; did you mean \"threads\"?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_counts_letters),
        cmocka_unit_test(nearest_is_found_and_far_is_none),
        cmocka_unit_test(order_of_offering_does_not_matter),
        cmocka_unit_test(long_words_are_left_alone),
        cmocka_unit_test(text_asks_only_when_there_is_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

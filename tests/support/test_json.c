#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/json.h"

static bool reads(const char *text)
{
    struct json_document d;
    bool ok = json_read(&d, text, strlen(text));
    json_free(&d);
    return ok;
}

static void what_the_grammar_allows_is_read(void **state)
{
    (void)state;
    const char *const good[] = {
        "null",
        " [ ] ",
        "{}",
        "[1,-0,0.5,-12.25e+3,1E-2,true,false,null]",
        "{\"a\":{\"b\":[{}]},\"c\":\"\"}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(reads(good[i]));
}

static void what_the_grammar_forbids_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {
        "",
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "nan",
        "tru",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"a",
        "\"\n\"",
        "[",
        "{\"a\":1} x",
        "'a'",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80",
        "\"\xf5\x80\x80",
        "{\"a\":1,\"a\":2}",
        "[Infinity",
        "-",
        "\"\xe2\x82\"",
        "[1]]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(reads(bad[i]));
}

static void nesting_without_end_is_refused(void **state)
{
    (void)state;
    char text[4096];
    memset(text, '[', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_false(reads(text));
}

static void members_are_found_by_key(void **state)
{
    (void)state;
    const char *text = "{\"a\":[1,20.50,\"x\"],\"b\":{\"c\":true}}";
    struct json_document d;
    assert_true(json_read(&d, text, strlen(text)));
    const struct json *a = json_at(&d.nodes[0], "a");
    assert_int_equal(a->type, JSON_ARRAY);
    assert_int_equal(a->child->next->size, 5);
    assert_memory_equal(a->child->next->text, "20.50", 5);
    assert_true(json_is(a->child->next->next, "x"));
    assert_null(a->child->next->next->next);
    assert_int_equal(json_at(json_at(&d.nodes[0], "b"), "c")->type, JSON_TRUE);
    assert_null(json_at(&d.nodes[0], "c"));
    assert_null(json_at(a, "a"));
    json_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_grammar_allows_is_read),
        cmocka_unit_test(what_the_grammar_forbids_is_refused),
        cmocka_unit_test(nesting_without_end_is_refused),
        cmocka_unit_test(members_are_found_by_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

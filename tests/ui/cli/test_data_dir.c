#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/cli/data_dir.h"

static void program_in_its_build_tree_uses_the_source_scenarios(void **state)
{
    (void)state;
    char path[4096];
    assert_true(ui_data_dir(path, sizeof path));
    assert_int_equal(path[0], '/');
    assert_string_equal(path + strlen(path) - strlen("/scenarios"), "/scenarios");
    assert_null(strstr(path, "/share/"));
}

static void path_that_does_not_fit_is_refused_and_left_empty(void **state)
{
    (void)state;
    char path[4] = "abc";
    assert_false(ui_data_dir(path, sizeof path));
    assert_string_equal(path, "");
    assert_false(ui_data_dir(path, 0));
}

static void path_that_fits_exactly_is_taken(void **state)
{
    (void)state;
    char path[4096];
    assert_true(ui_data_dir(path, sizeof path));
    size_t size = strlen(path) + 1;

    char exact[4096];
    assert_true(ui_data_dir(exact, size));
    assert_string_equal(exact, path);
    assert_false(ui_data_dir(exact, size - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_in_its_build_tree_uses_the_source_scenarios),
        cmocka_unit_test(path_that_does_not_fit_is_refused_and_left_empty),
        cmocka_unit_test(path_that_fits_exactly_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

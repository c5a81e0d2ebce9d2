#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/view/list.h"
#include "ui/view/record.h"
#include "ui/view/type.h"

// Draw commands: text that is made to fit, and the list as text.

static int open_list(void **state)
{
    static struct ui_list list;
    ui_list_init(&list);
    *state = &list;
    return 0;
}

static int close_list(void **state)
{
    ui_list_fini(*state);
    return 0;
}

static const struct ui_command *add(struct ui_list *l, double w, enum ui_align align,
                                    const char *text)
{
    struct ui_style style = { UI_MONO, 10, 0xffffffff, align, false };
    ui_add_text(l, "text", 7, (struct ui_rect){ 100, 50, w, 20 }, style, text);
    assert_false(l->failed);
    return &l->at[l->count - 1];
}

// A digit of the monospaced face is 0.6 of its size.
static void text_that_fits_is_left_alone(void **state)
{
    struct ui_list *l = *state;
    const struct ui_command *c = add(l, 30, UI_LEFT, "12345");
    assert_string_equal(ui_list_text(l, c), "12345");
    assert_false(c->is_cut);
    assert_true(c->w > 29.99 && c->w < 30.01);
    assert_true(c->x == 100);
    assert_true(c->y > 50 && c->y + c->h < 70);
}

static void text_that_does_not_fit_ends_with_an_ellipsis(void **state)
{
    struct ui_list *l = *state;
    const struct ui_command *c = add(l, 29.9, UI_LEFT, "12345");
    assert_true(c->is_cut);
    assert_string_equal(ui_list_text(l, c), "123\xe2\x80\xa6");
    assert_true(c->w <= 29.9);
    c = add(l, 29.9, UI_LEFT, "1 \xc2\xb5s or so");
    assert_string_equal(ui_list_text(l, c), "1 \xc2\xb5\xe2\x80\xa6");
    c = add(l, 29.9, UI_LEFT, "12 or so"); // no blank before it
    assert_string_equal(ui_list_text(l, c), "12\xe2\x80\xa6");
}

// Of names both ends are left, and each of their characters is whole.
static void name_that_does_not_fit_is_cut_in_the_middle(void **state)
{
    struct ui_list *l = *state;
    static const struct {
        double w;
        const char *name, *seen;
    } names[] = { { 60, "ledger-one", "ledger-one" },
                  { 54, "ledger-one", "ledg\xe2\x80\xa6-one" },
                  { 48, "ledger-one", "ledg\xe2\x80\xa6one" },
                  { 24, "\xc2\xb5\xc2\xb5-\xc2\xb5\xc2\xb5\xc2\xb5",
                    "\xc2\xb5\xc2\xb5\xe2\x80\xa6\xc2\xb5" },
                  { 6, "ledger-one", "\xe2\x80\xa6" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ui_style style = { UI_MONO, 10, 0xffffffff, UI_LEFT, true };
        ui_add_text(l, "name", 0, (struct ui_rect){ 0, 0, names[i].w + 0.01, 20 }, style,
                    names[i].name);
        const struct ui_command *c = &l->at[l->count - 1];
        assert_string_equal(ui_list_text(l, c), names[i].seen);
        assert_int_equal(c->is_cut, i > 0);
        assert_true(c->w <= names[i].w + 0.01);
    }
}

static void text_is_aligned_by_its_width(void **state)
{
    struct ui_list *l = *state;
    double right = add(l, 50, UI_RIGHT, "123")->x, centre = add(l, 50, UI_CENTRE, "123")->x;
    assert_true(right > 131.99 && right < 132.01);
    assert_true(centre > 115.99 && centre < 116.01);
}

static void control_characters_become_blanks(void **state)
{
    struct ui_list *l = *state;
    const struct ui_command *c = add(l, 200, UI_LEFT, "a\x1b[31m\nb\x7f");
    assert_string_equal(ui_list_text(l, c), "a [31m b ");
}

static void endless_text_is_cut_between_characters(void **state)
{
    struct ui_list *l = *state;
    char text[3001];
    for (size_t i = 0; i < 3000; i += 2)
        memcpy(text + i, "\xc2\xb5", 2);
    text[3000] = '\0';
    const struct ui_command *c = add(l, 1e6, UI_LEFT, text);
    const char *s = ui_list_text(l, c);
    assert_int_equal(strlen(s) % 2, 0);
    assert_true(strlen(s) < 600);
}

static void widths_grow_with_text_and_size(void **state)
{
    (void)state;
    assert_true(ui_type_width(UI_SANS, 12, "") == 0);
    assert_true(ui_type_width(UI_SANS, 12, "W") > ui_type_width(UI_SANS, 12, "i"));
    assert_true(ui_type_width(UI_BOLD, 12, "goodput") >
                ui_type_width(UI_SANS, 12, "goodput"));
    double once = ui_type_width(UI_SANS, 12, "goodput");
    double twice = ui_type_width(UI_SANS, 24, "goodput");
    assert_true(twice > 1.99 * once && twice < 2.01 * once);
}

struct text {
    char at[4096];
    size_t n;
};

static void put(void *ctx, const char *bytes, size_t n)
{
    struct text *t = ctx;
    assert_true(t->n + n < sizeof t->at);
    memcpy(t->at + t->n, bytes, n);
    t->n += n;
    t->at[t->n] = '\0';
}

static void list_is_written_a_line_a_command(void **state)
{
    struct ui_list *l = *state;
    struct text t = { .n = 0 };
    struct sim_sink sink = { put, &t };
    struct ui_point line[] = { { 1, 2 }, { 3, -0.0 } };
    l->panel = UI_LANES;
    ui_add_rect(l, "cell", 3, (struct ui_rect){ 1, 2, 3.125, 4 }, 0x112233ff);
    ui_add_line(l, "p99", 0, line, 2,
                (struct ui_command){ .stroke = 0xff0000ff, .width = 2 });
    ui_add_dot(l, 5, (struct ui_point){ 9, 8 }, 3, UI_MARK_ERROR, 0x000000ff);
    ui_record_write(l, &sink);
    assert_string_equal(t.at, "lanes rect cell 3: 1.00 2.00 3.12 4.00 fill 112233ff\n"
                              "lanes line p99 0: stroke ff0000ff 2.00 1.00 2.00 3.00 0.00\n"
                              "lanes dot error 5: 9.00 8.00 3.00 fill 000000ff\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_that_fits_is_left_alone, open_list,
                                        close_list),
        cmocka_unit_test_setup_teardown(text_that_does_not_fit_ends_with_an_ellipsis,
                                        open_list, close_list),
        cmocka_unit_test_setup_teardown(name_that_does_not_fit_is_cut_in_the_middle,
                                        open_list, close_list),
        cmocka_unit_test_setup_teardown(text_is_aligned_by_its_width, open_list,
                                        close_list),
        cmocka_unit_test_setup_teardown(control_characters_become_blanks, open_list,
                                        close_list),
        cmocka_unit_test_setup_teardown(endless_text_is_cut_between_characters, open_list,
                                        close_list),
        cmocka_unit_test(widths_grow_with_text_and_size),
        cmocka_unit_test_setup_teardown(list_is_written_a_line_a_command, open_list,
                                        close_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

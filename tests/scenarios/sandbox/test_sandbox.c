#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <lauxlib.h>

#include "scenarios/sandbox/arena.h"
#include "tests/scenarios/sandbox/script.h"

static void a_script_runs_and_prints(void **state)
{
    (void)state;
    struct script script;
    script_open(&script, scn_sandbox_default());
    assert_true(script_run(&script, "print('a', 1, nil, 2.5)\nprint()"));
    assert_string_equal(script.printed, "a    1    nil    2.5\n\n");
    script_close(&script);
}

static void an_error_has_place_excerpt_and_kind(void **state)
{
    (void)state;
    struct scn_error e = script_try("local x = 1\n\n  error('no good')");
    assert_int_equal(e.kind, SCN_ERROR_SCRIPT);
    assert_string_equal(e.file, "test.lua");
    assert_int_equal(e.line, 3);
    assert_string_equal(e.text, "no good");
    assert_string_equal(e.excerpt, "  error('no good')");

    e = script_try("x = = 2");
    assert_int_equal(e.kind, SCN_ERROR_SYNTAX);
    assert_int_equal(e.line, 1);
    e = script_try("local t = nil\nlocal y = t.x");
    assert_int_equal(e.line, 2);
    e = script_try("\nassert(false)");
    assert_int_equal(e.line, 2);
    assert_string_equal(e.text, "assertion failed!");
    e = script_try("\n\nerror({})");
    assert_int_equal(e.line, 3);
    assert_string_equal(e.text, "the script raised a value that is no text (table)");
    assert_string_equal(script_try("error()").text,
                        "the script raised a value that is no text (nil)");
    assert_string_equal(script_try("error(12)").text, "12");
}

static void a_message_cannot_lie_about_files(void **state)
{
    (void)state;
    struct scn_error e = script_try("\nerror('/etc/passwd:7: root', 0)");
    assert_string_equal(e.file, "test.lua");
    assert_int_equal(e.line, 2);
    assert_string_equal(e.text, "/etc/passwd:7: root");
}

static void long_names_are_told_whole(void **state)
{
    (void)state;
    struct script script;
    char name[200];
    memset(name, 'd', sizeof name);
    memcpy(name + sizeof name - 9, "/end.lua", 9);
    script_open(&script, scn_sandbox_default());
    assert_false(scn_sandbox_run(script.sandbox, name, "\nfoo()", 6, &script.error));
    assert_string_equal(script.error.file, name);
    assert_int_equal(script.error.line, 2);
    assert_false(scn_sandbox_run(script.sandbox, name, "\n\nerror'x'", 10, &script.error));
    assert_string_equal(script.error.file, name);
    assert_string_equal(script.error.text, "x");
    script_close(&script);
}

static void texts_only_and_of_limited_size(void **state)
{
    (void)state;
    struct script script;
    script_open(&script, scn_sandbox_default());
    struct scn_error *e = &script.error;
    assert_false(scn_sandbox_run(script.sandbox, "b.lua", "\x1bLua\x54", 5, e));
    assert_non_null(strstr(e->text, "compiled script"));
    size_t size = scn_sandbox_default().source_bytes + 1;
    char *blanks = malloc(size);
    memset(blanks, ' ', size);
    assert_false(scn_sandbox_run(script.sandbox, "l.lua", blanks, size, e));
    assert_non_null(strstr(e->text, "longer than a script may be (256 KiB)"));
    assert_true(scn_sandbox_run(script.sandbox, "l.lua", blanks, size - 1, e));
    free(blanks);
    assert_true(scn_sandbox_run(script.sandbox, "m.lua", "\xef\xbb\xbfx = 1", 8, e));
    assert_true(scn_sandbox_run(script.sandbox, "z.lua", "x = 'a\0b'", 9, e));
    assert_false(scn_sandbox_run(script.sandbox, "z.lua", "x = \0", 5, e));
    assert_true(scn_sandbox_run(script.sandbox, "e.lua", "", 0, e));
    char deep[5000];
    memset(deep, '(', sizeof deep);
    memcpy(deep, "x=", 2);
    assert_false(scn_sandbox_run(script.sandbox, "d.lua", deep, sizeof deep, e));
    assert_non_null(strstr(e->text, "d.lua: some 200 parentheses"));
    script_close(&script);
}

static void loading_is_charged_by_length(void **state)
{
    (void)state;
    static char blanks[40000];
    struct script script;
    memset(blanks, ' ', sizeof blanks);
    script_open(&script, script_small());
    scn_sandbox_allow(script.sandbox, 100000);
    assert_false(
        scn_sandbox_run(script.sandbox, "b.lua", blanks, sizeof blanks, &script.error));
    assert_int_equal(script.error.kind, SCN_ERROR_STEPS);
    script_close(&script);
}

static void an_error_leaves_the_sandbox_usable(void **state)
{
    (void)state;
    struct script script;
    script_open(&script, script_small());
    for (int i = 0; i < 100; i++)
        assert_false(script_run(&script, "local t = {} ; t.x.y = 1"));
    assert_int_equal(lua_gettop(scn_sandbox_lua(script.sandbox)), 0);
    assert_true(script_run(&script, "print('still here')"));
    assert_false(scn_sandbox_has_ended(script.sandbox));
    script_close(&script);
}

static void past_a_limit_every_door_is_shut(void **state)
{
    (void)state;
    struct script script;
    script_open(&script, script_small());
    assert_false(script_run(&script, "\nwhile true do end"));
    assert_int_equal(script.error.kind, SCN_ERROR_STEPS);
    assert_int_equal(script.error.line, 2);
    assert_string_equal(script.error.excerpt, "while true do end");
    assert_true(scn_sandbox_has_ended(script.sandbox));
    scn_sandbox_allow(script.sandbox, 1000000);
    assert_false(script_run(&script, "print('never')"));
    assert_int_equal(script.error.kind, SCN_ERROR_STEPS);
    assert_string_equal(script.printed, "");
    script_close(&script);
}

static void memory_is_counted_and_given_back(void **state)
{
    (void)state;
    struct script script;
    script_open(&script, script_small());
    lua_gc(scn_sandbox_lua(script.sandbox), LUA_GCCOLLECT);
    size_t before = scn_sandbox_bytes(script.sandbox);
    assert_in_range(before, 5000, 100000);
    assert_true(script_run(&script, "for i = 1, 20 do local t = {}\n"
                                    "for j = 1, 1000 do t[j] = {} end end"));
    assert_true(scn_sandbox_peak_bytes(script.sandbox) > before + 56000);
    lua_gc(scn_sandbox_lua(script.sandbox), LUA_GCCOLLECT);
    assert_in_range(scn_sandbox_bytes(script.sandbox), before, before + 4000);
    script_close(&script);
}

static void the_memory_cap_is_named_with_its_place(void **state)
{
    (void)state;
    struct scn_error e = script_try("local t = {}\n"
                                    "for i = 1, 1e9 do\n"
                                    "  t[i] = { i }\n"
                                    "end");
    assert_int_equal(e.kind, SCN_ERROR_MEMORY);
    assert_string_equal(e.text, "the script used more than 8 MiB of memory");
    assert_int_equal(e.line, 3);
}

static void a_sandbox_needs_memory_to_open(void **state)
{
    (void)state;
    struct scn_error error;
    struct scn_sandbox_def def = scn_sandbox_default();
    def.memory_bytes = 4000;
    assert_null(scn_sandbox_open(&def, &error));
    assert_int_not_equal(error.kind, SCN_ERROR_NONE);
    // Each size in which some part of opening fails.
    for (def.memory_bytes = 400; def.memory_bytes < 40000; def.memory_bytes += 100)
        scn_sandbox_close(scn_sandbox_open(&def, &error));
}

static void print_is_bounded_and_clean(void **state)
{
    (void)state;
    struct script script;
    struct scn_sandbox_def def = script_small();
    def.print_bytes = 1000;
    script_open(&script, def);
    assert_true(script_run(&script, "for i = 1, 5000 do print('\\27[2J') end"));
    assert_memory_equal(script.printed, "\\x1b[2J\n\\x1b[2J\n", 16);
    assert_in_range(script.length, 900, 1100);
    assert_non_null(strstr(script.printed, "the rest is left out"));
    script_close(&script);

    script_open(&script, script_small());
    assert_true(script_run(&script, "print(('y'):rep(100000))"));
    assert_in_range(script.length, 1000, 3000);
    script_close(&script);
}

// --- Names

static int word_double(lua_State *L)
{
    lua_pushnumber(L, 2 * luaL_checknumber(L, 1));
    return 1;
}

static int word_complain(lua_State *L)
{
    scn_raise(L, (struct scn_place){ NULL, 0 }, "known: a b", "in %s", lua_tostring(L, 1));
}

static int word_place(lua_State *L)
{
    struct scn_place place = scn_place_here(L);
    lua_pushfstring(L, "%s:%d", place.file, place.line);
    return 1;
}

static int word_work(lua_State *L)
{
    scn_charge(L, (int64_t)luaL_checkinteger(L, 1));
    return 0;
}

static int word_include(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    scn_load(L, "lib/x.lua", text, length);
    lua_call(L, 0, 1);
    return 1;
}

static int word_wait(lua_State *L)
{
    return lua_yield(L, lua_gettop(L));
}

static int add_words(lua_State *L)
{
    static const luaL_Reg words[] = {
        { "double", word_double },
        { "complain", word_complain },
        { "place", word_place },
        { "include", word_include },
        { "wait", word_wait },
        { "work", word_work },
        { NULL, NULL },
    };
    static const char *const later[] = { "gateway", "hedge", NULL };
    for (const luaL_Reg *word = words; word->name; word++) {
        lua_pushcfunction(L, word->func);
        scn_word_set(L, word->name);
    }
    scn_words_later(L, later);
    return 0;
}

static void open_with_words(struct script *script)
{
    script_open(script, script_small());
    assert_true(scn_sandbox_protect(script->sandbox, add_words, NULL, &script->error));
}

static void fails_with(struct script *script, const char *text, const char *message)
{
    assert_false(script_run(script, text));
    assert_string_equal(script->error.text, message);
}

static void unknown_names_are_errors_with_the_nearest(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    fails_with(&script, "duoble(2)",
               "there is no word or variable \"duoble\"; did you mean \"double\"?");
    fails_with(&script, "x = xylophone", "there is no word or variable \"xylophone\"");
    fails_with(&script, "x = True", "there is no word or variable \"True\"");
    assert_non_null(strstr(script.error.advice, "true, false and nil"));
    fails_with(&script, "x = None", "there is no word or variable \"None\"");
    assert_non_null(strstr(script.error.advice, "true, false and nil"));
    fails_with(&script, "counter = 1\nprint(conter)",
               "there is no word or variable \"conter\"; did you mean \"counter\"?");
    assert_int_equal(script.error.line, 2);
    script_close(&script);
}

static void words_to_come_are_not_there_yet(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    fails_with(&script, "gateway('edge')", "\"gateway\" is not there yet");
    fails_with(&script, "hedge = 1",
               "hedge is a word of the language; give your variable another name");
    script_close(&script);
}

static void absent_names_of_lua_say_why(void **state)
{
    (void)state;
    static const char *const names[] = {
        "os",           "io",           "debug",  "package",   "require",
        "load",         "loadfile",     "dofile", "coroutine", "collectgarbage",
        "setmetatable", "getmetatable", "rawset", "xpcall",    "_G"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[64], wanted[64];
        snprintf(text, sizeof text, "local x = %s", names[i]);
        snprintf(wanted, sizeof wanted, "%s is not there", names[i]);
        struct scn_error e = script_try(text);
        assert_string_equal(e.text, wanted);
        assert_int_not_equal(e.advice[0], '\0');
    }
}

static void words_cannot_be_replaced_and_globals_can(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    const char *wanted =
        "double is a word of the language; give your variable another name";
    fails_with(&script, "double = 1", wanted);
    fails_with(&script, "_ENV.double = 1", wanted);
    fails_with(&script, "function double() end", wanted);
    fails_with(&script, "pairs = nil",
               "pairs is a word of the language; give your variable another name");
    assert_true(script_run(&script, "n = 1; n = n + double(2); assert(n == 5)"));
    assert_true(script_run(&script, "local double = 7; assert(double == 7)"));
    script_close(&script);
}

static void raised_errors_carry_place_and_advice(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    fails_with(&script, "\n\ncomplain('x\\ny')", "in x y");
    assert_int_equal(script.error.line, 3);
    assert_string_equal(script.error.advice, "known: a b");
    assert_string_equal(script.error.excerpt, "complain('x\\ny')");
    assert_true(script_run(&script, "assert(place() == 'test.lua:1')\n"
                                    "assert(place() == 'test.lua:2')\n"
                                    "local ok, e = pcall(complain, 'y')\n"
                                    "assert(e == 'test.lua:3: in y\\nknown: a b', e)"));
    script_close(&script);
}

static void an_included_text_has_its_own_places(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    assert_true(script_run(&script, "assert(include('return 1 + 1') == 2)"));
    assert_false(script_run(&script, "include('\\n\\nerror(\"deep\")')"));
    assert_string_equal(script.error.file, "lib/x.lua");
    assert_int_equal(script.error.line, 3);
    assert_string_equal(script.error.excerpt, "error(\"deep\")");
    assert_false(script_run(&script, "include('x = ')"));
    assert_int_equal(script.error.kind, SCN_ERROR_SYNTAX);
    assert_string_equal(script.error.file, "lib/x.lua");
    assert_false(script_run(&script, "pcall(include, 'x = ')\nerror('later')"));
    assert_int_equal(script.error.kind, SCN_ERROR_SCRIPT);
    script_close(&script);
}

static void work_of_words_is_charged(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    assert_true(script_run(&script, "work(1000)"));
    assert_false(script_run(&script, "for i = 1, 5 do pcall(work, 1000000) end"));
    assert_int_equal(script.error.kind, SCN_ERROR_STEPS);
    script_close(&script);
}

// --- Calls and threads

static int push_thread(lua_State *L)
{
    lua_State **thread = lua_touserdata(L, 1);
    *thread = lua_newthread(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "thread");
    return 0;
}

static lua_State *start_thread(struct script *script, const char *name)
{
    lua_State *thread;
    assert_true(scn_sandbox_protect(script->sandbox, push_thread, &thread, &script->error));
    lua_rawgeti(thread, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_getfield(thread, -1, name);
    lua_remove(thread, -2);
    return thread;
}

static void functions_are_called_with_results(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    lua_State *L = scn_sandbox_lua(script.sandbox);
    assert_true(script_run(&script, "function add(a, b) return a + b end"));
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_getfield(L, -1, "add");
    lua_pushinteger(L, 2);
    lua_pushinteger(L, 3);
    assert_true(scn_sandbox_call(script.sandbox, 2, 1, &script.error));
    assert_int_equal(lua_tointeger(L, -1), 5);
    lua_pop(L, 1);
    lua_getfield(L, -1, "add");
    lua_pushnil(L);
    lua_pushinteger(L, 3);
    assert_false(scn_sandbox_call(script.sandbox, 2, 1, &script.error));
    assert_int_equal(script.error.line, 1);
    assert_int_equal(lua_gettop(L), 1);
    script_close(&script);
}

static void a_thread_yields_and_goes_on(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    assert_true(script_run(&script, "function f(x)\n"
                                    "  local y = wait(x + 1)\n"
                                    "  local ok, z = pcall(wait, y + 1)\n"
                                    "  return ok and z * 10\n"
                                    "end"));
    lua_State *thread = start_thread(&script, "f");
    int results;
    lua_pushinteger(thread, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            scn_sandbox_resume(script.sandbox, thread, 1, &results, &script.error),
            SCN_RESUMED_YIELDED);
        assert_int_equal(results, 1);
        assert_int_equal(lua_tointeger(thread, -1), i == 0 ? 2 : 6);
        lua_pop(thread, 1);
        lua_pushinteger(thread, 5);
    }
    assert_int_equal(scn_sandbox_resume(script.sandbox, thread, 1, &results, &script.error),
                     SCN_RESUMED_RETURNED);
    assert_int_equal(lua_tointeger(thread, -1), 50);
    script_close(&script);
}

static void a_failing_thread_tells_where_and_with_what(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    assert_true(script_run(&script, "function f()\n"
                                    "  wait()\n"
                                    "  error({ outcome = 'timeout' })\n"
                                    "end\n"
                                    "function g() undefined_name() end"));
    lua_State *thread = start_thread(&script, "f");
    int results;
    assert_int_equal(scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error),
                     SCN_RESUMED_YIELDED);
    assert_int_equal(scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error),
                     SCN_RESUMED_FAILED);
    assert_int_equal(script.error.line, 3);
    assert_true(lua_istable(thread, -1));
    thread = start_thread(&script, "g");
    assert_int_equal(scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error),
                     SCN_RESUMED_FAILED);
    assert_int_equal(script.error.line, 5);
    assert_string_equal(script.error.excerpt, "function g() undefined_name() end");
    script_close(&script);
}

static void each_resume_has_steps_of_its_own(void **state)
{
    (void)state;
    struct script script;
    open_with_words(&script);
    assert_true(script_run(&script, "function f() while true do\n"
                                    "  for i = 1, 20000 do end\n"
                                    "  wait()\n"
                                    "end end\n"
                                    "function g() while true do pcall(g) end end"));
    lua_State *thread = start_thread(&script, "f");
    int results;
    for (int i = 0; i < 200; i++)
        assert_int_equal(
            scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error),
            SCN_RESUMED_YIELDED);
    thread = start_thread(&script, "g");
    assert_int_equal(scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error),
                     SCN_RESUMED_FAILED);
    assert_int_equal(script.error.kind, SCN_ERROR_STEPS);
    assert_int_equal(script.error.line, 5);
    thread = scn_sandbox_lua(script.sandbox);
    assert_int_equal(scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error),
                     SCN_RESUMED_FAILED);
    script_close(&script);
}

static void all_resumes_together_have_an_end(void **state)
{
    (void)state;
    struct script script;
    struct scn_sandbox_def def = script_small();
    def.total_steps = 1000000;
    script_open(&script, def);
    assert_true(scn_sandbox_protect(script.sandbox, add_words, NULL, &script.error));
    assert_true(script_run(&script, "function f() while true do\n"
                                    "  for i = 1, 20000 do end\n"
                                    "  wait()\n"
                                    "end end"));
    lua_State *thread = start_thread(&script, "f");
    int results, count = 0;
    while (scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error) ==
           SCN_RESUMED_YIELDED)
        assert_in_range(++count, 1, 60);
    assert_in_range(count, 30, 60);
    assert_int_equal(script.error.kind, SCN_ERROR_STEPS);
    assert_string_equal(script.error.text,
                        "the script ran for more than 1000000 steps, all calls together");
    script_close(&script);
}

// The past comes back by copying bytes: a counter in an upvalue, inside a suspended thread.
static void a_copied_heap_goes_on_from_where_it_was(void **state)
{
    (void)state;
    if (!scn_arena_is_one_block)
        skip();
    struct script script;
    open_with_words(&script);
    assert_true(script_run(&script, "local n, log = 0, {}\n"
                                    "function f() while true do\n"
                                    "  n = n + 1; log[#log + 1] = ('x'):rep(n)\n"
                                    "  wait(n * 1000 + #log[#log])\n"
                                    "end end"));
    lua_State *thread = start_thread(&script, "f");
    int results;
    for (int i = 0; i < 10; i++) {
        scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error);
        lua_pop(thread, results);
    }
    void *base;
    size_t size = scn_sandbox_image(script.sandbox, &base);
    assert_in_range(size, 10000, 1 << 20);
    void *copy = malloc(size);
    memcpy(copy, base, size);
    for (int time = 0; time < 3; time++) {
        for (int i = 11; i < 500; i++) {
            assert_int_equal(
                scn_sandbox_resume(script.sandbox, thread, 0, &results, &script.error),
                SCN_RESUMED_YIELDED);
            assert_int_equal(lua_tointeger(thread, -1), i * 1000 + i);
            lua_pop(thread, results);
        }
        lua_gc(scn_sandbox_lua(script.sandbox), LUA_GCCOLLECT);
        memcpy(base, copy, size);
    }
    free(copy);
    script_close(&script);
}

static void sandboxes_do_not_know_each_other(void **state)
{
    (void)state;
    struct script a, b;
    script_open(&a, script_small());
    script_open(&b, script_small());
    assert_true(script_run(&a, "x = 1"));
    assert_false(script_run(&b, "print(x)"));
    assert_false(script_run(&a, "while true do end"));
    assert_true(script_run(&b, "print('alive')"));
    script_close(&a);
    script_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_runs_and_prints),
        cmocka_unit_test(an_error_has_place_excerpt_and_kind),
        cmocka_unit_test(a_message_cannot_lie_about_files),
        cmocka_unit_test(long_names_are_told_whole),
        cmocka_unit_test(texts_only_and_of_limited_size),
        cmocka_unit_test(loading_is_charged_by_length),
        cmocka_unit_test(an_error_leaves_the_sandbox_usable),
        cmocka_unit_test(past_a_limit_every_door_is_shut),
        cmocka_unit_test(memory_is_counted_and_given_back),
        cmocka_unit_test(the_memory_cap_is_named_with_its_place),
        cmocka_unit_test(a_sandbox_needs_memory_to_open),
        cmocka_unit_test(print_is_bounded_and_clean),
        cmocka_unit_test(unknown_names_are_errors_with_the_nearest),
        cmocka_unit_test(words_to_come_are_not_there_yet),
        cmocka_unit_test(absent_names_of_lua_say_why),
        cmocka_unit_test(words_cannot_be_replaced_and_globals_can),
        cmocka_unit_test(raised_errors_carry_place_and_advice),
        cmocka_unit_test(an_included_text_has_its_own_places),
        cmocka_unit_test(work_of_words_is_charged),
        cmocka_unit_test(functions_are_called_with_results),
        cmocka_unit_test(a_thread_yields_and_goes_on),
        cmocka_unit_test(a_failing_thread_tells_where_and_with_what),
        cmocka_unit_test(each_resume_has_steps_of_its_own),
        cmocka_unit_test(all_resumes_together_have_an_end),
        cmocka_unit_test(a_copied_heap_goes_on_from_where_it_was),
        cmocka_unit_test(sandboxes_do_not_know_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

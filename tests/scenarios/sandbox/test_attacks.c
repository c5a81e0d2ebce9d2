#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scenarios/sandbox/script.h"

// What an ill-meaning or unlucky script may try. Each must end by itself in the way that is
// written beside it; OK is for those that try, fail, and go on.

#define OK     SCN_ERROR_NONE
#define ERROR  SCN_ERROR_SCRIPT
#define SYNTAX SCN_ERROR_SYNTAX
#define STEPS  SCN_ERROR_STEPS
#define MEMORY SCN_ERROR_MEMORY
#define TEXT   SCN_ERROR_TEXT
#define VALUES SCN_ERROR_VALUES

struct attack {
    enum scn_error_kind end;
    const char *text;
};

static const struct attack attacks[] = {
    // Loops
    { STEPS, "while true do end" },
    { STEPS, "::again:: goto again" },
    { STEPS, "repeat until false" },
    { STEPS, "for i = 1, math.huge do end" },
    { STEPS, "for i = math.mininteger, math.maxinteger do end" },
    { STEPS, "local function f() return f() end f()" },
    { STEPS, "while true do pcall(function() while true do end end) end" },
    { STEPS, "local function f() pcall(f) while true do end end f()" },
    { STEPS, "while true do pcall(error) end" },
    { STEPS, "while true do pcall(pcall, pcall, error) end" },
    { STEPS,
      "local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end fib(60)" },
    { STEPS, "for a in function() return 1 end do end" },
    { STEPS, "local t = {} while true do t[1] = t[2] end" },
    // Loops inside of functions of the library
    { STEPS, "table.sort({ 3, 2, 1 }, function() while true do end end)" },
    { STEPS, "('x'):gsub('x', function() while true do end end)" },
    { STEPS, "while true do pcall(table.sort, { 3, 2, 1 }, function() error {} end) end" },
    { STEPS,
      "local t = {} for i = 1, 50000 do t[i] = i end while true do table.insert(t, 1, 0) t[#t] = nil end" },
    { STEPS,
      "local t = {} for i = 1, 50000 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end" },
    { STEPS,
      "local t = {} for i = 1, 50000 do t[i] = '' end while true do table.concat(t) end" },
    { STEPS,
      "local t = {} for i = -50000, 0 do t[i] = '' end while true do table.concat(t, '', -50000, 0) end" },
    { STEPS,
      "local t = {} for i = 1, 50000 do t[i] = i end while true do table.sort(t) end" },
    { STEPS,
      "local t = {} for i = 1, 50000 do t[i] = i end while true do for k in pairs(t) do break end end" },
    { STEPS,
      "local t = {} for i = 1, 20000 do t['k' .. i] = i end while true do next(t) end" },
    { STEPS, "table.move({}, 1, math.maxinteger - 1, 1, {})" },
    { ERROR, "table.move({ 1, 2 }, math.mininteger, -1, 1)" },
    // Patterns
    { STEPS, "(('a'):rep(1e5)):find(('a-'):rep(50) .. 'b')" },
    { STEPS, "(('a'):rep(1e5)):match(('a*'):rep(50) .. 'b')" },
    { STEPS, "(('a'):rep(1e5)):gsub(('a?'):rep(50) .. ('a'):rep(50) .. 'b', '')" },
    { STEPS, "for x in (('a'):rep(1e5)):gmatch('.-.-.-.-b') do end" },
    { STEPS, "(('('):rep(1e5)):find('%b()')" },
    { STEPS, "local s = ('a'):rep(2e5) while true do s:find('b', 1, true) end" },
    { STEPS,
      "local s, p = ('a'):rep(2e5), ('a'):rep(1e5) .. 'b' while true do s:find(p, 1, true) end" },
    { STEPS,
      "while true do pcall(string.find, ('a'):rep(1e5), ('.-'):rep(30) .. 'b') end" },
    { ERROR, "('a'):find(('a?'):rep(1000))" },
    { ERROR, "('a'):find(('('):rep(100))" },
    // Work that one instruction does
    { STEPS, "local a, b = ('x'):rep(2e5), ('x'):rep(2e5) while a == b do end" },
    { STEPS, "local s = ('x'):rep(2e5) while true do local t = s .. 'y' end" },
    { STEPS, "local s = ('9'):rep(2e5) while true do local n = s + 0 end" },
    { STEPS, "local s = ('x'):rep(2e5) while true do s:upper():lower():reverse() end" },
    { STEPS, "local s = ('x'):rep(2e5) while true do utf8.len(s) end" },
    { STEPS,
      "local t = {} for i = 1, 2 ^ 15 do t['k' .. i] = i end local i = 0 while true do i = i + 1 t['k' .. i] = nil t['n' .. i] = 1 end" },
    { STEPS,
      "local function f(...) return select('#', ...) end local t = {} for i = 1, 200 do t[i] = i end while true do f(table.unpack(t)) end" },
    { VALUES,
      "local function g(n, ...) if n == 0 then while true do select('#', ...) end end return g(n - 1, 1, ...) end g(4000)" },
    { VALUES, "local function g(...) return g(1, 2, 3, 4, 5, 6, 7, 8, 9, ...) end g()" },
    // Memory
    { MEMORY, "local t = {} while true do t = { t } end" },
    { MEMORY, "local t = {} for i = 1, 1e9 do t[i] = i end" },
    { MEMORY, "local t = {} for i = 1, 1e9 do t['k' .. i] = i end" },
    { MEMORY, "local t = {} for i = 1, 1e9 do t[i] = function() return i end end" },
    { MEMORY, "local t = {} for i = 1, 1e9 do t[i] = string.format('%99d%99d', i, i) end" },
    { MEMORY,
      "local t = {} while true do pcall(function() t[#t + 1] = { {}, {}, {} } end) end" },
    { MEMORY, "local s, t = ('x'):rep(1e5), {} for i = 1, 1e9 do t[i] = s .. i end" },
    { TEXT, "local s = 'x' while true do s = s .. s end" },
    { TEXT,
      "local s = ('x'):rep(2e5) pcall(function() return s .. s end) print('caught')" },
    { TEXT, "local t = {} for i = 1, 30 do t[i] = ('x'):rep(1e4) end table.concat(t)" },
    { TEXT, "(('x'):rep(1000)):gsub('x', ('y'):rep(1000))" },
    { TEXT,
      "string.format(('%s'):rep(3), ('x'):rep(1e5), ('x'):rep(1e5), ('x'):rep(1e5))" },
    { ERROR, "('x'):rep(1e9)" },
    { ERROR, "('x'):rep(-1):rep(1e18):rep(2):foo()" },
    { OK, "('x'):rep(1, ('y'):rep(1e5))" },
    { ERROR, "table.unpack({}, 1, 1e7)" },
    { ERROR, "table.unpack({}, math.mininteger, math.maxinteger)" },
    { ERROR, "string.byte(('x'):rep(1e5), 1, -1)" },
    { ERROR, "string.char(table.unpack({ 256 }))" },
    { ERROR, "string.format('%99999d', 1)" },
    // Depth
    { MEMORY, "local function f() return 1 + f() end pcall(f) print('caught')" },
    { OK,
      "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end assert(f(10000) == 10000)" },
    { ERROR, "local function f() return (('x'):gsub('x', f)) end f()" },
    { ERROR, "local function f() table.sort({ 2, 1 }, f) end f()" },
    { OK, "local function f() pcall(f) end f()" },
    { OK, "local s = 'x' for i = 1, 300 do s = 'y' end assert(s == 'y')" },
    // Errors that are odd values
    { ERROR, "error(nil)" },
    { ERROR, "error({})" },
    { ERROR, "error(print)" },
    { ERROR, "error(('x'):rep(2e5))" },
    { ERROR, "error(('\\n'):rep(1e4))" },
    { ERROR, "error('\\0\\27[2J\\255', 0)" },
    { ERROR, "error('not enough memory, he said', 0)" },
    { ERROR, "error('x', math.maxinteger)" },
    { ERROR, "error('x', 100)" },
    { ERROR, "error(-0.0)" },
    // Ways to what is not there
    { ERROR, "os.execute('true')" },
    { ERROR, "io.open('/etc/passwd')" },
    { ERROR, "require 'os'" },
    { ERROR, "load('return 1')()" },
    { ERROR, "local x = _G.os" },
    { ERROR, "_ENV.os.exit()" },
    { ERROR, "debug.getregistry()" },
    { ERROR, "coroutine.wrap(function() while true do end end)()" },
    { ERROR, "getmetatable('').__index.find = nil" },
    { ERROR, "setmetatable({}, { __gc = function() end })" },
    { ERROR, "collectgarbage('stop')" },
    { ERROR, "string.dump(function() end)" },
    { ERROR, "local _ENV = {} print(1)" },
    { ERROR, "_ENV = nil print(1)" },
    { OK, "local _ENV = { p = print } p(1)" },
    { OK, "string.rep = nil assert(pcall(function() return #'x' end))" },
    { OK, "local t = {} t.__index = t t.__gc = print t.__close = print t.__mode = 'k'" },
    { ERROR, "local x <close> = {}" },
    { SYNTAX, "local x <const> = 1 x = 2" },
    { ERROR, "for k in pairs(_ENV) do _ENV[k] = nil end _ENV.pairs = 1" },
    { ERROR, "pcall = function() end" },
    { ERROR, "local t = {} t[nil] = 1" },
    { ERROR, "local t = {} t[0 / 0] = 1" },
    { ERROR, "return 1 // 0" },
    { OK,
      "assert(math.mininteger // -1 == math.mininteger and math.mininteger % -1 == 0)" },
    { OK, "for i = math.maxinteger - 1, math.maxinteger do end" },
    { OK, "local t = {} t[t] = t t[1] = t assert(t[1][t] == t)" },
    { OK, "local t = { 1, 2, nil, 4 } local n = #t assert(n == 4 or n == 2)" },
};

static void attacks_end_as_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        struct scn_error error = script_try(attacks[i].text);
        if (error.kind != attacks[i].end)
            fail_msg("ended as %d in place of %d (%s): %s", error.kind, attacks[i].end,
                     error.text, attacks[i].text);
    }
}

// No error of a script may bring a control character or an address to the terminal.
static void errors_are_harmless_to_show(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        struct scn_error error = script_try(attacks[i].text);
        char shown[4096];
        if (error.kind == SCN_ERROR_NONE)
            continue;
        scn_error_format(&error, shown, sizeof shown);
        assert_null(strstr(shown, "0x"));
        for (const char *c = shown; *c; c++)
            assert_true((unsigned char)*c >= ' ' || *c == '\n');
    }
}

// Text that is long, and text that is deep: each way to nest, repeated.
static void attack_by_source(const char *start, const char *middle, int times,
                             const char *finish)
{
    static char text[400000];
    size_t length = 0, width = strlen(middle);
    length += (size_t)snprintf(text, sizeof text, "%s", start);
    for (int i = 0; i < times && length + width + 100 < sizeof text; i++) {
        memcpy(text + length, middle, width);
        length += width;
    }
    snprintf(text + length, sizeof text - length, "%s", finish);
    struct script script;
    script_open(&script, scn_sandbox_default());
    if (!script_run(&script, text) && script.error.kind == SCN_ERROR_STEPS)
        fail_msg("%s %s... ended as %s", start, middle, script.error.text);
    script_close(&script);
}

static void texts_of_any_shape_are_parsed_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *start, *middle;
        int times;
    } shapes[] = {
        { "local x = ", "(", 100000 },
        { "local x = ", "{", 100000 },
        { "", "do ", 50000 },
        { "local x = ", "-", 100000 },
        { "local x = ", "not ", 30000 },
        { "x = 1", " .. 1", 20000 },
        { "x = 1", " ^ 1", 20000 },
        { "x = 1", " + 1", 20000 },
        { "", "function f() ", 8000 },
        { "x = print", "()", 50000 },
        { "x = {", "1,", 30000 },
        { "local a", ", a", 30000 },
        { "", "local a ", 10000 },
        { "x = a", ".b", 50000 },
        { "", "if x then ", 10000 },
        { "x = [", "=", 100000 },
        { "x = '", "\\z", 50000 },
        { "", "goto a ", 15000 },
        { "--[[", "]", 100000 },
        { "", "\xff", 1000 },
        { "", "\0", 1 },
        { "", ";", 100000 },
        { "x = 0x", "f", 100000 },
        { "x = ", "9", 100000 },
        { "x = function(", "a,", 30000 },
        { "x = a", " and a", 10000 },
        { "if x then", " elseif x then", 8000 },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        attack_by_source(shapes[i].start, shapes[i].middle, shapes[i].times, "");
}

// Memory refused at each point of a run: no leak, no crash, and always an answer.
static void memory_may_end_anywhere(void **state)
{
    (void)state;
    static const char text[] =
        "local t = {}\n"
        "for i = 1, 60 do t[i] = { name = 'k' .. i, f = function() return i end } end\n"
        "table.sort(t, function(a, b) return a.name < b.name end)\n"
        "for k, v in pairs(t[1]) do t[k] = v end\n"
        "local s = ('abc'):rep(50):gsub('b', function(c) return c:upper() .. c end)\n"
        "for w in s:gmatch('%u') do t[#t + 1] = w end\n"
        "pcall(function() local u = {} for i = 1, 50 do u[i] = { i } end end)\n"
        "print(string.format('%s %d', s, #t), table.concat({ 1, 2, 3 }, ','))\n"
        "undefined_word()";
    struct scn_sandbox_def def = script_small();
    int failed = 0;
    for (size_t bytes = 20000; bytes < 60000; bytes += 97) {
        struct scn_error error = { .kind = SCN_ERROR_NONE };
        def.memory_bytes = bytes;
        struct scn_sandbox *sandbox = scn_sandbox_open(&def, &error);
        if (!sandbox)
            continue;
        assert_false(scn_sandbox_run(sandbox, "t.lua", text, sizeof text - 1, &error));
        assert_true(error.kind == SCN_ERROR_MEMORY || error.kind == SCN_ERROR_SCRIPT);
        failed += error.kind == SCN_ERROR_MEMORY;
        assert_int_not_equal(error.text[0], '\0');
        scn_sandbox_close(sandbox);
    }
    assert_in_range(failed, 20, 400);
}

// Steps refused at each point of a run.
static void steps_may_end_anywhere(void **state)
{
    (void)state;
    static const char text[] = "local function f() pcall(f) end\n"
                               "while true do\n"
                               "  pcall(f)\n"
                               "  local t = {} for i = 1, 100 do t[i] = ('x'):rep(i) end\n"
                               "  pcall(table.sort, t, function(a, b) return a > b end)\n"
                               "  pcall(string.gsub, t[1], 'x', f)\n"
                               "  for k in pairs(t) do t[k] = nil end\n"
                               "end";
    struct scn_sandbox_def def = script_small();
    for (int64_t steps = 20000; steps < 120000; steps += 991) {
        struct scn_error error;
        def.build_steps = steps;
        struct scn_sandbox *sandbox = scn_sandbox_open(&def, &error);
        assert_non_null(sandbox);
        assert_false(scn_sandbox_run(sandbox, "t.lua", text, sizeof text - 1, &error));
        assert_int_equal(error.kind, SCN_ERROR_STEPS);
        assert_in_range(error.line, 1, 8);
        scn_sandbox_close(sandbox);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attacks_end_as_they_should),
        cmocka_unit_test(errors_are_harmless_to_show),
        cmocka_unit_test(texts_of_any_shape_are_parsed_or_refused),
        cmocka_unit_test(memory_may_end_anywhere),
        cmocka_unit_test(steps_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "scenarios/sandbox/slips.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// The first that fits: a part of the message, and of the line, where "^" is its begin. NULL: any.
struct slip {
    const char *said, *line, *advice;
};

#define EQUALS_GIVES "a key, and a name, is given with =: handler = io(5*ms)"
#define NO_COLON \
    "a block has no colon: if x then ... end, for i = 1, 3 do ... end, while x do ... end"
#define LOCAL    "a variable is made by local: local rate = 300"
#define BRACES   "a list stands in braces: { python(2*ms), io(5*ms) }"
#define FACTOR   "a unit is a factor: 2*ms, 30*s"
#define COMMENT  "a comment begins with --"
#define INCLUDES "another script is brought in by include \"part.lua\""
#define FUNCTION "a function is function(x) return x * 2 end"
#define NO_PLUS  "there is no += and no ++: n = n + 1"

static const struct slip slips[] = {
    { "near ':'", ":=", "a name is given with =: local db = service(...)" },
    { "'then' expected near ':'", NULL, NO_COLON },
    { "'do' expected near ':'", NULL, NO_COLON },
    { "<name> expected near <eof>", NULL, NO_COLON },
    { "<name> expected near", "^if ", NO_COLON },
    { "<name> expected near", "^for ", NO_COLON },
    { "<name> expected near", "^while ", NO_COLON },
    { "<name> expected near", "^else", NO_COLON },
    { "<name> expected near", ":", EQUALS_GIVES },
    { "'then' expected near '='", NULL, "equal is ==; one = gives a value" },
    { "'then' expected near 'else'", NULL, "a choice is x and a or b" },
    { "'then' expected", NULL, "a choice is if x then ... end, without a colon" },
    { "'do' expected", NULL, "a loop is for i = 1, 3 do ... end, or while x do ... end" },
    { "'=' or 'in' expected", NULL, "a loop is for i = 1, 3 do ... end" },
    { NULL, "^import ", INCLUDES },
    { "syntax error near", "^from ", INCLUDES },
    { NULL, "^def ", "a function is function name(x) ... end" },
    { NULL, "^var ", LOCAL },
    { NULL, "^let ", LOCAL },
    { NULL, "^const ", LOCAL },
    { NULL, "^elif ", "it is elseif x then" },
    { "function arguments expected", "lambda", FUNCTION },
    { "syntax error near", "lambda", FUNCTION },
    { "near '?'", NULL, "a choice is x and a or b" },
    { "near '!'", "!=", "unequal is ~=" },
    { "near '!'", NULL, "a denial is not x" },
    { "near '&'", NULL, "both is a and b" },
    { "near '|'", NULL, "either is a or b" },
    { "near '+'", "+=", NO_PLUS },
    { "near '+'", "++", NO_PLUS },
    { "near '-'", "-=", "there is no -=: n = n - 1" },
    { "near '*'", "*=", "there is no *=: n = n * 2" },
    { "near '['", NULL, BRACES },
    { "near ']'", NULL, BRACES },
    { "near '='", "\" =", "a key stands without quotes: { handler = io(5*ms) }" },
    { "'}' expected near ':'", NULL,
      "a key stands without quotes and is given with =: { handler = io(5*ms) }" },
    { "near ':'", NULL, EQUALS_GIVES },
    { "malformed number", NULL, FACTOR },
    { "near 'ms'", NULL, FACTOR },
    { "near 'us'", NULL, FACTOR },
    { "near 's'", NULL, FACTOR },
    { "near '<\\", NULL, "a text stands between plain quotation marks: \"users\"" },
    { "near '/", NULL, COMMENT },
    { "near '#'", NULL, COMMENT },
    { "<eof>", NULL, "is a } or ) missing?" },
    { "')' expected", NULL,
      "is a comma missing, or the braces: word(name, { key = value })?" },
    { "'}' expected", NULL, "is a comma missing before it, or a } above?" },
    { "unfinished string", NULL,
      "a text ends on its line with the mark that it began with" },
    { "(for iterator", NULL, "a list is gone through by for i, x in ipairs(list) do" },
    { "attempt to add a 'string'", NULL, "texts are joined by ..: \"api \" .. i" },
};

static bool has(const char *line, const char *part)
{
    if (!part)
        return true;
    if (part[0] != '^')
        return strstr(line, part);
    line += strspn(line, " \t");
    return strncmp(line, part + 1, strlen(part + 1)) == 0;
}

static const char *advice_for(const struct scn_error *error)
{
    bool is_syntax = error->kind == SCN_ERROR_SYNTAX;
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++)
        if ((slips[i].said ? has(error->text, slips[i].said) : is_syntax) &&
            has(error->excerpt, slips[i].line))
            return slips[i].advice;
    return NULL;
}

// "handler: io(5*ms)" calls a method of handler, to Lua; f"..." calls f.
static const char *advice_on_name(const struct scn_error *error, const char *name)
{
    char colon[64], text[64];
    snprintf(colon, sizeof colon, "%.50s: ", name);
    snprintf(text, sizeof text, "%.50s\"", name);
    if (strstr(error->excerpt, colon))
        return EQUALS_GIVES;
    if (strcmp(name, "f") == 0 && strstr(error->excerpt, text))
        return "texts are joined by ..: \"api \" .. i";
    return "the name of a thing stands in quotes";
}

void scn_slips_advise(struct scn_error *error)
{
    static const char no_word[] = "there is no word or variable \"";
    char name[64];
    const char *advice = NULL;
    if (error->advice[0])
        return;
    if (strncmp(error->text, no_word, sizeof no_word - 1) == 0) {
        size_t n = strcspn(error->text + sizeof no_word - 1, "\"");
        snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63),
                 error->text + sizeof no_word - 1);
        advice = strchr(error->text, ';') ? NULL : advice_on_name(error, name);
    } else {
        advice = advice_for(error);
    }
    if (advice)
        snprintf(error->advice, sizeof error->advice, "%s", advice);
}

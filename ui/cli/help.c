#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenarios/host/scenario.h"
#include "scenarios/sandbox/suggest.h"
#include "ui/cli/cli.h"

// convoy help WORD.

void ui_print_wrapped(FILE *f, const char *text, int first, int others)
{
    uint32_t width = ui_terminal_of(f == stderr ? STDERR_FILENO : STDOUT_FILENO).width;
    width = width < 100 ? width : 100;
    size_t column = (size_t)fprintf(f, "%*s", first, "");
    bool begins = true;
    for (const char *p = text; *p; begins = false) {
        size_t n = strcspn(p, " ");
        if (!begins && column + 1 + n > width) {
            column = (size_t)fprintf(f, "\n%*s", others, "") - 1;
            begins = true;
        }
        column += (size_t)fprintf(f, "%s%.*s", begins ? "" : " ", (int)n, p);
        p += n;
        p += *p == ' ';
    }
    fputc('\n', f);
}

static void print_word(const struct scn_word *word)
{
    ui_print_wrapped(stdout, word->usage, 0, 4);
    ui_print_wrapped(stdout, word->help, 2, 2);
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// A word of its own within the text: not a part of a longer one.
static bool names(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = strstr(text, word); n > 0 && p; p = strstr(p + 1, word))
        if ((p == text || !is_letter(p[-1])) && !is_letter(p[n]))
            return true;
    return false;
}

// A choice that the help of a word names in quotes: "tenacity", "p2c".
static bool offers(const char *help, const char *choice)
{
    char quoted[80];
    snprintf(quoted, sizeof quoted, "\"%.70s\"", choice);
    return strstr(help, quoted);
}

// A key of a table inside of a word's own, whose default stands behind it: "choices (2".
static bool explains(const char *help, const char *key)
{
    char with_default[80];
    snprintf(with_default, sizeof with_default, "%.70s (", key);
    const char *at = strstr(help, with_default);
    return at && (at == help || !is_letter(at[-1]));
}

// What can happen is written as it is called: "crash()", "deploy {max_surge". A key of its own table
// has an underscore, as no word of a sentence has.
static bool tells_of(const char *help, const char *what)
{
    char call[80], table[80];
    snprintf(call, sizeof call, "%.70s(", what);
    snprintf(table, sizeof table, "%.70s {", what);
    return strstr(help, call) || strstr(help, table) ||
           (strchr(what, '_') && names(help, what));
}

// Keys, choices and what can happen have no page of their own: the words that name them have.
static bool help_with_part(const char *word)
{
    uint32_t n;
    if (!is_letter(word[0]))
        return false;
    bool found = false;
    const struct scn_word *words = scn_words(&n);
    for (uint32_t i = 0; i < n; i++) {
        bool is_key = names(words[i].usage, word);
        const char *help = words[i].help;
        if (!is_key && !offers(help, word) && !tells_of(help, word) &&
            !explains(help, word))
            continue;
        printf("%s\"%s\" belongs to:\n", found ? "\n" : "", word);
        print_word(&words[i]);
        found = true;
    }
    return found;
}

// What is a word by itself may be a choice of others too.
static void print_others(const char *choice)
{
    uint32_t n;
    const struct scn_word *words = scn_words(&n);
    for (uint32_t i = 0; i < n; i++)
        if (!ui_is_among(words[i].name, choice) && offers(words[i].help, choice))
            printf("  See also: convoy help %s\n", words[i].name);
}

// The word itself has a page.
static bool help_with_word(const char *word)
{
    uint32_t n;
    const struct scn_word *words = scn_words(&n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ui_is_among(words[i].name, word))
            continue;
        print_word(&words[i]);
        if (strcmp(word, "cpython") == 0)
            ui_help_runtimes();
        print_others(word);
        return true;
    }
    return false;
}

static bool will_be(const char *word)
{
    for (const char *const *later = scn_words_planned(); *later; later++)
        if (strcmp(*later, word) == 0)
            return true;
    return false;
}

// The nearest of the language's words, of figures, and of options.
static void complain_unknown(const char *word)
{
    struct scn_suggestion near;
    char clean[400], advice[100], known[4096] = "known:";
    uint32_t n;
    size_t at = strlen(known);
    scn_suggest_init(&near, word);
    ui_help_offer_metrics(&near);
    ui_usage_offer_options(&near);
    const struct scn_word *words = scn_words(&n);
    for (uint32_t i = 0; i < n; i++) {
        scn_suggest_offer(&near, words[i].name);
        at += (size_t)snprintf(known + at, sizeof known - at, " %s", words[i].name);
        at = at < sizeof known ? at : sizeof known - 1;
    }
    scn_text_clean(clean, sizeof clean, word, strlen(word), 80, 1);
    ui_complain("there is no word \"%s\"%s", clean,
                scn_suggest_text(&near, advice, sizeof advice));
    ui_print_wrapped(stderr, known, 0, 2);
    ui_print_wrapped(stderr, "and what is measured: convoy help metrics", 0, 2);
}

// A word of the language may be a command too, as run is in a measure, and a figure, as retries are.
enum ui_status ui_help(const char *word)
{
    if (ui_help_runtime(word) || ui_usage_of_option(word))
        return UI_WELL;
    bool is_planned = will_be(word), is_word = help_with_word(word);
    bool is_part = !is_word && !is_planned && help_with_part(word);
    bool is_command = ui_usage_of(word);
    bool is_metric = ui_help_metric(word, is_word || is_part || is_command);
    bool is_there = is_word || is_part || is_command || is_metric;
    if (is_there && is_planned)
        printf("As a word of the language it is not there yet.\n");
    if (is_there)
        return UI_WELL;
    if (is_planned) {
        ui_complain("\"%s\" is a word of the language that is not there yet", word);
        return UI_NO_VERDICT;
    }
    complain_unknown(word);
    return UI_BAD_INPUT;
}

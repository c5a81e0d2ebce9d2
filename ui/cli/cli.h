#ifndef UI_CLI_CLI_H
#define UI_CLI_CLI_H

// The convoy program: one function a command, and what they share. Results go to standard
// output, everything else to standard error.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "scenarios/runner/runner.h"
#include "sim/report/sink.h"

#define UI_VERSION "0.1.0"
#ifdef NDEBUG
#    define UI_BUILD "release"
#else
#    define UI_BUILD "debug"
#endif

struct scn_suggestion;

// Exit status, the same for every command.
enum ui_status {
    UI_WELL = 0,
    UI_FAILED = 1,     // an expectation, check or comparison failed
    UI_BAD_INPUT = 2,  // the script or the command line is at fault
    UI_NO_VERDICT = 3, // a run's cap, undecided, something absent here
    UI_OUR_ERROR = 4,  // such as unbalanced books
    UI_INTERRUPTED = 130
};

struct ui_options {
    const char *files[64];
    uint32_t file_count;
    struct scn_setting settings[64];
    uint32_t setting_count;
    uint64_t seed;
    bool has_seed;    // it was given
    uint32_t seeds;   // 0: one run
    uint32_t seconds; // of real time; 0: as the command thinks right
    const char *variant;
    double until_s;      // below 0: the end
    double from_s, to_s; // below 0: from the warm-up, to the end
    const char *trace;
    const char *report;   // a page of HTML
    const char *evidence; // file for what is done at the window
    const char *sheet;    // file for whoever leads an interview
    const char *impl;     // an implementation from outside
    const char *rows;     // a file of published figures
    bool twice, json, quiet, frame, blind;
    struct sim_limits limits;
    double at_s;          // moment of a picture; below 0: none was given
    const char *out;      // file of a picture; NULL: none was given
    double width, height; // of a picture, in points
    double scale;         // pixels a point
    const char *theme;    // as it was given
    const char *panel;    // NULL: all
};

// Reads what follows the command. Each command says which options it takes: the letters of
// its list are those of the table in options.c. False after a message: bad input.
bool ui_options_read(int argc, char **argv, const char *command, const char *takes,
                     struct ui_options *o);

// How each command is called; usage is printed to whoever asked for it, or did not ask right.
void ui_usage(FILE *f);
bool ui_usage_of(const char *command); // of one, on standard output; false: there is none
bool ui_is_among(const char *names, const char *name); // names stand apart by blanks
void ui_usage_options(const char *takes);    // what each of those does, on standard output
bool ui_usage_of_option(const char *option); // "--seed", or "-o"; false: there is none
void ui_usage_offer_options(struct scn_suggestion *near);

enum ui_status ui_run(const struct ui_options *o);
enum ui_status ui_seeds(const struct ui_options *o);
enum ui_status ui_twice(const struct ui_options *o);
enum ui_status ui_check(const struct ui_options *o);
enum ui_status ui_compare(const struct ui_options *o);
enum ui_status ui_profile(const struct ui_options *o);
enum ui_status ui_bench(const struct ui_options *o);
enum ui_status ui_calibrate(const struct ui_options *o);
enum ui_status ui_verify(const struct ui_options *o);      // files: mechanisms
enum ui_status ui_verify_impl(const struct ui_options *o); // files: one pattern
enum ui_status ui_lab(const struct ui_options *o);         // files: what, of what, where
enum ui_status ui_bench_frame(const struct ui_options *o);
enum ui_status ui_open(const struct ui_options *o);
enum ui_status ui_render(const struct ui_options *o);
enum ui_status ui_report(const struct ui_options *o);
enum ui_status ui_help(const char *word);

// Becomes the program beside this one, which draws pictures. Returns where there is none.
void ui_go_beside(char **argv);

// What a figure says, by its name, a part of it ("gil"), a path, or "metrics" for all; behind a blank
// line where more stands before it. False: there is none.
bool ui_help_metric(const char *word, bool goes_on);
void ui_help_offer_metrics(struct scn_suggestion *near);

// Breaks lines at blanks, for the terminal that f is; the first is indented so far, the others by so much.
void ui_print_wrapped(FILE *f, const char *text, int first, int others);

void ui_help_runtimes(void);            // all presets of cpython
bool ui_help_runtime(const char *word); // false unless it is such as "cpython 3.12"

// ---- What commands share ----

struct sim_sink ui_stdout(void);
bool ui_stdout_ok(void); // everything written so far has arrived

struct ui_terminal {
    uint32_t width;
    bool colour, utf8;
};
struct ui_terminal ui_terminal_of(int fd);

// Text of a script or a file's name on a terminal: control characters made harmless.
void ui_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void ui_complain_unknown(const char *what, const char *word, const char *const *known);
void ui_complain_error(const struct scn_error *error);
// Where and for what a run was stopped; variant may be NULL.
void ui_complain_stop(const char *variant, uint64_t seed, const struct scn_stop *stop);

// Loads the only file of the options; false after a message.
bool ui_load(const struct ui_options *o, struct scn_script *script);
void ui_job(const struct ui_options *o, const struct scn_script *script,
            struct scn_job *job);
// Says that --until has no effect where the scenario ends before it.
void ui_tell_until(const struct ui_options *o, struct scn_scenario *s);

// Shows progress on standard error after a second, and tells of Ctrl-C: give it as watch.
bool ui_watch(void *ctx, sim_time now, sim_time end);
void ui_watch_done(void);
void ui_watch_signals(void);
// The same, and Ctrl-C says that text at once: what cannot end at once.
void ui_watch_signals_saying(const char *text);
bool ui_is_interrupted(void);

// What the end of a run and its verdicts come to.
enum ui_status ui_status_of(const struct scn_result *result,
                            const struct scn_judged *judged);

double ui_clock(void); // seconds, monotonic

// Whether the folder of that file can be written to: asked for before a run is made that may
// take its time. Complains when not.
bool ui_has_folder(const char *command, const char *option, const char *path);

#endif

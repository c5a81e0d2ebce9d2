#ifndef SCN_HOST_SCENARIO_H
#define SCN_HOST_SCENARIO_H

// A scenario: what a script describes. Opening one runs the script once, with some knobs
// turned, and gives a sealed model, what goes wrong and when, and what should be true
// afterwards. Handlers that are functions keep the script's state alive, so a scenario
// lives as long as the runs made from it, and serves one run at a time.

#include <stdbool.h>
#include <stdint.h>

#include "scenarios/sandbox/sandbox.h"
#include "sim/fault/fault.h"
#include "sim/report/metric.h"
#include "sim/world/world.h"

enum scn_knob_type {
    SCN_KNOB_NUMBER,
    SCN_KNOB_BOOLEAN,
    SCN_KNOB_CHOICE
};

struct scn_knob {
    char name[64];
    char unit[24];
    enum scn_knob_type type;
    double number, min, max; // a boolean is 0 or 1; a choice its place among the choices
    double standard;         // the script's default
    char choices[16][48];
    uint32_t choice_count;
    bool is_set; // by the caller or the variant
    int line;
};

// A knob's setting as text, from the command line or a variant: "0.5", "true", "to_thread".
struct scn_setting {
    char knob[64];
    char value[64];
};

struct scn_variant {
    char name[64];
    struct scn_setting settings[16];
    uint32_t count;
    int line;
};

struct scn_expectation {
    char claim[160], because[320], path[160];
    char variant[64];     // the one that it is about, "" for the default
    char relative_to[64]; // measured as a multiple of the same in that variant, "" for not
    sim_time from, to;    // window; to SIM_NEVER: the end
    bool has_least, has_most;
    double least, most;
    double share; // of the seeds that must hold; 1: all
    int measure;  // reference of a function, or SCN_NO_FUNCTION
    int line;
    struct sim_metric metric;
};

#define SCN_NO_FUNCTION -2

struct scn_remark {
    char text[240];
    int line;
};

// A file's content, owned by whoever asked, freed with free().
struct scn_file {
    char *text;
    size_t length;
};

struct scn_request {
    const char *file; // its name, for messages
    const char *text; // its content
    size_t length;
    // Reads a file that lies beside the script or in the shipped library; false when there is
    // none. NULL: there are no files.
    bool (*read_file)(void *ctx, const char *name, struct scn_file *file);
    void *ctx;
    const char *variant;                // "" or NULL: the default
    const struct scn_setting *settings; // stronger than the variant's
    uint32_t setting_count;
    // What happens besides what the script says, in the order in which it was thought of; the
    // amount of a latency is in seconds. A knob may be turned where no handler is a function, and
    // where it stands for numbers only (sim_model_apart).
    const struct sim_fault *added;
    uint32_t added_count;
    bool sets_nothing;      // of a copy for its numbers: it sets no knobs while it runs
    uint64_t script_memory; // bytes; 0: 64 MiB
    uint64_t script_steps;  // of building, and of each resume; 0: the sandbox's defaults
};

struct scn_scenario;

// NULL with the error filled in when the script, a setting or the variant is at fault.
struct scn_scenario *scn_scenario_open(const struct scn_request *request,
                                       struct scn_error *error);
void scn_scenario_close(struct scn_scenario *s);

struct sim_model *scn_scenario_model(struct scn_scenario *s);
const char *scn_scenario_name(const struct scn_scenario *s);
const char *scn_scenario_about(const struct scn_scenario *s);
uint32_t scn_scenario_seeds(const struct scn_scenario *s); // that it asks for; 1 or more
const struct sim_fault *scn_scenario_faults(const struct scn_scenario *s, uint32_t *n);
// Whether what a fault waits for holds now, at a moment of a run that goes on.
bool scn_scenario_holds(const struct scn_scenario *s, const struct sim_run *run,
                        uint32_t fault);
// A fault that waited was at work from then on, or SIM_NEVER: its times are from here on what they
// were in that run.
void scn_scenario_began(struct scn_scenario *s, uint32_t fault, sim_time at);
// The same of what ends by itself, once, and did then.
void scn_scenario_ended(struct scn_scenario *s, uint32_t fault, sim_time at);
const struct scn_knob *scn_scenario_knobs(const struct scn_scenario *s, uint32_t *n);
const struct scn_variant *scn_scenario_variants(const struct scn_scenario *s, uint32_t *n);
const struct scn_expectation *scn_scenario_expectations(const struct scn_scenario *s,
                                                        uint32_t *n);
// What the linter has to say; the more the later it is asked.
const struct scn_remark *scn_scenario_remarks(struct scn_scenario *s, uint32_t *n);

// Sets a knob to what a text says, as on the command line. False with what is wrong.
bool scn_knob_set(struct scn_knob *k, const char *text, char *wrong, size_t size);

// A number with a unit behind it or none: "300", "80ms", "1.5*s", "2 MB".
bool scn_number_of(const char *text, double *x);

// For struct sim_run_def; NULL when no handler is a function. The error of a run that ends
// as SIM_SCRIPT_ERROR is in scn_scenario_script_error.
const struct sim_script *scn_scenario_script(struct scn_scenario *s);
const struct scn_error *scn_scenario_script_error(const struct scn_scenario *s);

// Calls an expectation's own function on a finished run. False with the error set.
bool scn_scenario_measure(struct scn_scenario *s, const struct scn_expectation *e,
                          const struct sim_run *run, double *value,
                          struct scn_error *error);

// What was printed by the script while it was built.
const char *scn_scenario_printed(const struct scn_scenario *s);

// The words of the language: how each is written, and what it means.
struct scn_word {
    const char *name, *usage, *help;
};
const struct scn_word *scn_words(uint32_t *n);

// Words that the language will have; NULL after the last.
const char *const *scn_words_planned(void);

#endif

#ifndef UI_CLI_COMPARE_H
#define UI_CLI_COMPARE_H

// The figures of all variants of a scenario beside one another, and how they are shown.

#include <stdbool.h>
#include <stdint.h>

#include "scenarios/runner/sweep.h"
#include "ui/cli/cli.h"

#define UI_COMPARE_SEEDS 5

struct ui_compare_row {
    char path[160]; // of a metric
    bool is_time, is_share, is_memory;
    bool is_told; // also where no variant has any
};

struct ui_compare {
    const struct ui_options *o;
    const struct scn_script *script;
    char (*names)[64]; // of variants
    uint32_t variants, rows;
    struct ui_compare_row *row;
    double *x;              // see ui_compare_at
    struct scn_error error; // of building
    struct ui_compare_end {
        enum scn_end end; // SCN_INTERRUPTED where it was not begun
        struct scn_error error;
        struct scn_stop stop;
    } * ends; // by variant and seed
};

// A row's figures of a variant, one a seed; NAN where the variant lacks it.
double *ui_compare_at(const struct ui_compare *t, uint32_t row, uint32_t variant);

enum ui_compare_verdict {
    UI_COMPARE_ALIKE,   // by no more than chance, or neither has any
    UI_COMPARE_DIFFERS, // from the default by more than that
    UI_COMPARE_OPEN     // fewer than two seeds have a figure on both sides
};

// By the seeds on which both have a figure.
enum ui_compare_verdict ui_compare_of(const struct ui_compare *t, uint32_t row,
                                      uint32_t variant);

// Of that many variants: those before one that was interrupted.
void ui_compare_text(const struct ui_compare *t, uint32_t variants);

#endif

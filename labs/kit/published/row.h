#ifndef LABS_KIT_PUBLISHED_ROW_H
#define LABS_KIT_PUBLISHED_ROW_H

// The rows of published-cases.csv, and what can be read from their texts: nothing of a row is
// written down a second time in the program.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab_row {
    int line;
    char family[64], params[1024], metric[256], expected[256], tolerance[160], source[768];
    // The parameters, preceded by those of the row that "same ..." refers to.
    char context[2048];
};

struct lab_rows {
    struct lab_row *at;
    uint32_t count;
};

// Reads a file of quoted and plain fields (RFC 4180) with the heading that is expected. False
// with a message.
bool lab_rows_read(struct lab_rows *rows, const char *file, char *message, size_t size);
void lab_rows_free(struct lab_rows *rows);

// Finds the place in a text where a pattern fits: plain letters, and up to 6 of %lf. Returns
// how many numbers were read, 0 where it fits nowhere as a whole.
int lab_text_scan(const char *text, const char *pattern, double numbers[6]);

// Cuts "a ; b ; c" into trimmed pieces; also at " / ". Returns how many there are.
#define LAB_PIECES 12
struct lab_pieces {
    char at[LAB_PIECES][128];
    uint32_t count;
};
void lab_text_cut(const char *text, struct lab_pieces *p);

// A number as printed, with half a unit of its last digit: how exactly it is known.
bool lab_text_number(const char *text, double *x, double *half_digit);

// How far a simulated figure may lie from the expected one.
struct lab_tolerance {
    double relative, absolute; // the wider of the two counts
};

// From a tolerance's text: "4% relative", "0.005 absolute", "simulation 2% relative or 0.002".
// False when there is none for a simulation.
bool lab_tolerance_read(const char *text, struct lab_tolerance *t);

// Those that depend on the row: "3% (rho<=0.8), 8% (0.9)", "4% ... (10% for scv>=4 or rho=0.9)".
// rho and scv not a number where there is none.
bool lab_tolerance_read_for(const char *text, double rho, double scv,
                            struct lab_tolerance *t);

double lab_tolerance_width(struct lab_tolerance t, double expected);

#endif

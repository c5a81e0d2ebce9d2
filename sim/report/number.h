#ifndef SIM_REPORT_NUMBER_H
#define SIM_REPORT_NUMBER_H

// Figures as text, for machines and for people. Nothing here depends on the locale: the
// decimal point is a point and thousands are parted by commas wherever the program runs.

#include <stddef.h>

// The longest text that any function here writes, with its end.
#define SIM_NUMBER_ROOM 40

// The shortest decimal that reads back as exactly x, as JSON writes numbers: "0.1", "1e-09".
// What JSON has no number for (not a number, infinite) becomes "null".
void sim_number_exact(char *out, double x);

// For people, three digits: "4.25 ms", "80 ms", "1.2 s", "20 min 5 s"; "-" for not a number.
void sim_number_duration(char *out, double seconds);

// A whole number with its thousands parted: "28,800".
void sim_number_count(char *out, double x);

// Three digits at least, all digits of what is above a hundred: "0.0123", "3.97", "28,800".
void sim_number_plain(char *out, double x);

// A share of 1 in percent: "62 %", "99.98 %", "0.4 %". Only what is exactly nothing or all
// reads "0 %" or "100 %": a failure in a million is never rounded away.
void sim_number_share(char *out, double x);

#endif

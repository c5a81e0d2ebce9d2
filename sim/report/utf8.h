#ifndef SIM_REPORT_UTF8_H
#define SIM_REPORT_UTF8_H

// Text from scripts is untrusted: it may hold bytes that are no UTF-8, and characters that
// move a terminal's cursor, change its colours or turn its writing direction round. Reports
// read such text one character at a time through here.

#include <stdbool.h>
#include <stdint.h>

#define SIM_UTF8_REPLACEMENT 0xFFFDu

// Takes the next character off *text, which is not at its end. What is no UTF-8 (RFC 3629:
// overlong forms, surrogates, beyond 10FFFF, cut short) costs one byte and reads as
// SIM_UTF8_REPLACEMENT.
uint32_t sim_utf8_next(const char **text);

// Writes a character to out, which has room for 5 bytes, and an end behind it.
void sim_utf8_write(char *out, uint32_t c);

// Controls of ASCII and of Latin-1, line ends, and the marks that turn direction round.
bool sim_utf8_is_control(uint32_t c);

// Columns of a terminal that it takes: 0 for marks that combine, 2 for the wide characters of
// East Asia and pictures, else 1.
int sim_utf8_columns(uint32_t c);

#endif
